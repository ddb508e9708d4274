"""Ground floor, identity: when keys were last used, noted in memory and written down once a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, Table, case, select
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.db.tenancy import TenantSession
from app.db.upsert import insert_or_change
from app.identity.tables import ApiKey, KeyUse

log = structlog.get_logger("identity")
EVERY_SECONDS = 60
_USES = cast("Table", KeyUse.__table__)


class KeyUses:
    """Remembers uses of keys without making any request wait for it."""

    def __init__(self, engine: Engine, clock: Clock, *, every: float = EVERY_SECONDS) -> None:
        self._engine = engine
        self._clock = clock
        self._every = every
        self._noted: dict[str, datetime] = {}
        self._written: dict[str, datetime] = {}  # the last time, or now: who began to read before finds no row of it
        self._writer: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def note(self, key_id: str) -> None:
        """Remember that a key was used now; returns at once."""
        self._noted[key_id] = self._clock.now()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_later())

    async def last(self, session: TenantSession, key_ids: Iterable[str]) -> Mapping[str, datetime]:
        """When each of some keys was last used: what is written down, or later uses seen by this process."""
        wanted = set(key_ids)
        rows = await session.scalars(select(KeyUse).where(KeyUse.key_id.in_(wanted)))
        found = {row.key_id: row.last_used_at for row in rows}
        for seen in (self._written, self._noted):
            for key_id in wanted & seen.keys():
                found[key_id] = max(seen[key_id], found.get(key_id, seen[key_id]))
        return found

    async def flush(self) -> None:
        """Write down what has been noted; what cannot be written now is kept for the next time."""
        async with self._writing:
            if not self._noted:
                return
            noted, self._noted = self._noted, {}
            self._written = noted
            try:
                await asyncio.to_thread(self._write, noted)
            except SQLAlchemyError:
                log.warning("key_uses_not_written", keys=len(noted))
                self._noted = noted | self._noted

    async def aclose(self) -> None:
        """Write down the last uses and stop."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])
        await self.flush()

    async def _write_later(self) -> None:
        while self._noted:
            await asyncio.sleep(self._every)
            # A shutdown must not tear a write apart: its batch would be lost.
            await asyncio.shield(self.flush())

    def _write(self, noted: Mapping[str, datetime]) -> None:
        with self._engine.begin() as connection:
            for some in _batches(sorted(noted)):
                rows = [{"key_id": key_id, "last_used_at": noted[key_id]} for key_id in _present(connection, some)]
                insert_or_change(connection, _USES, rows, {"last_used_at": _later})


def _batches(names: list[str], size: int = 500) -> list[list[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def _present(connection: Connection, key_ids: list[str]) -> list[str]:
    return list(connection.scalars(select(ApiKey.id).where(ApiKey.id.in_(key_ids))))


def _later(held: Any, offered: Any) -> ColumnElement[Any]:
    return case((held > offered, held), else_=offered)
