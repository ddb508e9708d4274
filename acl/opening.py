"""Allowing: how the access list of a thing begins and ends, in the transaction the thing itself does."""

from __future__ import annotations

from acl.facts import DefaultAccess
from acl.permission import ResourceKind
from acl.tables import AccessList
from app.db.transaction import Transaction


async def open_collection_access(
    transaction: Transaction, collection_id: str, *, owner_id: str, tenant_id: str, default_access: DefaultAccess
) -> AccessList:
    """Give a new collection its list; whoever made it owns it."""
    now = transaction.clock.now()
    made = AccessList(
        resource_id=collection_id,
        tenant_id=tenant_id,
        kind=ResourceKind.COLLECTION,
        owner_id=owner_id,
        inherits=False,
        default_access=default_access,
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(made)
    await transaction.session.flush()
    return made


def open_document_access(
    transaction: Transaction, document_id: str, *, collection_id: str, owner_id: str, tenant_id: str
) -> AccessList:
    """Give a new document its list, which inherits; whoever brought it owns it. It is written with the document."""
    now = transaction.clock.now()
    made = AccessList(
        resource_id=document_id,
        tenant_id=tenant_id,
        kind=ResourceKind.DOCUMENT,
        collection_id=collection_id,
        owner_id=owner_id,
        inherits=True,
        default_access=DefaultAccess.RESTRICTED,
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(made)
    return made


async def close_access(transaction: Transaction, access: AccessList) -> None:
    """Take a thing from everybody's sight at once; a collection's documents go with it."""
    await transaction.session.delete(access)
    await transaction.session.flush()
