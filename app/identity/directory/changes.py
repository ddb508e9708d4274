"""Ground floor, directory: what a reading changes of what is held; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.identity.directory.reading import Edge, Reading


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a tenant's directory. Edges are (our group, whom): our ids, but for those who are pending."""

    groups: Mapping[str, Edge]  # our id and the name, by external id
    users: Mapping[str, str]  # our ids by external id
    people: frozenset[Edge]
    nested: frozenset[Edge]
    pending: frozenset[Edge]


@dataclass(frozen=True, slots=True)
class Difference:
    """Edges that come and edges that go."""

    come: frozenset[Edge]
    gone: frozenset[Edge]

    def __bool__(self) -> bool:
        return bool(self.come or self.gone)


@dataclass(frozen=True, slots=True)
class Changes:
    """All that has to be written; nothing where the directory is as it was."""

    made: Mapping[str, Edge]  # our id and the name of new groups, by external id
    renamed: Mapping[str, str]  # names by our id
    gone: frozenset[str]  # our ids; what hangs on them goes with them
    people: Difference
    nested: Difference
    pending: Difference

    def __bool__(self) -> bool:
        return any((self.made, self.renamed, self.gone, self.people, self.nested, self.pending))


def changes_of(held: Held, reading: Reading, new_id: Callable[[], str]) -> Changes:
    """Compare by immutable ids alone: another name is the same group, the same name under another id is not."""
    made = {external: (new_id(), name) for external, name in reading.groups.items() if external not in held.groups}
    renamed = {
        ours: reading.groups[external]
        for external, (ours, name) in held.groups.items()
        if external in reading.groups and reading.groups[external] != name
    }
    gone = frozenset(ours for external, (ours, _) in held.groups.items() if external not in reading.groups)
    groups = {external: ours for external, (ours, _) in (*held.groups.items(), *made.items())}
    people = {(groups[group], held.users[user]) for group, user in reading.people if user in held.users}
    pending = {(groups[group], user) for group, user in reading.people if user not in held.users}
    nested = {(groups[group], groups[child]) for group, child in reading.nested}
    return Changes(
        made,
        renamed,
        gone,
        _difference(held.people, people, gone),
        _difference(held.nested, nested, gone),
        _difference(held.pending, pending, gone),
    )


def _difference(held: frozenset[Edge], wanted: set[Edge], gone: frozenset[str]) -> Difference:
    leaving = {edge for edge in held - wanted if gone.isdisjoint(edge)}
    return Difference(frozenset(wanted - held), frozenset(leaving))
