# Made of the module of the same name in `aio` by scripts/colours.py; change that one.
"""SDK: who may do what with collections and documents, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..sending import HasId, given, id_of, path_of
from ..shapes.allowing import Access as AccessList
from ..shapes.allowing import Entry, Explanation
from .collections import MATRIX
from .transport import Transport

_KINDS = {"col": "collection", "doc": "document"}
Permissions = int | str | Sequence[str]


def _at(thing: HasId | str, *rest: str) -> str:
    id_ = id_of(thing)
    kind = _KINDS.get(id_.partition("_")[0])
    if kind is None:
        raise ValueError(f"{id_!r} is the id neither of a collection nor of a document")
    return MATRIX + path_of("permissions", kind, id_, *rest)


class Access:
    """Access lists."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def show(self, thing: HasId | str) -> AccessList:
        """The list of a thing."""
        return AccessList.read(self._transport.get(_at(thing)))

    def explain(self, thing: HasId | str, *, user: HasId | str | None = None, permission: str = "READ") -> Explanation:
        """Whether somebody may do something with it, and why; without a user, the owner of the key."""
        body = given(permission=permission.upper(), user_id=None if user is None else id_of(user))
        return Explanation.read(self._transport.post(_at(thing, "explain"), body, harmless=True))

    def grant(self, thing: HasId | str, permissions: Permissions, *, to: HasId | str | None, **more: Any) -> Entry:
        """Let a user or a group do something; `to=None` is everyone of the tenant."""
        return self._add(thing, "allow", permissions, to, more)

    def deny(self, thing: HasId | str, permissions: Permissions, *, to: HasId | str | None, **more: Any) -> Entry:
        """Keep a user or a group from something."""
        return self._add(thing, "deny", permissions, to, more)

    def revoke(self, thing: HasId | str, entry: HasId | str) -> None:
        """Take an entry out of the list."""
        self._transport.delete(_at(thing, "aces", id_of(entry)))

    def inherit(self, thing: HasId | str, *, inherit: bool, copy: bool = False) -> None:
        """Have a document go by its collection's list too, or by its own alone."""
        self._transport.put(_at(thing, "inheritance"), {"inherit": inherit, "copy": copy})

    def _add(
        self, thing: HasId | str, effect: str, permissions: Permissions, to: HasId | str | None, more: dict[str, Any]
    ) -> Entry:
        body = {"ace_type": effect, "permissions": permissions, **_principal(to), **more}
        return Entry.read(self._transport.create(_at(thing, "aces"), body))


def _principal(to: HasId | str | None) -> dict[str, str | None]:
    if to is None:
        return {"principal_type": "everyone", "principal_id": None}
    id_ = id_of(to)
    return {"principal_type": "group" if id_.startswith("grp_") else "user", "principal_id": id_}
