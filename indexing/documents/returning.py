"""Knowing, documents: what comes again from where it came before is the same document, for whoever may change it."""

from __future__ import annotations

from acl.permission import Permission
from acl.resolver import AclResolver
from app.db.tenancy import WRITES, TenantSession
from app.identity.caller import Caller
from indexing.documents.access import get_for_tenant, ref_for_document
from indexing.documents.found import FoundDocument
from indexing.documents.intake import Origin
from indexing.documents.queries import find_by_source
from indexing.documents.tables import Document


async def held_already(resolver: AclResolver, user: Caller, collection_id: str, origin: Origin) -> FoundDocument | None:
    """The oldest document from there that somebody may read and change; one that is not theirs stays as it is.

    Whoever asks holds the collection until their commit, so that two who bring the same bring one document.
    """
    if origin.digest is None:
        return None
    needed = Permission.READ | Permission.WRITE
    for found in await find_by_source(resolver.session, collection_id, [origin.digest]):
        if await resolver.can(user, ref_for_document(found.id), needed):
            return await get_for_tenant(resolver.session, found.id, hold=resolver.session.info[WRITES])
    return None


async def is_used(session: TenantSession, document_id: str) -> bool:
    """Whether an id is that of a document, deleted ones included."""
    return await session.get(Document, document_id) is not None
