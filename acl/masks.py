"""Allowing: deeds as people say them, a number, their names or a role, and what may stand in an entry of a list."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from acl.errors import InvalidAce
from acl.permission import APPLICABLE, EVERY_BIT, ROLES, Permission, ResourceKind, names_of

_FIELD = "permissions"
_LONGEST = 100  # of a name somebody made up
_BITS = [str(permission.name) for permission in Permission]


def read_mask(said: int | str | Sequence[str], kind: ResourceKind) -> int:
    """Return the deeds that are meant, or refuse what cannot be done to a thing of this kind."""
    if isinstance(said, str):
        return ROLES[_known(said, ROLES, "role")] & APPLICABLE[kind]  # a role gives what there is to give
    mask = said if isinstance(said, int) else _united(said)
    if not 0 < mask <= EVERY_BIT:
        raise InvalidAce.of(_FIELD, f"must name something between 1 and {EVERY_BIT}")
    beyond = mask & ~APPLICABLE[kind]
    if beyond:
        raise InvalidAce.of(_FIELD, f"{', '.join(names_of(beyond))} cannot be done to a {kind}")
    return mask


def _united(names: Iterable[str]) -> int:
    mask = 0
    for name in names:
        mask |= Permission[_known(name, _BITS, "permission")]
    return mask


def _known(said: str, names: Iterable[str], kind: str) -> str:
    name, known = said.upper(), list(names)
    if name in known:
        return name
    near = difflib.get_close_matches(name[:_LONGEST], known, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
    raise InvalidAce.of(_FIELD, f"there is no {kind} {said[:_LONGEST]!r}; {advice}")
