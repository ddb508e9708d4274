"""Knowing, collections: a collection somebody names is theirs to use so, or it is refused, or not there."""

from __future__ import annotations

from dataclasses import dataclass

from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import not_there
from acl.requiring import require_access as require_listed
from acl.resolver import AclResolver
from acl.tables import AccessList
from app.db.tenancy import TenantSession
from app.identity.caller import Caller
from indexing.collections.queries import get_for_tenant
from indexing.collections.tables import Collection


@dataclass(frozen=True, slots=True)
class OpenCollection:
    """A collection its caller was let at, and its access list."""

    row: Collection
    access: AccessList

    @property
    def id(self) -> str:
        """Its id."""
        return self.row.id


async def require_access(
    resolver: AclResolver,
    user: Caller,
    collection_id: str,
    permission: Permission = Permission.READ,
    *,
    held: Collection | None = None,
) -> Collection:
    """The collection, for somebody who holds the permission; fails closed, and hidden is the same as missing.

    What is `held` by the transaction already is not read again.
    """
    ref = ResourceRef.collection(collection_id)
    await require_listed(resolver, user, ref, permission)
    found = held or await get_for_tenant(resolver.session, collection_id)
    if found is None:
        raise not_there(ref)
    return found


async def open_collection(session: TenantSession, access: AccessList, *, hold: bool = False) -> OpenCollection:
    """The collection of an access list that its caller was let at; `hold` keeps it as it is until the commit."""
    found = await get_for_tenant(session, access.resource_id, hold=hold)
    if found is None:
        raise not_there(ResourceRef.collection(access.resource_id))
    return OpenCollection(found, access)
