"""Allowing: what can be changed about access, as values, and the list that comes of it; pure: it can be rehearsed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from acl.facts import DefaultAccess, Entry, Resource


@dataclass(frozen=True, slots=True)
class AddEntry:
    """One more line."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """The line of this id becomes this one."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class RemoveEntry:
    """One line less."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class SetInheritance:
    """A document listens to its collection, or no longer; `copied` are the lines that then say the same of it."""

    inherit: bool
    copied: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class SetOwner:
    """It becomes somebody else's."""

    owner_id: str


@dataclass(frozen=True, slots=True)
class SetDefaultAccess:
    """A collection gives more, or less, to those no line speaks of."""

    default_access: DefaultAccess


Change = AddEntry | ChangeEntry | RemoveEntry | SetInheritance | SetOwner | SetDefaultAccess


class NoSuchEntry(LookupError):
    """The list has no line of that id."""


def apply(resource: Resource, change: Change) -> Resource:
    """What a list is after a change of it; the list itself stays as it was."""
    match change:
        case AddEntry(entry):
            return _with(resource, (*resource.entries, entry))
        case ChangeEntry(entry):
            return _with(resource, (*_without(resource, entry.id), entry))
        case RemoveEntry(entry_id):
            return replace(resource, entries=_without(resource, entry_id))
        case SetInheritance(inherit, copied):
            return _with(replace(resource, inherits=inherit), (*resource.entries, *copied))
        case SetOwner(owner_id):
            return replace(resource, owner_id=owner_id)
        case SetDefaultAccess(default_access):
            return replace(resource, default_access=default_access)


def apply_above(document: Resource, change: Change) -> Resource:
    """What a document's list is after a change of its collection's."""
    if document.collection is None:
        raise ValueError("Nothing is above a collection.")
    return replace(document, collection=apply(document.collection, change))


def _with(resource: Resource, entries: tuple[Entry, ...]) -> Resource:
    return replace(resource, entries=tuple(sorted(entries, key=lambda entry: entry.id)))  # as they are read


def _without(resource: Resource, entry_id: str) -> tuple[Entry, ...]:
    kept = tuple(entry for entry in resource.entries if entry.id != entry_id)
    if len(kept) == len(resource.entries):
        raise NoSuchEntry(entry_id)
    return kept
