"""Ground floor, telemetry: spans by OTLP over HTTP; alone imports opentelemetry, and is imported on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, Status, StatusCode

from app.context import request_id
from app.errors import PlatformError
from app.telemetry import genai

_SECONDS = 5
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class _Span:
    """A span in OpenTelemetry's terms."""

    span: OtelSpan
    content: bool

    def set_model(self, answered: str) -> None:
        """Say which model answered."""
        self.span.set_attribute(genai.RESPONSE_MODEL, answered)

    def set_usage(self, input_tokens: int, output_tokens: int) -> None:
        """Say what the call took."""
        self.span.set_attribute(genai.INPUT_TOKENS, input_tokens)
        self.span.set_attribute(genai.OUTPUT_TOKENS, output_tokens)

    def set_content(self, *, asked: object = None, answered: object = None) -> None:
        """Say what was asked and answered, if that is wanted."""
        if not self.content:
            return
        for name, said in ((genai.INPUT_MESSAGES, asked), (genai.OUTPUT_MESSAGES, answered)):
            if said is not None:
                self.span.set_attribute(name, json.dumps(said, ensure_ascii=False, default=str)[:_LONGEST])


class OtlpTracer:
    """Sends spans in batches, from a thread of its own."""

    def __init__(self, endpoint: str, *, content: bool) -> None:
        self._content = content
        # Given explicitly, so that nothing is taken from the environment but through our settings.
        self._provider = TracerProvider(resource=Resource({"service.name": "scaigrid"}), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=_traces_at(endpoint), timeout=_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("scaigrid")

    @contextmanager
    def span(self, operation: str, *, model: str, provider: str) -> Iterator[_Span]:
        """Trace one call. The span is not made current: a stream may end in another task than it began in."""
        attributes = {genai.OPERATION: operation, genai.REQUEST_MODEL: model, genai.PROVIDER: provider}
        current = request_id.get()
        if current:
            attributes[genai.REQUEST_ID] = current
        span = self._tracer.start_span(f"{operation} {model}", kind=SpanKind.CLIENT, attributes=attributes)
        try:
            yield _Span(span, self._content)
        except BaseException as fault:
            # The type alone: what an exception says may quote the conversation.
            span.set_attribute(
                genai.ERROR_TYPE, fault.code if isinstance(fault, PlatformError) else type(fault).__name__
            )
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Send what is waiting."""
        self._provider.shutdown()


def _traces_at(endpoint: str) -> str:
    return endpoint if urlsplit(endpoint).path.strip("/") else endpoint.rstrip("/") + "/v1/traces"
