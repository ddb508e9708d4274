"""Ground floor, inference: what calls learn of backends, written down where every process and person can see it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.db.lane import Lane
from app.errors import Unavailable
from app.inference.health import note_health

log = structlog.get_logger("inference")


@dataclass(frozen=True, slots=True)
class _Seen:
    backend_id: str
    failure_code: str | None


class HealthNotes:
    """Writes how a backend was seen, when that differs from how this process saw it last."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._last: dict[str, str | None] = {}
        self._lane: Lane[_Seen, None] = Lane("health", self._write)
        self._writing: set[asyncio.Task[None]] = set()

    def well(self, backend_id: str) -> None:
        """It answered."""
        self._note(_Seen(backend_id, None))

    def failing(self, backend_id: str, code: str) -> None:
        """It failed."""
        self._note(_Seen(backend_id, code))

    async def aclose(self) -> None:
        """Write what is still waiting."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=5)
        await asyncio.to_thread(self._lane.close)

    def _note(self, seen: _Seen) -> None:
        if self._last.get(seen.backend_id, "unknown") == seen.failure_code:
            return
        self._last[seen.backend_id] = seen.failure_code
        task = asyncio.get_running_loop().create_task(self._hand_over(seen))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _hand_over(self, seen: _Seen) -> None:
        try:
            await self._lane.ask(seen)
        except (Unavailable, SQLAlchemyError) as error:
            self._last.pop(seen.backend_id, None)
            log.warning("backend_health_not_noted", backend_id=seen.backend_id, reason=type(error).__name__)

    def _write(self, seen: Sequence[_Seen]) -> Sequence[None]:
        now = self._clock.now()
        with self._engine.begin() as connection:
            for one in seen:
                note_health(connection, one.backend_id, at=now, failure_code=one.failure_code)
        return [None] * len(seen)
