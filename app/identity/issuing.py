"""Ground floor, identity: API keys: issued to oneself or to somebody one may act for, and revoked at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import PermissionDenied, ValidationFailed
from app.identity.caller import Caller
from app.identity.errors import InsufficientScope, KeyNotFound
from app.identity.keys import digest, new_key, shown_prefix
from app.identity.permissions import Core
from app.identity.powers import require_over
from app.identity.tables import ApiKey, User
from app.ids import new_id


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is said of a key that is to be."""

    name: str
    scopes: Sequence[str] | None = None
    expires_at: datetime | None = None


def require_keys(caller: Caller) -> None:
    """Refuse unless the caller may deal with keys at all: their own, or those of others."""
    if not caller.may(Core.USERS_MANAGE):
        caller.require(Core.KEYS_MANAGE)


async def require_owner(session: TenantSession, caller: Caller, owner: User) -> None:
    """Refuse unless the caller may deal with the keys of this person."""
    if owner.id == caller.user_id:
        caller.require(Core.KEYS_MANAGE)
        return
    caller.require(Core.USERS_MANAGE)
    await require_over(session, caller, owner)


def visible_key(caller: Caller, key: ApiKey | None) -> ApiKey:
    """Return a key the caller may know of; revoked ones are gone."""
    if key is None or key.revoked_at is not None:
        raise KeyNotFound
    if key.user_id != caller.user_id and not caller.may(Core.USERS_MANAGE):
        raise KeyNotFound
    return key


async def issue_key(transaction: Transaction, caller: Caller, owner: User, new: NewKey) -> tuple[ApiKey, str]:
    """Make a key for somebody; the key itself is returned this once and not kept."""
    await require_owner(transaction.session, caller, owner)
    if owner.id != caller.user_id and not caller.is_administrator:
        # Its bearer sees what was shared with the owner, which only administrators see anyway.
        raise PermissionDenied("Only administrators make keys for others.")
    now = transaction.clock.now()
    if new.expires_at is not None and new.expires_at <= now:
        raise ValidationFailed.of("expires_at", "is in the past")
    key = new_key()
    row = ApiKey(
        id=new_id("apikey"),
        tenant_id=owner.tenant_id,
        user_id=owner.id,
        created_by=caller.user_id,
        name=new.name,
        digest=digest(key),
        prefix=shown_prefix(key),
        scopes=_scopes(caller, new.scopes),
        expires_at=_end(caller, new.expires_at),
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(row)
    await transaction.session.flush()
    return row, key


async def revoke_key(transaction: Transaction, row: ApiKey) -> None:
    """End a key at once, in every process."""
    row.revoked_at = row.updated_at = transaction.clock.now()
    await transaction.session.flush()


def _scopes(caller: Caller, wanted: Sequence[str] | None) -> list[str] | None:
    """A narrowed key makes keys as narrow as itself, or narrower."""
    if caller.scopes is None:
        return None if wanted is None else sorted(set(wanted))
    beyond = sorted(set(wanted or ()) - caller.scopes)
    if beyond:
        raise InsufficientScope(f"This key cannot make one for more than itself: {', '.join(beyond)}.")
    return sorted(caller.scopes if wanted is None else set(wanted))


def _end(caller: Caller, wanted: datetime | None) -> datetime | None:
    """A key that ends makes keys that end no later."""
    if caller.key_expires_at is None or wanted is None:
        return wanted or caller.key_expires_at
    if wanted > caller.key_expires_at:
        raise PermissionDenied("A key that expires cannot make one that lasts longer.")
    return wanted
