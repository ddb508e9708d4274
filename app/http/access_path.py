"""Roof, HTTP: the collection or document in a path, shown to be the caller's to use so before a body is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query, Request
from sqlalchemy import select

from acl.permission import Permission, ResourceKind
from acl.ref import ResourceRef
from acl.requiring import not_there, require_access, require_access_to_all
from acl.resolver import deciding
from acl.tables import AccessList
from app.db.tenancy import Glance, Reach
from app.errors import ValidationFailed
from app.http.gate import Guard
from app.http.visit import Visit

MODULE = "scaimatrix"
KindPath = Annotated[ResourceKind, Path(alias="type")]
ResourcePath = Annotated[str, Path(alias="id")]
CollectionPath = Annotated[str, Path(alias="collection_id")]
ForceQuery = Annotated[bool, Query(alias="force")]


def resource_for(permission: Permission) -> Guard:
    """Guard a path with `{type}` and `{id}`: its subject is the access list, of a caller who holds the permission."""

    async def guard(request: Request, visit: Visit) -> AccessList:
        return await found_list(
            visit, ResourceRef(_kind(request.path_params["type"]), request.path_params["id"]), permission
        )

    return guard


def collection_for(permission: Permission) -> Guard:
    """Guard a path with `{collection_id}` in the same way."""

    async def guard(request: Request, visit: Visit) -> AccessList:
        return await found_list(visit, ResourceRef.collection(request.path_params["collection_id"]), permission)

    return guard


def collection_open_for(permission: Permission) -> Guard:
    """The same for what needs no more than to be let in: decided where no session is open, and without a subject."""

    async def guard(request: Request, visit: Visit) -> None:
        await require_collections(visit, [request.path_params["collection_id"]], permission)

    return guard


async def require_collections(visit: Visit, ids: Sequence[str], permission: Permission) -> None:
    """Refuse a caller who does not hold the permission on each of some collections; no session is open."""
    resolver = visit.platform.access.at(Glance(Reach.one(visit.tenant_id)))
    refs = [ResourceRef.collection(id_) for id_ in ids]
    await require_access_to_all(resolver, visit.caller, refs, permission)


def _kind(said: str) -> ResourceKind:
    if said not in set(ResourceKind):
        raise ValidationFailed.of("type", f"must be {' or '.join(ResourceKind)}")
    return ResourceKind(said)


async def found_list(visit: Visit, ref: ResourceRef, permission: Permission) -> AccessList:
    """The access list of a thing, of a caller who holds the permission on it; missing is the same as hidden."""
    with deciding():
        access = await visit.session.get(AccessList, ref.id)
    # Asked about what is missing too, and before anything is held: neither takes another time than what is hidden.
    await _require(visit, ref, permission)
    if visit.transaction.writes:
        access = await _held(visit, ref)
        await _require(visit, ref, permission)
    if access is None:
        raise not_there(ref)
    return access


async def _require(visit: Visit, ref: ResourceRef, permission: Permission) -> None:
    await require_access(visit.platform.access.resolver(visit.session), visit.caller, ref, permission)


async def _held(visit: Visit, ref: ResourceRef) -> AccessList | None:
    """Whoever changes a list holds it from here to the commit: what is decided on it is still so when it is done."""
    wanted = select(AccessList).where(AccessList.resource_id == ref.id).with_for_update()
    access: AccessList | None = await visit.session.scalar(wanted.execution_options(populate_existing=True))
    return access
