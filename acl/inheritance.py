"""Allowing: a document stops listening to its collection, or begins again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import select

from acl.changes import SetInheritance, apply
from acl.copying import Copy, copies
from acl.facts import Entry
from acl.grants import row_of
from acl.people import read_people
from acl.permission import ResourceKind
from acl.tables import AccessEntry
from acl.weighing import Weighing
from app.errors import ValidationFailed
from app.ids import new_id


async def set_inheritance(weighing: Weighing, *, inherit: bool, copy: bool) -> list[Entry] | None:
    """Let a document inherit or not; returns the copies that were made, or None if nothing changed."""
    if weighing.before.kind is ResourceKind.COLLECTION:
        raise ValidationFailed.of("inherit", "a collection has nothing to inherit from")
    if inherit is weighing.access.inherits:
        return None
    made = await _copied(weighing) if copy and not inherit else []
    entries = [replace(each.said, id=new_id("ace")) for each in made]
    after = apply(weighing.before, SetInheritance(inherit, tuple(entries)))
    weighing.require_room(after, "copy")
    await weighing.settle(after)
    notes = await _notes(weighing, made)
    weighing.access.inherits = inherit
    weighing.session.add_all(
        row_of(weighing, entry, notes.get(each.source or "", "")) for entry, each in zip(entries, made, strict=True)
    )
    await weighing.session.flush()
    return entries


async def _copied(weighing: Weighing) -> list[Copy]:
    connection = await weighing.session.connection()
    # Also of those who are suspended: they may come back, and must then find closed what was closed to them.
    people = await connection.run_sync(lambda held: read_people(held, weighing.before.tenant_id, also_suspended=True))
    crowds = [(crowd.subject, crowd.user_ids) for crowd in people.crowds([weighing.before])]
    return await asyncio.to_thread(copies, weighing.before, crowds, weighing.at)


async def _notes(weighing: Weighing, made: list[Copy]) -> dict[str, str]:
    sources = {copy.source for copy in made if copy.source is not None}
    if not sources:
        return {}
    said = await weighing.session.execute(select(AccessEntry.id, AccessEntry.note).where(AccessEntry.id.in_(sources)))
    return dict(said.all())
