"""Allowing: the entries that say of a document by itself what its collection said of it; pure.

On the document, a copied denial would come before the document's own allowances and before the owner of the
collection, which it did not before. So a denial is copied as it is only where nobody is ahead of it; else it is
copied for each of those whom it really denied something. Everybody may do at this moment exactly what they could,
and never more at a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from acl.evaluate import holds_now, speaks_of
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource, Subject
from acl.permission import APPLICABLE, VIEWER, Permission, ResourceKind

Everybody = Iterable[tuple[Subject, Sequence[str]]]  # somebody, and the ids of all of whom the lists say the same
_ALL = APPLICABLE[ResourceKind.DOCUMENT]
_BITS = [int(permission) for permission in Permission if permission & _ALL]
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Copy:
    """An entry to be; `source` is the id of the inherited one it comes from, if it comes from one."""

    said: Entry
    source: str | None


def copies(document: Resource, people: Everybody, at: datetime) -> list[Copy]:
    """Work out the entries; `people` are all of the tenant, for a group may have to be copied person by person."""
    above = document.collection if document.inherits else None
    if above is None:
        return []
    inherited = [replace(entry, permissions=entry.permissions & _ALL) for entry in above.entries]
    inherited = [entry for entry in inherited if entry.permissions and holds_now(entry, at)]
    if above.default_access is DefaultAccess.TENANT:
        inherited.append(Entry("", Effect.ALLOW, PrincipalType.EVERYONE, None, VIEWER))
    asked = people if any(entry.effect is Effect.DENY for entry in inherited) else ()
    views = [_View.of(subject, tuple(ids), document, inherited, at) for subject, ids in asked]
    found = list(_Copying(inherited, views).entries())
    if above.owner_id is not None:
        found.append(Entry("", Effect.ALLOW, PrincipalType.USER, above.owner_id, _ALL))
    own = [entry for entry in document.entries if holds_now(entry, at)]
    return [Copy(replace(entry, id=""), entry.id or None) for entry in found if not _is_said(entry, own)]


def _is_said(entry: Entry, own: Iterable[Entry]) -> bool:
    """Whether the document says the same already, for as long."""
    who = (entry.effect, entry.principal_type, entry.principal_id)
    return any(
        who == (held.effect, held.principal_type, held.principal_id)
        and not entry.permissions & ~held.permissions
        and _end(entry) <= _end(held)
        for held in own
    )


@dataclass(frozen=True, slots=True)
class _View:
    """Until when the lists say something of somebody; what is not said ended at this moment."""

    subject: Subject
    user_ids: tuple[str, ...]
    owns_collection: bool
    at: datetime
    denied_here: dict[int, datetime]
    allowed_here: dict[int, datetime]
    denied_above: dict[int, datetime]

    @classmethod
    def of(
        cls, subject: Subject, user_ids: tuple[str, ...], document: Resource, inherited: Sequence[Entry], at: datetime
    ) -> _View:
        own = [entry for entry in document.entries if holds_now(entry, at)]
        owns = document.collection is not None and document.collection.owner_id == subject.user_id
        denied, allowed = _lasting(subject, own, Effect.DENY), _lasting(subject, own, Effect.ALLOW)
        return cls(subject, user_ids, owns, at, denied, allowed, _lasting(subject, inherited, Effect.DENY))

    def is_ahead(self, bit: int, end: datetime) -> bool:
        """Whether, at some moment before this end, something comes before an inherited denial and allows it."""
        allowed = end if self.owns_collection else min(self.allowed_here.get(bit, self.at), end)
        return self.denied_here.get(bit, self.at) < allowed

    def is_cut(self, bit: int, end: datetime) -> bool:
        """Whether an inherited denial takes over once the document's own allowance ends, before this end."""
        denied, allowed = self.denied_above.get(bit, self.at), self.allowed_here.get(bit, self.at)
        return not self.owns_collection and self.is_ahead(bit, denied) and allowed < min(denied, end)


def _lasting(subject: Subject, entries: Iterable[Entry], effect: Effect) -> dict[int, datetime]:
    ends: dict[int, datetime] = {}
    for entry in entries:
        if entry.effect is effect and speaks_of(entry, subject):
            for bit in _bits(entry.permissions):
                ends[bit] = max(ends.get(bit, _end(entry)), _end(entry))
    return ends


@dataclass(frozen=True, slots=True)
class _Copying:
    """What a collection says, on its way to one of its documents."""

    inherited: Sequence[Entry]
    views: Sequence[_View]
    found: dict[tuple[PrincipalType, str | None], list[_View]] = field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        """The same said on the document, but for the collection's owner."""
        denials, allowances = self._of(Effect.DENY), self._of(Effect.ALLOW)
        torn = [self._torn_denial(entry) for entry in denials]
        void = 0  # what everybody is denied for as long as anybody is allowed it: neither need be said
        for entry, bits in zip(denials, torn, strict=True):
            if entry.principal_type is PrincipalType.EVERYONE:
                void |= sum(bit for bit in _bits(bits) if _outlasts(entry, bit, allowances))
        for entry, bits in zip(denials, torn, strict=True):
            yield from self._narrowed(entry, bits, void)
        for entry in allowances:
            yield from self._narrowed(entry, self._torn_allowance(entry), void)

    def _of(self, effect: Effect) -> list[Entry]:
        return [entry for entry in self.inherited if entry.effect is effect]

    def _about(self, entry: Entry) -> list[_View]:
        principal = entry.principal_type, entry.principal_id
        if principal not in self.found:
            self.found[principal] = [view for view in self.views if speaks_of(entry, view.subject)]
        return self.found[principal]

    def _torn_denial(self, entry: Entry) -> int:
        """The deeds in which somebody it speaks of is ahead of it."""
        return _which(entry, lambda bit: any(view.is_ahead(bit, _end(entry)) for view in self._about(entry)))

    def _torn_allowance(self, entry: Entry) -> int:
        """The deeds it would allow somebody later on whom a denial keeps from them then."""
        return _which(entry, lambda bit: any(view.is_cut(bit, _end(entry)) for view in self._about(entry)))

    def _narrowed(self, entry: Entry, torn: int, void: int) -> Iterator[Entry]:
        """An entry without what is torn, and the torn for each person of whom it is right."""
        kept = entry.permissions & ~torn & ~void
        if kept:
            yield replace(entry, permissions=kept)
        for view in self._about(entry) if torn & ~void else ():
            bits = sum(bit for bit in _bits(torn & ~void) if _is_right(entry, view, bit))
            for user_id in view.user_ids if bits else ():
                yield replace(entry, principal_type=PrincipalType.USER, principal_id=user_id, permissions=bits)


def _is_right(entry: Entry, view: _View, bit: int) -> bool:
    if entry.effect is Effect.DENY:
        return not view.is_ahead(bit, _end(entry)) and view.denied_here.get(bit, view.at) < _end(entry)
    return not view.owns_collection and not view.is_cut(bit, _NEVER)


def _outlasts(denial: Entry, bit: int, allowances: Iterable[Entry]) -> bool:
    return all(_end(entry) <= _end(denial) for entry in allowances if entry.permissions & bit)


def _which(entry: Entry, holds: Callable[[int], bool]) -> int:
    return sum(bit for bit in _bits(entry.permissions) if holds(bit))


def _bits(mask: int) -> Iterator[int]:
    return (bit for bit in _BITS if bit & mask)


def _end(entry: Entry) -> datetime:
    return entry.expires_at or _NEVER
