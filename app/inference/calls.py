"""Ground floor, inference: one model call from its reservation to its settlement; nobody gets an unmetered model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from app.accounting.calls import FinishedCall, OpenCall, Operation, Outcome
from app.accounting.prices import cost_of
from app.accounting.stages import Stages
from app.clock import Clock
from app.context import request_id
from app.identity.caller import Caller
from app.ids import new_id
from app.inference.callable import CallableModel, LinkedBackend
from app.inference.errors import BackendTimeout
from app.inference.ports import Usage
from app.telemetry.metrics import MODEL_SECONDS, MODEL_TOKENS
from app.telemetry.tracing import Span, Tracer


class Books(Protocol):
    """Where calls are reserved for and booked; see the ledger."""

    async def reserve(self, call: OpenCall, epoch: int | None = None) -> bool:
        """Set aside what a call may take, or refuse it; says whether there is anything to release."""

    def settle(self, call: FinishedCall) -> None:
        """Note a call that has ended."""

    def release(self, call_id: str) -> None:
        """Give back what was reserved for a call that was not made."""


@dataclass(frozen=True, slots=True)
class Meter:
    """Opens calls: nothing reaches a model without having been reserved for."""

    ledger: Books
    clock: Clock
    tracer: Tracer

    async def open(
        self, caller: Caller, model: CallableModel, operation: Operation, estimate: Usage, epoch: int | None
    ) -> MeteredCall:
        """Reserve what a call may cost; refused if a budget is used up."""
        opened = _opened(caller, model, operation, estimate)
        holds = await self.ledger.reserve(opened, epoch=epoch)
        begun = self.clock.now()
        return MeteredCall(self.ledger, self.tracer, caller, operation, opened.id, begun, estimate, model, holds)


@dataclass(slots=True)
class MeteredCall:
    """A call under way; settled exactly once, however it ends."""

    ledger: Books
    tracer: Tracer
    caller: Caller
    operation: Operation
    id: str
    created_at: datetime
    estimate: Usage
    model: CallableModel
    holds: bool  # whether anything is set aside for it
    link: LinkedBackend | None = None
    ttft_ms: float | None = None
    noted: Callable[[], Stages] | None = None  # says at the end what it went through, where somebody knows
    _attempt: AbstractContextManager[Span] | None = None
    _span: Span | None = None
    _started: float = field(default_factory=time.perf_counter)
    _settled: bool = False

    async def expects(self, model: CallableModel, estimate: Usage, epoch: int | None) -> None:
        """Set aside what the call may take by what is known now, instead of what was set aside before."""
        if self.holds:
            self.ledger.release(self.id)
        opened = _opened(self.caller, model, self.operation, estimate)
        self.id, self.model, self.estimate = opened.id, model, estimate
        self.holds = await self.ledger.reserve(opened, epoch=epoch)

    def tries(self, model: CallableModel, link: LinkedBackend) -> None:
        """Note who is being asked now."""
        self.model, self.link = model, link
        self._attempt = self.tracer.span(self.operation, model=model.slug, provider=link.provider_type)
        self._span = self._attempt.__enter__()

    def missed(self, failure: BaseException) -> None:
        """Note that whoever was asked did not answer; another may be asked next."""
        attempt, self._attempt, self._span = self._attempt, None, None
        if attempt is not None:
            with suppress(type(failure)):
                attempt.__exit__(type(failure), failure, None)

    def says(self, asked: object, answered: object) -> None:
        """Offer content to the trace, which keeps it only where the operator wants that."""
        if self._span is not None:
            self._span.set_content(asked=asked, answered=answered)

    def first_token(self) -> None:
        """Note that the answer has begun."""
        self.ttft_ms = self._elapsed_ms()

    def succeed(self, usage: Usage) -> None:
        """Settle a whole answer."""
        self._settle("ok", usage)

    def fail(self, error: BaseException, usage: Usage | None = None) -> None:
        """Settle a call that failed, or whose caller went away, with what it took so far."""
        if isinstance(error, asyncio.CancelledError):
            self.cancel(usage, error)
            return
        asked = self._asked() if isinstance(error, BackendTimeout) else Usage(0, 0, estimated=True)
        self._settle("failed", usage or asked, error)

    def cancel(self, usage: Usage | None = None, error: BaseException | None = None) -> None:
        """Settle a call whose caller went away, unless it had ended; harmless when it had."""
        self._settle("cancelled", usage or self._asked(), error)

    def _asked(self) -> Usage:
        """What a backend that was asked has read at least, whether or not anybody waited for its answer."""
        return Usage(self.estimate.input_tokens if self.link is not None else 0, 0, estimated=True)

    def _elapsed_ms(self) -> float:
        return round((time.perf_counter() - self._started) * 1000, 3)

    def _settle(self, outcome: Outcome, usage: Usage, error: BaseException | None = None) -> None:
        if self._settled:
            return
        self._settled = True
        self._end_span(usage, error)
        latency = self._elapsed_ms()
        MODEL_SECONDS.labels(self.operation, outcome).observe(latency / 1000)
        MODEL_TOKENS.labels("input").inc(usage.input_tokens)
        MODEL_TOKENS.labels("output").inc(usage.output_tokens)
        self.ledger.settle(
            FinishedCall(
                id=self.id,
                created_at=self.created_at,
                tenant_id=self.caller.tenant_id,
                partner_id=self.caller.partner_id,
                user_id=self.caller.user_id,
                key_id=self.caller.key_id,
                groups=self.caller.groups,
                model=self.model.slug,
                model_id=self.model.id,
                backend_id=self.link.backend_id if self.link else None,
                operation=self.operation,
                outcome=outcome,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                estimated=usage.estimated,
                cost=_cost(self.model, usage),
                latency_ms=latency,
                ttft_ms=self.ttft_ms,
                request_id=request_id.get(),
                stages=None if self.noted is None else self.noted(),
            )
        )

    def _end_span(self, usage: Usage, error: BaseException | None) -> None:
        if self._span is not None:
            self._span.set_usage(usage.input_tokens, usage.output_tokens)
        if error is not None:
            self.missed(error)
        elif self._attempt is not None:
            self._attempt.__exit__(None, None, None)


def _opened(caller: Caller, model: CallableModel, operation: Operation, estimate: Usage) -> OpenCall:
    return OpenCall(
        id=new_id("call"),
        tenant_id=caller.tenant_id,
        partner_id=caller.partner_id,
        user_id=caller.user_id,
        groups=caller.groups,
        operation=operation,
        cost=_cost(model, estimate),
        tokens=estimate.input_tokens + estimate.output_tokens,
        timeout_seconds=max((link.timeout_s for link in model.backends), default=0.0),
    )


def _cost(model: CallableModel, usage: Usage) -> Decimal:
    return cost_of(
        usage.input_tokens,
        usage.output_tokens,
        input_price_per_mtok=model.input_price,
        output_price_per_mtok=model.output_price,
    )
