"""Knowing, documents: a document somebody names is theirs to use so, or it is refused, or not there."""

from __future__ import annotations

from acl.errors import DocumentNotFound
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import require_access as require_listed
from acl.resolver import AclResolver
from app.db.tenancy import TenantSession
from app.identity.caller import Caller
from indexing.documents.found import FoundDocument
from indexing.documents.queries import find_document


def ref_for_document(document_id: str) -> ResourceRef:
    """What a decision about a document is asked of."""
    return ResourceRef.document(document_id)


async def get_for_tenant(session: TenantSession, document_id: str, *, hold: bool = False) -> FoundDocument | None:
    """A document of the session's tenant; None if it is deleted, another tenant's, or never was."""
    return await find_document(session, document_id, hold=hold)


async def require_access(
    resolver: AclResolver, user: Caller, document_id: str, permission: Permission = Permission.READ
) -> FoundDocument:
    """The document, for somebody who holds the permission; fails closed, and hidden is the same as missing."""
    await require_listed(resolver, user, ref_for_document(document_id), permission)
    found = await get_for_tenant(resolver.session, document_id)
    if found is None:
        raise DocumentNotFound
    return found
