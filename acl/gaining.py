"""Allowing: what a change gives to somebody, now or at any later moment; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from acl.evaluate import evaluate, holds_now, speaks_of
from acl.facts import Effect, Entry, Resource, Subject
from acl.permission import APPLICABLE, Permission

_BITS = [int(permission) for permission in Permission]


def gained(subject: Subject, before: Resource, after: Resource, at: datetime) -> int:
    """The deeds that somebody could do after a change, and could not at the same moment without it.

    An entry that ends later, or a denial that ends sooner, gives as much as a new entry does.
    """
    before, after = _about(subject, before, at), _about(subject, after, at)
    everything, gain = APPLICABLE[before.kind], 0
    for moment in sorted({at, *_ends(before), *_ends(after)}):
        gain |= (
            evaluate(subject, after, everything, moment).granted
            & ~evaluate(subject, before, everything, moment).granted
        )
    return gain


def _about(subject: Subject, resource: Resource, at: datetime) -> Resource:
    """The same with only what is said of somebody, each deed by itself and once: that is little of any list."""
    longest: dict[tuple[Effect, int], Entry] = {}
    for entry in resource.entries:
        if speaks_of(entry, subject) and holds_now(entry, at):
            for bit in _BITS:
                if entry.permissions & bit:
                    said = (entry.effect, bit)
                    longest[said] = _longer(longest.get(said, entry), entry)
    entries = tuple(replace(entry, permissions=bit) for (_, bit), entry in longest.items())
    above = resource.collection if resource.inherits else None
    return replace(resource, entries=entries, collection=None if above is None else _about(subject, above, at))


def _longer(one: Entry, other: Entry) -> Entry:
    if one.expires_at is None or (other.expires_at is not None and other.expires_at < one.expires_at):
        return one
    return other


def _ends(resource: Resource) -> Iterator[datetime]:
    for entry in resource.entries:
        if entry.expires_at is not None:
            yield entry.expires_at
    if resource.collection is not None:
        yield from _ends(resource.collection)
