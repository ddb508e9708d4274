"""Knowing, crawls: the rests that hosts asked for, known to all processes, by digests of the hosts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol, cast

from sqlalchemy import Connection, Table, bindparam, delete, select

from app.db.asking import Asking
from app.db.looking import Looks
from app.db.upsert import insert_or_change, larger
from app.db.writer import Writer, Writing
from indexing.crawls.tables import HostRest

KEPT = timedelta(hours=1)  # after its end; a host that was slowed then goes on as it was, where nobody remembers
_AT_ONCE = 1000
_RESTS = cast("Table", HostRest.__table__)
_OF = Asking(lambda _: select(_RESTS.c.until, _RESTS.c.apart).where(_RESTS.c.host == bindparam("its_digest")))


@dataclass(frozen=True, slots=True)
class Rest:
    """Until when nobody asks a host, in seconds as on the wall, and how far apart its requests are from then on."""

    until: float
    apart: float


class Rests(Protocol):
    """What processes tell each other of hosts."""

    async def tell(self, host: str, rest: Rest) -> None:
        """Let everybody know of a rest; of two the longer one holds."""

    async def of(self, host: str) -> Rest | None:
        """The rest a host was last known to want, be it over or not."""


@dataclass(frozen=True, slots=True)
class StoredRests:
    """Those in the database."""

    writer: Writer
    looks: Looks

    async def tell(self, host: str, rest: Rest) -> None:
        """Let everybody know of a rest; of two the longer one holds."""
        row = {"host": _digest(host), "until": datetime.fromtimestamp(rest.until, UTC), "apart": rest.apart}

        def write(writing: Writing) -> None:
            insert_or_change(writing.on, _RESTS, [row], {"until": larger, "apart": larger})

        await self.writer.write(write)

    async def of(self, host: str) -> Rest | None:
        """The rest a host was last known to want, be it over or not."""
        plain = {"its_digest": _digest(host)}
        found = await self.looks.ask(lambda on: _OF.rows(on, plain=plain))
        return next((Rest(until.timestamp(), apart) for until, apart in found), None)


def forget_rests(connection: Connection, now: datetime) -> int:
    """Forget a batch of rests that were long ago; returns how many."""
    over = select(_RESTS.c.host).where(_RESTS.c.until < now - KEPT).order_by(_RESTS.c.until).limit(_AT_ONCE)
    hosts = list(connection.scalars(over))
    if hosts:
        connection.execute(delete(_RESTS).where(_RESTS.c.host.in_(hosts), _RESTS.c.until < now - KEPT))
    return len(hosts)


def _digest(host: str) -> str:
    return sha256(host.encode()).hexdigest()
