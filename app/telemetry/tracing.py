"""Ground floor, telemetry: spans of model calls; nothing at all unless an address for them is set."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from app.loading import loading


class Span(Protocol):
    """One call being traced."""

    def set_model(self, answered: str) -> None:
        """Say which model answered."""

    def set_usage(self, input_tokens: int, output_tokens: int) -> None:
        """Say what the call took."""

    def set_content(self, *, asked: object = None, answered: object = None) -> None:
        """Say what was asked and answered; kept only where the operator wants content in traces."""


class Tracer(Protocol):
    """Opens spans; a span ends with its block and remembers if that failed."""

    def span(self, operation: str, *, model: str, provider: str) -> AbstractContextManager[Span]:
        """Trace one call."""

    def close(self) -> None:
        """Send what is waiting; may take seconds."""


class _NoSpan:
    def set_model(self, answered: str) -> None:
        """Nothing is traced."""

    def set_usage(self, input_tokens: int, output_tokens: int) -> None:
        """Nothing is traced."""

    def set_content(self, *, asked: object = None, answered: object = None) -> None:
        """Nothing is traced."""


class NoTracer:
    """Traces nothing."""

    _span: AbstractContextManager[Span] = nullcontext(_NoSpan())

    def span(self, operation: str, *, model: str, provider: str) -> AbstractContextManager[Span]:
        """Do nothing."""
        return self._span

    def close(self) -> None:
        """Do nothing."""


def open_tracer(endpoint: str, *, content: bool) -> Tracer:
    """Trace to an OTLP/HTTP address, or not at all where there is none."""
    if not endpoint:
        return NoTracer()
    # Megabytes of libraries that a platform without traces never loads.
    with loading():
        from app.telemetry.otlp import OtlpTracer  # noqa: PLC0415

    return OtlpTracer(endpoint, content=content)
