"""Ground floor, directory: what ScaiKey says of one tenant, whole or not at all; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Edge = tuple[str, str]  # a group and one of its members, by their external ids
MemberKind = Literal["user", "group"]
LONGEST_ID = 190
_LONGEST_NAME = 255


class Fault(StrEnum):
    """Why a reading came to nothing."""

    AWAY = "away"  # no answer, or not one to this question
    REFUSED = "refused"  # our credentials are not good for it
    NOT_THERE = "not_there"  # ScaiKey does not know the tenant, or a group is gone meanwhile
    INCOMPLETE = "incomplete"  # pages do not add up
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    LATE = "late"
    UNWRITTEN = "unwritten"  # read well, but the database did not take it


class ReadingFailed(Exception):
    """The reading is thrown away whole; what was read before stays."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Reading:
    """A complete reading; groups and people by ScaiKey's immutable ids, never by name or address."""

    groups: Mapping[str, str]  # names by id
    people: frozenset[Edge]
    nested: frozenset[Edge]


def group_of(item: Any) -> Edge:
    """Read one group of a list: its id and name."""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise ReadingFailed(Fault.MALFORMED)
    name = _storable(item["name"].strip()[:_LONGEST_NAME])
    return _id_of(item), name or _id_of(item)


def member_of(item: Any) -> tuple[MemberKind, str]:
    """Read one member of a group: what it is, and its id."""
    if not isinstance(item, dict):
        raise ReadingFailed(Fault.MALFORMED)
    for kind in ("user", "group"):
        if item.get("type") == kind:
            return kind, _id_of(item)
    raise ReadingFailed(Fault.MALFORMED)


def reading_of(groups: Mapping[str, str], members: Iterable[tuple[str, Iterable[tuple[MemberKind, str]]]]) -> Reading:
    """Put a reading together; groups of elsewhere that are named as members mean nothing here."""
    people: set[Edge] = set()
    nested: set[Edge] = set()
    for group, inside in members:
        for kind, member in inside:
            if kind == "user":
                people.add((group, member))
            elif member in groups:
                nested.add((group, member))
    return Reading(groups, frozenset(people), frozenset(nested))


def _id_of(item: Mapping[str, Any]) -> str:
    value = item.get("id")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise ReadingFailed(Fault.MALFORMED)
    return _storable(value)


def _storable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which JSON can say and no database can hold
        raise ReadingFailed(Fault.MALFORMED) from None
    return text
