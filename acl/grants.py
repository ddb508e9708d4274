"""Allowing: entries come into an access list, change in it and leave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from acl.changes import AddEntry, ChangeEntry, RemoveEntry, apply
from acl.errors import AceNotFound
from acl.evaluate import holds_now
from acl.facts import Effect, Entry, PrincipalType, Resource
from acl.masks import read_mask
from acl.principals import require_principals
from acl.tables import AccessEntry, AccessList
from acl.weighing import MOST_ENTRIES, Weighing
from app.db.transaction import Transaction
from app.ids import new_id

Mask = int | str | Sequence[str]  # as people say it


@dataclass(frozen=True, slots=True)
class Grant:
    """An entry that is to be."""

    ace_type: Effect
    principal_type: PrincipalType
    principal_id: str | None
    permissions: Mask
    expires_at: datetime | None = None
    note: str = ""


def value_of(row: AccessEntry) -> Entry:
    """The entry of a row as the rules see it."""
    effect, principal_type = Effect(row.ace_type), PrincipalType(row.principal_type)
    return Entry(row.id, effect, principal_type, row.principal_id, row.permissions, row.expires_at)


def row_of(weighing: Weighing, entry: Entry, note: str = "") -> AccessEntry:
    """The row of an entry that is new in a list."""
    access = weighing.access
    return AccessEntry(
        id=entry.id,
        tenant_id=access.tenant_id,
        resource_id=access.resource_id,
        collection_id=access.collection_id or access.resource_id,
        ace_type=entry.effect,
        principal_type=entry.principal_type,
        principal_id=entry.principal_id,
        permissions=entry.permissions,
        expires_at=entry.expires_at,
        note=note,
        created_by=weighing.maker.user_id,
        created_at=weighing.at,
    )


async def find_entry(transaction: Transaction, access: AccessList, entry_id: str) -> AccessEntry:
    """The entry of a list that an id names; one of another list, or one that has ended, is not there."""
    of_list = (AccessEntry.id == entry_id, AccessEntry.resource_id == access.resource_id)
    row: AccessEntry | None = await transaction.session.scalar(select(AccessEntry).where(*of_list))
    if row is None or (row.expires_at is not None and row.expires_at <= transaction.clock.now()):
        raise AceNotFound
    return row


async def add_entry(weighing: Weighing, grant: Grant) -> AccessEntry:
    """Put an entry into a list."""
    principal = grant.principal_type, grant.principal_id
    mask = read_mask(grant.permissions, weighing.before.kind)
    await require_principals(weighing.session, weighing.before.tenant_id, {"principal_id": principal})
    if grant.ace_type is Effect.ALLOW:
        weighing.require_given(mask)
    entry = Entry(new_id("ace"), grant.ace_type, *principal, mask, grant.expires_at)
    after = apply(weighing.before, AddEntry(entry))
    if len(after.entries) > MOST_ENTRIES:
        after = await _without_ended(weighing, after)
    weighing.require_room(after, "aces")
    await weighing.settle(after)
    row = row_of(weighing, entry, grant.note)
    weighing.session.add(row)
    await weighing.session.flush()
    return row


async def change_entry(weighing: Weighing, row: AccessEntry, said: dict[str, Any]) -> list[str]:
    """Set what was said of an entry and differs; returns the names of what changed."""
    wanted = dict(said)
    if "permissions" in wanted:
        wanted["permissions"] = read_mask(wanted["permissions"], weighing.before.kind)
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return []
    before = value_of(row)
    after = replace(
        before,
        effect=Effect(changed.get("ace_type", before.effect)),
        permissions=changed.get("permissions", before.permissions),
        expires_at=changed.get("expires_at", before.expires_at),
    )
    weighing.require_given(_given(before, after))
    await weighing.settle(apply(weighing.before, ChangeEntry(after)))
    for name, value in changed.items():
        setattr(row, name, value)
    await weighing.session.flush()
    return sorted(changed)


async def remove_entry(weighing: Weighing, row: AccessEntry) -> None:
    """Take an entry out of a list."""
    await weighing.settle(apply(weighing.before, RemoveEntry(row.id)))
    await weighing.session.delete(row)
    await weighing.session.flush()


async def _without_ended(weighing: Weighing, after: Resource) -> Resource:
    """Sweep out what has ended, where it would keep new entries from a full list."""
    ended = {entry.id for entry in after.entries if not holds_now(entry, weighing.at)}
    rows = await weighing.session.scalars(select(AccessEntry).where(AccessEntry.id.in_(ended)))
    for row in rows:
        await weighing.session.delete(row)
    return replace(after, entries=tuple(entry for entry in after.entries if entry.id not in ended))


def _given(before: Entry, after: Entry) -> int:
    """What the change of an entry gives to somebody; what it gave already counts if it does not last longer."""
    if after.effect is not Effect.ALLOW:
        return 0
    lasts_longer = before.expires_at is not None and (after.expires_at is None or after.expires_at > before.expires_at)
    if before.effect is not Effect.ALLOW or lasts_longer:
        return after.permissions
    return after.permissions & ~before.permissions
