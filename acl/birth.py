"""Allowing: the list of a document that has just come to be, in the transaction in which it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from acl.grants import Grant
from acl.masks import read_mask
from acl.permission import ResourceKind
from acl.tables import AccessEntry, AccessList
from app.db.transaction import Transaction
from app.ids import new_id


async def give_from_the_start(
    transaction: Transaction, document_id: str, grants: Sequence[Grant], *, inherits: bool
) -> None:
    """Give a new document its entries: nobody has seen it yet, and its owner may give all there is."""
    access, now = await transaction.session.get_one(AccessList, document_id), transaction.clock.now()
    if access.inherits is not inherits:
        access.inherits = inherits
    transaction.session.add_all(_row(access, grant, now) for grant in grants if not _is_over(grant, now))
    await transaction.session.flush()


def _row(access: AccessList, grant: Grant, now: datetime) -> AccessEntry:
    return AccessEntry(
        id=new_id("ace"),
        tenant_id=access.tenant_id,
        resource_id=access.resource_id,
        collection_id=access.collection_id,
        ace_type=grant.ace_type,
        principal_type=grant.principal_type,
        principal_id=grant.principal_id,
        permissions=read_mask(grant.permissions, ResourceKind.DOCUMENT),
        expires_at=grant.expires_at,
        note=grant.note,
        created_by=access.owner_id,
        created_at=now,
    )


def _is_over(grant: Grant, now: datetime) -> bool:
    return grant.expires_at is not None and grant.expires_at <= now
