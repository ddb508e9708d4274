"""Ground floor, inference: try a model's backends in order until one takes the call."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from app.inference.breaker import Breakers
from app.inference.callable import CallableModel, LinkedBackend
from app.inference.calls import MeteredCall
from app.inference.errors import BackendFailure, BackendRateLimited, ModelUnavailable
from app.inference.health_notes import HealthNotes
from app.inference.ordering import in_turn
from app.inference.pool import BackendPool
from app.inference.ports import ModelBackend
from app.telemetry.metrics import BACKEND_FAILURES

T = TypeVar("T")
Deed = Callable[[ModelBackend, CallableModel, LinkedBackend], Awaitable[T]]
Before = Callable[[CallableModel], Awaitable[T | None]]
log = structlog.get_logger("inference")


@dataclass(frozen=True, slots=True)
class Failover:
    """Asks one backend after another; a backend that keeps failing is rested."""

    pool: BackendPool
    breakers: Breakers
    health: HealthNotes
    chance: random.Random = field(default_factory=random.SystemRandom)

    async def first(
        self, models: Sequence[CallableModel], call: MeteredCall, deed: Deed[T], before: Before[T] | None = None
    ) -> T:
        """Return what the first backend that answers makes of the deed.

        `before` is asked once for each model that is tried; what it has to say is the answer, and no backend is asked.
        """
        last: BackendFailure | None = None
        begun: CallableModel | None = None
        for model, link in self._let_through(models):
            if before is not None and model is not begun:
                begun, said = model, await self._said_before(before, model, link)
                if said is not None:
                    return said
            try:
                return await self._done(deed, call, model, link)
            except BackendFailure as failure:
                last = failure
                if not failure.try_next:
                    raise
        if last is not None:
            raise last
        raise ModelUnavailable("No backend of this model can be asked right now; try again shortly.", retry_after=10)

    def broke(self, failure: BackendFailure, link: LinkedBackend) -> None:
        """Note a backend that failed after it had begun to answer."""
        self._note(failure, link)

    async def _done(self, deed: Deed[T], call: MeteredCall, model: CallableModel, link: LinkedBackend) -> T:
        call.tries(model, link)
        try:
            done = await deed(self.pool.backend(link.connection), model, link)
        except BackendFailure as failure:
            call.missed(failure)
            self._note(failure, link)
            raise
        except BaseException:
            self.breakers.let_go(link.backend_id)
            raise
        self.breakers.succeeded(link.backend_id)
        self.health.well(link.backend_id)
        return done

    async def _said_before(self, before: Before[T], model: CallableModel, link: LinkedBackend) -> T | None:
        said, going_on = None, False
        try:
            said = await before(model)
            going_on = said is None
        finally:
            if not going_on:
                self.breakers.let_go(link.backend_id)
        return said

    def _let_through(self, models: Sequence[CallableModel]) -> Iterator[tuple[CallableModel, LinkedBackend]]:
        for model in models:
            for link in in_turn(model.backends, self.chance):
                if self.breakers.lets_through(link.backend_id):
                    yield model, link

    def _note(self, failure: BackendFailure, link: LinkedBackend) -> None:
        BACKEND_FAILURES.labels(failure.code).inc()
        log.warning("backend_failed", backend_id=link.backend_id, code=failure.code)
        if failure.try_next and not isinstance(failure, BackendRateLimited):
            self.breakers.failed(link.backend_id)
            self.health.failing(link.backend_id, failure.code)
        else:
            self.breakers.let_go(link.backend_id)
