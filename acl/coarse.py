"""Allowing: access in three words, read, write or manage, and what a list of entries says in them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from acl.evaluate import holds_now
from acl.facts import Effect, Entry, PrincipalType
from acl.permission import EDITOR, MANAGER, VIEWER, Permission

Principal = tuple[PrincipalType, str | None]


class Coarse(StrEnum):
    """How far somebody's access goes, roughly."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


MASK_OF: Mapping[Coarse, int] = {Coarse.READ: VIEWER, Coarse.WRITE: EDITOR, Coarse.MANAGE: MANAGER}
_SHOWN_BY = {
    Permission.CHANGE_PERMISSIONS: Coarse.MANAGE,
    Permission.WRITE: Coarse.WRITE,
    Permission.READ: Coarse.READ,
}


def coarse_of(permissions: int) -> Coarse | None:
    """The one word for some deeds; none for those too narrow to be called access."""
    return next((word for permission, word in _SHOWN_BY.items() if permissions & permission), None)


def coarse_entries(entries: Iterable[Entry], at: datetime) -> dict[Principal, list[Entry]]:
    """The entries that a list in three words shows, by whom they are about."""
    shown: dict[Principal, list[Entry]] = {}
    for entry in entries:
        if entry.effect is Effect.ALLOW and holds_now(entry, at) and coarse_of(entry.permissions) is not None:
            shown.setdefault((entry.principal_type, entry.principal_id), []).append(entry)
    return shown


def coarse_list(entries: Iterable[Entry], at: datetime) -> dict[Principal, Coarse]:
    """A list in three words: how far the access of everybody in it goes, groups and everyone as themselves."""
    said = {principal: coarse_of(united(own)) for principal, own in coarse_entries(entries, at).items()}
    return {principal: word for principal, word in said.items() if word is not None}


def united(entries: Iterable[Entry]) -> int:
    """All the deeds of some entries."""
    mask = 0
    for entry in entries:
        mask |= entry.permissions
    return mask
