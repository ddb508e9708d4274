"""Every surface that shows something of documents: those the matrix marks, and the tests' own reading room.

What changes a document shows it too; it is tried apart from what only reads, for fewer people may.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from acl.chokepoint import AnyCandidate, AnyFact, Chokepoint
from acl.permission import Permission
from acl.visible import Visible
from app.db.tenancy import Glance, TenantSession
from app.identity.caller import Caller
from app.serving import ROUTERS
from app.wiring import Platform
from tests.leakage.matrix import MATRIX, Try
from tests.leakage.tools import TOOLS, using
from tests.world import reading_room
from tests.world.platform import Running, running, settings_for

_ROOM = "/v1/reading-room"
_ASKING = {"search", "as", "query", "traverse", "paths", "context", "ask"}  # what is sent with POST and changes nothing
READING_ROOM: Mapping[str, Try] = {
    f"GET {_ROOM}/documents/{{document_id}}": Try("named", content=True),
    f"GET {_ROOM}/documents": Try("own", queries=({"document_id": "{document_id}"},), reads=False, content=True),
    f"GET {_ROOM}/run": Try("own", queries=({"document_id": "{document_id}"},), reads=False, content=True),
}
READ: Mapping[str, Try] = {
    route: tried
    for route, tried in MATRIX.items()
    if tried.content and (route.startswith("GET ") or route.rpartition("/")[2] in _ASKING)
}
CHANGED: Mapping[str, Try] = {route: tried for route, tried in MATRIX.items() if tried.content and route not in READ}
# Those that show what one document or collection holds; what assistants answer is tried in tests/app/mcp.
_BY_ID, _BY_SLUG = TOOLS["search"]
ASSISTANTS: Mapping[str, Try] = {
    "POST /mcp#search": Try("own", bodies=(using("search", _BY_ID),), content=True),
    "POST /mcp#search-by-slug": Try("own", bodies=(using("search", _BY_SLUG),), content=True, lists=True),
    "POST /mcp#fetch": Try("own", bodies=tuple(using("fetch", said) for said in TOOLS["fetch"]), content=True),
}
CONTENT: Mapping[str, Try] = {**READ, **READING_ROOM, **ASSISTANTS}


@dataclass(frozen=True, slots=True)
class Shut(Chokepoint):
    """A chokepoint that lets nothing through."""

    async def filter_results_by_acl(
        self,
        session: TenantSession | Glance,
        user: Caller,
        candidates: Sequence[AnyCandidate],
        *,
        needs: Permission = Permission.READ,
    ) -> list[Visible[AnyCandidate]]:
        return []

    async def filter_found_by_acl(
        self,
        seen: Glance,
        user: Caller,
        find: Callable[[Connection], Sequence[AnyCandidate]],
        *,
        needs: Permission = Permission.READ,
    ) -> list[Visible[AnyCandidate]]:
        return []

    async def filter_graph_results_by_acl(
        self, session: TenantSession | Glance, user: Caller, facts: Sequence[AnyFact]
    ) -> list[Visible[AnyFact]]:
        return []


def shut(platform: Platform) -> Platform:
    """The same platform behind a chokepoint that lets nothing through."""
    return replace(platform, chokepoint=Shut(platform.access))


@asynccontextmanager
async def reading(beside: Running, **options: Any) -> AsyncIterator[Running]:
    """Another platform on the database of a running one, with the reading room."""
    settings = settings_for(Path(beside.settings.home), beside.settings.database)
    async with running(settings, [*ROUTERS, reading_room.router], **options) as platform:
        yield platform
