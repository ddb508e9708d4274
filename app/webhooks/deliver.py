"""Ground floor, webhooks: the task that delivers what was promised, in every process, until it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.db.deadlock import transact
from app.telemetry.metrics import WEBHOOKS
from app.webhooks import claims
from app.webhooks.attempt import Attempts
from app.webhooks.claims import Claimed, Outcome
from app.webhooks.places import Places
from app.webhooks.tables import PENDING

POLL_SECONDS = 5.0  # promises of other processes, and what is to be tried again
SOON_SECONDS = 0.1
GRACE_SECONDS = 2.0  # what attempts under way get when the process stops
SWEEP_SECONDS = 3600.0
_LOOKED_AT = 100
_ROUNDS = 5  # how often to look past receivers that are busy already
_DISABLED = Outcome(None, "The webhook is disabled.", final=True)

log = structlog.get_logger("webhooks")


class WebhookDeliverer:
    """Claims due deliveries, attempts them and writes down how it went; any number of processes may do so."""

    def __init__(
        self,
        engine: Engine,
        attempts: Attempts,
        clock: Clock,
        *,
        places: Places | None = None,
        poll: float | None = POLL_SECONDS,
    ) -> None:
        self._engine = engine
        self._reading = engine.execution_options(writes=False)
        self._attempts = attempts
        self._clock = clock
        self._places = places or Places()
        self._poll = poll
        self._running: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._swept = -SWEEP_SECONDS

    @property
    def attempts(self) -> Attempts:
        """What sends a single message, for a test of a webhook."""
        return self._attempts

    def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())

    def wake(self) -> None:
        """Look at once: something was promised. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    def wake_soon(self) -> None:
        """Look in a moment: something is being promised in a transaction that is about to end. From any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(loop.call_later, SOON_SECONDS, self._woken.set)

    async def aclose(self) -> None:
        """Stop; attempts that do not end soon are broken off and left to another process."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        await asyncio.wait([task])
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=GRACE_SECONDS)
            for attempt in late:
                attempt.cancel()
            if late:
                await asyncio.wait(late)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            started = 0
            try:
                started = await self._start_due()
                await self._sweep_when_due()
            except SQLAlchemyError as error:
                log.warning("webhook_queue_unreadable", error=type(error).__name__)
            if not started:
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _start_due(self) -> int:
        if self._places.left <= 0:
            return 0
        # Shielded: a claim that was made must reach _begin or be given back, also when we are told to stop.
        taking = asyncio.ensure_future(asyncio.to_thread(self._take_due, self._places.sketch()))
        try:
            claimed = await asyncio.shield(taking)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._give_back, await taking)
            raise
        for one in claimed:
            self._begin(one)
        return len(claimed)

    def _take_due(self, places: Places) -> Sequence[Claimed]:
        now = self._clock.now()  # one moment for both: what is claimed as of an earlier one is let too early
        with self._reading.connect() as connection:
            chosen = self._choose(connection, places, now)
        if not chosen:
            return ()
        with self._engine.begin() as connection:
            return claims.claim(connection, chosen, now)

    def _choose(self, connection: Connection, places: Places, now: datetime) -> Sequence[Claimed]:
        busy: set[str] = set()
        for _ in range(_ROUNDS):
            found = claims.due(connection, now, without=busy, most=_LOOKED_AT)
            chosen = [one for one in found if places.take(one.url)]
            if chosen or not found:
                return chosen
            busy |= {one.webhook_id for one in found}
        return ()

    def _begin(self, one: Claimed) -> None:
        self._places.take(one.url)
        task = asyncio.get_running_loop().create_task(self._deliver(one))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _deliver(self, one: Claimed) -> None:
        try:
            outcome = await self._attempt(one)
            state = await asyncio.to_thread(self._settle, one, outcome)
            _note(one, outcome, state)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._give_back, [one])
            raise
        except SQLAlchemyError as error:
            # The lease ends and the attempt is made again: at least once, not exactly once.
            log.warning("webhook_outcome_unwritten", delivery_id=one.message.id, error=type(error).__name__)
        finally:
            self._places.free(one.url)
            self._woken.set()

    async def _attempt(self, one: Claimed) -> Outcome:
        if not one.wanted:
            return _DISABLED
        return await self._attempts.make(one.message, url=one.url, sealed_secret=one.sealed_secret)

    def _settle(self, one: Claimed, outcome: Outcome) -> str | None:
        # An attempt was made: what came of it is not left unwritten for having stood in another transaction's way.
        return transact(self._engine, lambda connection: claims.settle(connection, one, outcome, self._clock.now()))

    def _give_back(self, attempts: Sequence[Claimed]) -> None:
        def give(connection: Connection) -> None:
            for one in attempts:
                claims.give_back(connection, one)

        transact(self._engine, give)

    async def _sweep_when_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._swept >= SWEEP_SECONDS:
            self._swept = now
            while await asyncio.to_thread(self._sweep):
                continue

    def _sweep(self) -> int:
        with self._engine.begin() as connection:
            return claims.sweep(connection, self._clock.now())


def _note(one: Claimed, outcome: Outcome, state: str | None) -> None:
    WEBHOOKS.labels("retried" if state == PENDING else state or "superseded").inc()
    if not outcome.delivered:
        log.info(
            "webhook_not_delivered",
            tenant_id=one.message.tenant_id,
            webhook_id=one.webhook_id,
            delivery_id=one.message.id,
            attempt=one.attempt,
            status=outcome.status,
            state=state,
        )
