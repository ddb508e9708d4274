"""Roof, HTTP: API keys, one's own and those of the people one manages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.api_keys import ApiKeyCreate, ApiKeyCreated, ApiKeyPatch, ApiKeyRead
from app.identity.errors import UserNotFound
from app.identity.issuing import NewKey, issue_key, require_keys, require_owner, revoke_key, visible_key
from app.identity.permissions import Core
from app.identity.queries import page_of
from app.identity.rows import amend
from app.identity.tables import ApiKey, User

router = APIRouter(prefix="/v1/api-keys", tags=["identity"], route_class=GatedRoute)
KeyPath = Annotated[str, Path(alias="key_id")]


async def _may_have_keys(_: Request, visit: Visit) -> None:
    require_keys(visit.caller)


async def _key(request: Request, visit: Visit) -> ApiKey:
    require_keys(visit.caller)
    return visible_key(visit.caller, await visit.find(ApiKey, request.path_params["key_id"]))


async def _key_to_change(request: Request, visit: Visit) -> ApiKey:
    key = await _key(request, visit)
    await require_owner(visit.session, visit.caller, await visit.session.get_one(User, key.user_id))
    return key


@router.get("", operation_id="list_api_keys")
@gate(guard=_may_have_keys)
async def list_keys(
    visit: VisitDep, page: PageDep, user_id: Annotated[str | None, Query(max_length=64)] = None
) -> Listing[ApiKeyRead]:
    """List one's own keys; who manages people sees all of the tenant."""
    where = [ApiKey.tenant_id == visit.tenant_id, ApiKey.revoked_at.is_(None)]
    if not visit.caller.may(Core.USERS_MANAGE):
        where.append(ApiKey.user_id == visit.caller.user_id)
    if user_id is not None:
        where.append(ApiKey.user_id == user_id)
    found = await page_of(visit.session, ApiKey, page, *where)
    used = await visit.platform.key_uses.last(visit.session, [key.id for key in found.items])
    return listing(visit, page, found, lambda key: _shape(key, used.get(key.id)))


@router.post("", operation_id="create_api_key", status_code=201)
@gate(guard=_may_have_keys, creates=True)
async def post_key(visit: VisitDep, said: ApiKeyCreate) -> Success[ApiKeyCreated]:
    """Make a key for oneself or for somebody one manages; it is shown this once."""
    owner = await _owner(visit, said.assigned_user_id or visit.caller.user_id)
    new = NewKey(said.name, said.scopes, said.expires_at)
    row, key = await issue_key(visit.transaction, visit.caller, owner, new)
    visit.record("api_key.created", ("api_key", row.id), user_id=owner.id, prefix=row.prefix, scopes=row.scopes)
    return success(ApiKeyCreated(**dict(_shape(row, None)), key=key))


@router.get("/{key_id}", operation_id="get_api_key")
@gate(guard=_key)
async def get_key(visit: VisitDep, _: KeyPath) -> Success[ApiKeyRead]:
    """Show a key, without the key itself."""
    return await _shown(visit, visit.subject)


@router.patch("/{key_id}", operation_id="patch_api_key")
@gate(guard=_key_to_change)
async def patch_key(visit: VisitDep, _: KeyPath, said: ApiKeyPatch) -> Success[ApiKeyRead]:
    """Rename a key."""
    row: ApiKey = visit.subject
    changed = await amend(visit.transaction, row, name=said.name)
    visit.record("api_key.updated", ("api_key", row.id), changed=changed)
    return await _shown(visit, row)


@router.delete("/{key_id}", operation_id="delete_api_key")
@gate(guard=_key_to_change)
async def delete_key(visit: VisitDep, _: KeyPath) -> Success[Deleted]:
    """Revoke a key at once."""
    row: ApiKey = visit.subject
    await revoke_key(visit.transaction, row)
    visit.record("api_key.revoked", ("api_key", row.id), user_id=row.user_id, prefix=row.prefix)
    return success(Deleted())


async def _owner(visit: Visit, user_id: str) -> User:
    owner = await visit.find(User, user_id)
    if owner is None or (owner.id != visit.caller.user_id and not visit.caller.may(Core.USERS_MANAGE)):
        raise UserNotFound  # who manages nobody learns nothing of who there is
    return owner


async def _shown(visit: Visit, row: ApiKey) -> Success[ApiKeyRead]:
    used = await visit.platform.key_uses.last(visit.session, [row.id])
    return success(_shape(row, used.get(row.id)))


def _shape(row: ApiKey, last_used_at: datetime | None) -> ApiKeyRead:
    return ApiKeyRead(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        user_id=row.user_id,
        tenant_id=row.tenant_id,
        created_by=row.created_by,
        scopes=row.scopes,
        expires_at=row.expires_at,
        last_used_at=last_used_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
