"""Ground floor, telemetry: how every part we depend on is, since when, and what users notice of it.

Each part is asked on its own, all at once, and given two seconds: one that hangs is down, and holds up nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from app.clock import Clock
from app.telemetry.metrics import STORE_UP

TIMEOUT_SECONDS = 2.0
LOOK_SECONDS = 15.0  # how often all are asked even if nobody wants to know, so that "since" is true

log = structlog.get_logger("health")


class State(StrEnum):
    """How a part is."""

    UP = "up"
    EMBEDDED = "embedded"  # part of this process, and well
    OFF = "off"  # not set up, and not missed
    DEGRADED = "degraded"
    DOWN = "down"

    @property
    def well(self) -> bool:
        """Whether users notice nothing."""
        return self not in {State.DEGRADED, State.DOWN}


@dataclass(frozen=True, slots=True)
class Finding:
    """How a part is at this moment; `notice` is what users notice, empty where that is nothing."""

    state: State
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One part: its name, what users notice when it is down, and the question to it."""

    name: str
    when_down: str
    look: Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a part is, and since when it has been so."""

    name: str
    state: State
    since: datetime
    notice: str


class Health:
    """Asks all parts and remembers since when each has been as it is."""

    def __init__(self, checks: Sequence[Check], clock: Clock, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._checks = list(checks)
        self._clock = clock
        self._timeout = timeout
        self._known: dict[str, Standing] = {}
        self._hanging: dict[str, asyncio.Task[Finding]] = {}
        self._watch: asyncio.Task[None] | None = None

    def add(self, check: Check) -> None:
        """Ask one more part from now on."""
        self._checks.append(check)

    def start(self) -> None:
        """Look regularly."""
        self._watch = asyncio.get_running_loop().create_task(self._keep_looking())

    async def aclose(self) -> None:
        """Stop looking."""
        tasks = [task for task in (self._watch, *self._hanging.values()) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1)

    async def look(self) -> Sequence[Standing]:
        """Ask every part now; takes as long as the slowest answer, and never longer than the limit."""
        asked = {check.name: self._ask(check) for check in self._checks}
        await asyncio.wait(asked.values(), timeout=self._timeout)
        return [self._note(check, self._found(check, asked[check.name])) for check in self._checks]

    def _ask(self, check: Check) -> asyncio.Task[Finding]:
        # A part that has not even let itself be cancelled is not asked again until it has.
        held = self._hanging.pop(check.name, None)
        if held is not None and not held.done():
            return held
        return asyncio.ensure_future(_looked(check))

    def _found(self, check: Check, task: asyncio.Task[Finding]) -> Finding:
        if task.done() and not task.cancelled():
            return task.result()
        task.cancel()
        self._hanging[check.name] = task
        return Finding(State.DOWN, check.when_down)

    def _note(self, check: Check, found: Finding) -> Standing:
        before = self._known.get(check.name)
        since = before.since if before is not None and before.state is found.state else self._clock.now()
        standing = Standing(check.name, found.state, since, found.notice)
        self._known[check.name] = standing
        STORE_UP.labels(check.name).set(found.state is not State.DOWN)
        if before is not None and before.state is not found.state:
            log.warning("dependency_changed", name=check.name, before=str(before.state), now=str(found.state))
        return standing

    async def _keep_looking(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)


async def _looked(check: Check) -> Finding:
    try:
        return await check.look()
    except Exception as error:  # noqa: BLE001 - whatever it raises, that part is down and we are not
        log.info("dependency_down", name=check.name, error=type(error).__name__)
        return Finding(State.DOWN, check.when_down)
