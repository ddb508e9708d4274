"""Knowing, maintenance: the extraction of a collection's graph, which waits until the platform keeps graphs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.db.tenancy import TenantSession
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from app.jobs.work import Held, Later, Outcome
from indexing.collections.errors import GraphNotEnabled, GraphUnavailable
from indexing.collections.tables import QUEUED, Collection

NO_GRAPHS = "a store for graphs, which the platform has not yet"
_LOOKS_AGAIN = 3_600.0  # seconds


@dataclass(frozen=True, slots=True)
class GraphState:
    """How the extraction of a graph is getting on, beside the numbers that its collection has."""

    status: str
    waiting_for: str | None


async def graph_state(session: TenantSession, collection: Collection) -> GraphState:
    """How the extraction of a collection's graph is getting on."""
    status = collection.graph_reextract_status
    key = f"{JobKind.REEXTRACT_COLLECTION_GRAPH}:{collection.id}"
    promised = await session.scalar(select(Job.id).where(Job.active_key == key))
    return GraphState(status, NO_GRAPHS if status == QUEUED and promised is not None else None)


def start_reextract(collection: Collection) -> None:
    """Refuse: 202 would promise what nobody can do yet."""
    if not collection.graph_enabled:
        raise GraphNotEnabled
    raise GraphUnavailable


async def reextract_later(_: Held) -> Outcome:
    """Keep the promise that was made when a graph was switched on, for the day there is a store for it."""
    return Later(_LOOKS_AGAIN, NO_GRAPHS)
