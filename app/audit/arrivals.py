"""Ground floor, audit: people who came, or changed, by a token of the identity provider."""

from __future__ import annotations

from app.audit.chain import Entry
from app.audit.last import append_last
from app.context import request_id
from app.db.transaction import Transaction
from app.identity.tables import User


def record_arrival(transaction: Transaction, user: User, action: str) -> None:
    """Remember what a person's own token did to their row; written as the last thing before the commit."""
    entry = Entry(
        tenant_id=user.tenant_id,
        action=action,
        at=transaction.clock.now(),
        actor_id=user.id,
        actor_tenant_id=user.tenant_id,
        target_type="user",
        target_id=user.id,
        details={"by": "token"},
        request_id=request_id.get(),
    )
    append_last(transaction, entry)
