"""Allowing: a list of who reads, writes and manages is written into the entries of a collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from acl.coarse import MASK_OF, Coarse, Principal, coarse_entries, coarse_of, united
from acl.errors import InvalidAce
from acl.facts import Effect, Entry
from acl.grants import row_of
from acl.principals import require_principals
from acl.tables import AccessEntry
from acl.weighing import Weighing
from app.ids import new_id

Wanted = Sequence[tuple[Principal, Coarse]]


@dataclass(frozen=True, slots=True)
class Shared:
    """What a list in three words changed."""

    added: Sequence[Entry]
    removed: Sequence[str]


async def share(weighing: Weighing, wanted: Wanted) -> Shared | None:
    """Make the list say this; who has that access keeps their entries as they are. None if nothing changes."""
    _refuse_doubles(wanted)
    shown = coarse_entries(weighing.before.entries, weighing.at)
    kept = {principal for principal, word in wanted if coarse_of(united(shown.get(principal, ()))) is word}
    new = {place: said for place, said in enumerate(wanted) if said[0] not in kept}
    added = await _added(weighing, new, shown)
    removed = {entry.id for principal, own in shown.items() if principal not in kept for entry in own}
    if not added and not removed:
        return None
    staying = tuple(entry for entry in weighing.before.entries if entry.id not in removed)
    after = replace(weighing.before, entries=(*staying, *added))
    weighing.require_room(after, "aces")
    await weighing.settle(after)
    for row in await weighing.session.scalars(select(AccessEntry).where(AccessEntry.id.in_(removed))):
        await weighing.session.delete(row)
    weighing.session.add_all(row_of(weighing, entry) for entry in added)
    await weighing.session.flush()
    return Shared(added, sorted(removed))


def _refuse_doubles(wanted: Wanted) -> None:
    seen = set[Principal]()
    for place, (principal, _) in enumerate(wanted):
        if principal in seen:
            raise InvalidAce.of(f"{place}.principal_id", "is in the list twice")
        seen.add(principal)


async def _added(
    weighing: Weighing, new: Mapping[int, tuple[Principal, Coarse]], had: Mapping[Principal, Sequence[Entry]]
) -> list[Entry]:
    about = {f"{place}.principal_id": principal for place, (principal, _) in new.items()}
    await require_principals(weighing.session, weighing.before.tenant_id, about)
    given = 0
    for principal, word in new.values():
        lasting = united(entry for entry in had.get(principal, ()) if entry.expires_at is None)
        given |= MASK_OF[word] & ~lasting
    weighing.require_given(given)
    return [Entry(new_id("ace"), Effect.ALLOW, *principal, MASK_OF[word]) for principal, word in new.values()]
