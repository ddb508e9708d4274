"""Ground floor, inference: how a backend was last seen, and looking at it now."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, update

from app.db.upsert import insert_missing
from app.inference.errors import BackendFailure, BackendTimeout
from app.inference.ports import BackendConnection, BackendMaker
from app.inference.tables import BackendHealth

UP = "up"
FAILING = "failing"
LONGEST_LOOK_S = 15.0
_HEALTH = cast("Table", BackendHealth.__table__)


def note_health(connection: Connection, backend_id: str, *, at: datetime, failure_code: str | None) -> None:
    """Remember how a backend was seen; `since` moves only when its state does."""
    state = UP if failure_code is None else FAILING
    seen = {"state": state, "since": at, "checked_at": at, "failure_code": failure_code}
    insert_missing(connection, _HEALTH, [{"backend_id": backend_id, **seen}])
    here = _HEALTH.c.backend_id == backend_id
    connection.execute(update(_HEALTH).where(here, _HEALTH.c.state != state).values(state=state, since=at))
    connection.execute(update(_HEALTH).where(here).values(checked_at=at, failure_code=failure_code))


async def look(maker: BackendMaker, connection: BackendConnection, upstream_model: str) -> BackendFailure | None:
    """Ask a backend whether it would answer now; returns why not, or None."""
    backend = maker(connection)
    try:
        async with asyncio.timeout(LONGEST_LOOK_S):
            await backend.probe(upstream_model)
    except BackendFailure as failure:
        return failure
    except TimeoutError:
        return BackendTimeout("The backend did not answer in time.")
    finally:
        await backend.aclose()
    return None


async def discover(maker: BackendMaker, connection: BackendConnection) -> list[str]:
    """Ask a provider for the names of its models."""
    backend = maker(connection)
    try:
        async with asyncio.timeout(LONGEST_LOOK_S):
            return sorted(set(await backend.discover()))
    except TimeoutError:
        raise BackendTimeout("The provider did not list its models in time.") from None
    finally:
        await backend.aclose()
