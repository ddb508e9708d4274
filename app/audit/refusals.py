"""Ground floor, audit: refused accesses, written beside the request so that refusing stays cheap."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Sequence

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.audit.chain import Entry, append
from app.db.lane import Lane
from app.errors import Unavailable

LOGIN_SECONDS = 60.0  # nobody counts such requests, so they must not fill the trail
_MOST_REMEMBERED = 10_000

log = structlog.get_logger("audit")


class Refusals:
    """Takes refused accesses and adds them to the chains in batches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lane: Lane[Entry, None] = Lane("refusals", self._write)
        self._writing: set[asyncio.Task[None]] = set()
        self._logins: OrderedDict[tuple[str | None, str | None], float] = OrderedDict()

    def note(self, entry: Entry) -> None:
        """Remember one refusal; returns at once."""
        task = asyncio.get_running_loop().create_task(self._hand_over(entry))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def note_login(self, entry: Entry) -> None:
        """Remember that a credential which is no longer good was tried; each once a minute, however often it is."""
        name, now = (entry.actor_id, entry.key_id), time.monotonic()
        if now - self._logins.get(name, -math.inf) < LOGIN_SECONDS:
            return
        self._logins[name] = now
        self._logins.move_to_end(name)
        while len(self._logins) > _MOST_REMEMBERED:
            self._logins.popitem(last=False)
        self.note(entry)

    async def aclose(self) -> None:
        """Write what is still waiting."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=10)
        self._lane.close()

    async def _hand_over(self, entry: Entry) -> None:
        try:
            await self._lane.ask(entry)
        except (Unavailable, SQLAlchemyError) as error:
            reason = type(error).__name__
            log.error("refusal_not_recorded", code=entry.details.get("code"), tenant_id=entry.tenant_id, reason=reason)

    def _write(self, entries: Sequence[Entry]) -> Sequence[None]:
        with self._engine.begin() as connection:
            append(connection, entries)
        return [None] * len(entries)
