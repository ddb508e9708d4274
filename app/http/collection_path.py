"""Roof, HTTP: the collection in a path, shown to be the caller's to use so before a body is read."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request

from acl.permission import Permission
from app.http.access_path import collection_for
from app.http.gate import Guard
from app.http.visit import Visit
from indexing.collections.access import OpenCollection, open_collection
from indexing.collections.models import ModelChoice
from indexing.overview.collections import Overview, SeenCollection
from rag.graphs.looking import Looking
from rag.retrieval.onlooker import Onlooker


def collection_to(permission: Permission) -> Guard:
    """Guard a path with `{collection_id}`: its subject is the open collection, of a caller who holds the permission.

    Whoever changes something holds the collection, and its access list, from here to the commit.
    """
    listed = collection_for(permission)

    async def guard(request: Request, visit: Visit) -> OpenCollection:
        access = await listed(request, visit)
        return await open_collection(visit.session, access, hold=visit.transaction.writes)

    return guard


def overview(visit: Visit) -> Overview:
    """What shows collections to the caller."""
    return Overview(visit.platform.access.resolver(visit.session), visit.caller)


async def with_graphs(visit: Visit, seen: Sequence[SeenCollection]) -> list[SeenCollection]:
    """The same collections with the size of their graphs; whoever changes something waits for it hardly at all."""
    platform = visit.platform
    onlooker = Onlooker(platform.chokepoint, platform.transactions, visit.caller, visit.tenant_id)
    looking = Looking(platform.access, onlooker, platform.graphs)
    return await platform.graph_counts.shown(looking, seen, patience=0.3 if visit.transaction.writes else 3.0)


def choice(visit: Visit) -> ModelChoice:
    """What lets the caller choose among the models they see."""
    return ModelChoice(visit.platform.gateway.catalogue, visit.caller, visit.tenant_id)
