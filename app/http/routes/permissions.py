"""Roof, HTTP: access lists, their entries, where they inherit from and whose they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request

from acl.entries import entries_of
from acl.grants import Grant, add_entry, change_entry, find_entry, remove_entry
from acl.inheritance import set_inheritance
from acl.ownership import set_owner
from acl.permission import Permission, ResourceKind
from acl.principals import names_of_principals
from acl.tables import AccessEntry, AccessList
from acl.weighing import Weighing
from app.http.access_path import MODULE, ForceQuery, KindPath, ResourcePath, resource_for
from app.http.envelope import Deleted, Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.permissions import (
    AccessRead,
    AceCreate,
    AcePatch,
    AceRead,
    InheritancePut,
    InheritanceRead,
    OwnerPut,
    OwnerRead,
)
from app.identity.permissions import Matrix

_ON = "/permissions/{type}/{id}"
router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
_to_change = resource_for(Permission.CHANGE_PERMISSIONS)


@dataclass(frozen=True, slots=True)
class _Named:
    """What a path with an entry's id names."""

    access: AccessList
    entry: AccessEntry


async def _entry(request: Request, visit: Visit) -> _Named:
    access: AccessList = await _to_change(request, visit)
    return _Named(access, await find_entry(visit.transaction, access, request.path_params["ace_id"]))


@router.get(_ON, operation_id="get_permissions")
@gate(Matrix.VIEW, guard=resource_for(Permission.READ_PERMISSIONS), module=MODULE)
async def get_permissions(visit: VisitDep, _type: KindPath, _: ResourcePath) -> Success[AccessRead]:
    """Show who may do what, in the order it counts: entries of its own, then those it inherits."""
    access: AccessList = visit.subject
    at, above = visit.platform.clock.now(), access.collection_id if access.inherits else None
    own = await entries_of(visit.session, access.resource_id, at)
    inherited = await entries_of(visit.session, above, at) if above is not None else []
    shown = AccessRead.of(access, own, inherited, await names_of_principals(visit.session, [*own, *inherited]))
    # Entries end, principals are renamed and collections change without a new version of this list.
    visit.etag(access.version, beside=hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:16])
    return success(shown)


@router.post(f"{_ON}/aces", operation_id="add_ace", status_code=201)
@gate(Matrix.ACCESS, guard=_to_change, creates=True, module=MODULE)
async def post_ace(
    visit: VisitDep, _type: KindPath, _: ResourcePath, said: AceCreate, *, force: ForceQuery = False
) -> Success[AceRead]:
    """Put an entry into the list; what it allows must be the caller's own to do."""
    access: AccessList = visit.subject
    visit.expect(access.version)
    grant = Grant(said.ace_type, said.principal_type, said.principal_id, said.permissions, said.expires_at)
    row = await add_entry(await _weigh(visit, access, force=force), replace(grant, note=said.note or ""))
    _record(visit, "acl.entry_added", access, **_about(row))
    return await _shown(visit, access, row)


@router.patch(f"{_ON}/aces/{{ace_id}}", operation_id="change_ace")
@gate(Matrix.ACCESS, guard=_entry, module=MODULE)
async def patch_ace(
    visit: VisitDep, _type: KindPath, _: ResourcePath, ace_id: str, said: AcePatch, *, force: ForceQuery = False
) -> Success[AceRead]:
    """Change an entry of the thing's own; `If-Match` is the version of the whole list."""
    access, row = visit.subject.access, visit.subject.entry
    visit.expect(access.version)
    was = _about(row)
    changed = await change_entry(await _weigh(visit, access, force=force), row, said.meant())
    if changed:
        _record(visit, "acl.entry_changed", access, **_about(row), changed=changed, was=was["permissions"])
    return await _shown(visit, access, row)


@router.delete(f"{_ON}/aces/{{ace_id}}", operation_id="remove_ace")
@gate(Matrix.ACCESS, guard=_entry, module=MODULE)
async def delete_ace(
    visit: VisitDep, _type: KindPath, _: ResourcePath, ace_id: str, *, force: ForceQuery = False
) -> Success[Deleted]:
    """Take an entry out of the list; it counts no more from the next request on."""
    access, row = visit.subject.access, visit.subject.entry
    visit.expect(access.version)
    await remove_entry(await _weigh(visit, access, force=force), row)
    _record(visit, "acl.entry_removed", access, **_about(row))
    visit.etag(access.version)
    return success(Deleted())


@router.put(f"{_ON}/inheritance", operation_id="set_inheritance")
@gate(Matrix.ACCESS, guard=_to_change, module=MODULE)
async def put_inheritance(
    visit: VisitDep, _type: KindPath, _: ResourcePath, said: InheritancePut
) -> Success[InheritanceRead]:
    """Let a document inherit from its collection, or not; `copy` keeps for everybody the rights they have."""
    access: AccessList = visit.subject
    visit.expect(access.version)
    made = await set_inheritance(await _weigh(visit, access), inherit=said.inherit, copy=said.copies)
    if made is not None:
        copied = [entry.id for entry in made]
        _record(visit, "acl.inheritance_changed", access, inherit=said.inherit, copied=copied)
    visit.etag(access.version)
    kind, id_ = ResourceKind(access.kind), access.resource_id
    return success(
        InheritanceRead(resource_type=kind, resource_id=id_, inherit=access.inherits, copied=len(made or ()))
    )


@router.put(f"{_ON}/owner", operation_id="set_owner")
@gate(Matrix.ACCESS, guard=resource_for(Permission.TAKE_OWNERSHIP), module=MODULE)
async def put_owner(
    visit: VisitDep, _type: KindPath, _: ResourcePath, said: OwnerPut, *, force: ForceQuery = False
) -> Success[OwnerRead]:
    """Give the thing to somebody; who may take ownership, but has it not, takes it for themselves."""
    access: AccessList = visit.subject
    visit.expect(access.version)
    was = access.owner_id
    if await set_owner(await _weigh(visit, access, force=force), said.owner_id):
        _record(visit, "acl.owner_changed", access, owner_id=said.owner_id, was=was)
    visit.etag(access.version)
    return success(
        OwnerRead(resource_type=ResourceKind(access.kind), resource_id=access.resource_id, owner_id=access.owner_id)
    )


async def _weigh(visit: Visit, access: AccessList, *, force: bool = False) -> Weighing:
    return await Weighing.begin(visit.transaction, visit.caller, access, force=force)


def _record(visit: Visit, action: str, access: AccessList, **details: Any) -> None:
    visit.record(action, (access.kind, access.resource_id), **details)


def _about(row: AccessEntry) -> dict[str, Any]:
    """What the audit trail keeps of an entry: whom it is about and what it says, never its note."""
    ends = None if row.expires_at is None else row.expires_at.isoformat()
    who = {"principal_type": row.principal_type, "principal_id": row.principal_id}
    return {"ace_id": row.id, "ace_type": row.ace_type, **who, "permissions": row.permissions, "expires_at": ends}


async def _shown(visit: Visit, access: AccessList, row: AccessEntry) -> Success[AceRead]:
    visit.etag(access.version)
    return success(AceRead.of(row, await names_of_principals(visit.session, [row])))
