"""Ground floor, audit: remember something in the transaction it happens in."""

from __future__ import annotations

from typing import Any

from app.audit.chain import Entry
from app.audit.last import append_last
from app.context import request_id
from app.db.transaction import Transaction
from app.identity.caller import Caller


def record(
    transaction: Transaction, caller: Caller, action: str, *, target: tuple[str, str], tenant_id: str, **details: Any
) -> None:
    """Remember what a caller did to a target (type, id); written as the last thing before the commit."""
    entry = entry_of(caller, action, at=transaction.clock, target=target, tenant_id=tenant_id, details=details)
    append_last(transaction, entry)


def entry_of(
    caller: Caller,
    action: str,
    *,
    at: Any,
    target: tuple[str, str] | None,
    tenant_id: str,
    details: dict[str, Any],
) -> Entry:
    """Say who did (or was refused) what, to which target, in the request at hand."""
    return Entry(
        tenant_id=tenant_id,
        action=action,
        at=at.now(),
        actor_id=caller.user_id,
        actor_tenant_id=caller.tenant_id,
        key_id=caller.key_id,
        target_type=target[0] if target else None,
        target_id=target[1] if target else None,
        details=details,
        request_id=request_id.get(),
    )
