"""Allowing: what an access list says, kept small: documents that differ in nothing but their owner share it."""

from __future__ import annotations

from dataclasses import replace
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
