"""Allowing: what access lists say, kept small: documents that differ in nothing but their owner share it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from acl.facts import Resource


class Listed(NamedTuple):
    """A thing's list in two parts: whose it is, and all else, which a document without entries has not to itself."""

    owner_id: str | None
    shared: Resource

    def resource(self, id_: str) -> Resource:
        """The whole list of the thing of this id."""
        return replace(self.shared, id=id_, owner_id=self.owner_id)

    def owned_by(self, user_id: str) -> Resource:
        """The list as it concerns somebody: of its owner it only matters whether that is they."""
        return replace(self.shared, owner_id=user_id) if self.owner_id == user_id else self.shared


@dataclass(slots=True, eq=False)
class Lists(Mapping[str, Listed]):
    """Lists by the id of their thing, in columns: a question about thousands runs down them at once."""

    owners: dict[str, str | None] = field(default_factory=dict)
    shared: dict[str, Resource] = field(default_factory=dict)
    owned: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, id_: str, owner_id: str | None, shared: Resource) -> None:
        """Put a list in; one that is there already is the same."""
        self.owners[id_] = owner_id
        self.shared[id_] = shared
        if owner_id is not None:
            self.owned[owner_id].add(id_)

    def update(self, others: Lists) -> None:
        """Put all of others in."""
        self.owners.update(others.owners)
        self.shared.update(others.shared)
        for owner_id, ids in others.owned.items():
            self.owned[owner_id] |= ids

    def __getitem__(self, id_: str) -> Listed:
        return Listed(self.owners[id_], self.shared[id_])

    def __contains__(self, id_: object) -> bool:
        return id_ in self.shared

    def __iter__(self) -> Iterator[str]:
        return iter(self.shared)

    def __len__(self) -> int:
        return len(self.shared)
