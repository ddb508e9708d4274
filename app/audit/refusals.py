"""Ground floor, audit: refused accesses, written beside the request so that refusing stays cheap."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.audit.chain import Entry, append
from app.db.lane import Lane
from app.errors import Unavailable

log = structlog.get_logger("audit")


class Refusals:
    """Takes refused accesses and adds them to the chains in batches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lane: Lane[Entry, None] = Lane("refusals", self._write)
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, entry: Entry) -> None:
        """Remember one refusal; returns at once."""
        task = asyncio.get_running_loop().create_task(self._hand_over(entry))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def aclose(self) -> None:
        """Write what is still waiting."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=10)
        self._lane.close()

    async def _hand_over(self, entry: Entry) -> None:
        try:
            await self._lane.ask(entry)
        except (Unavailable, SQLAlchemyError):
            log.error("refusal_not_recorded", code=entry.details.get("code"), tenant_id=entry.tenant_id)

    def _write(self, entries: Sequence[Entry]) -> Sequence[None]:
        with self._engine.begin() as connection:
            append(connection, entries)
        return [None] * len(entries)
