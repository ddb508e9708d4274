"""Roof, HTTP shapes: what somebody may do, why, what would turn it, and who else may."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from acl.decision import Rule
from acl.explaining import Verdict
from acl.permission import EVERY_BIT, Permission, ResourceKind, names_of
from app.http.envelope import Wire
from app.http.wire.names import IdText
from app.http.wire.permissions import AceRead

MOST_GROUPS = 200
MOST_WAYS = 100
MOST_PEOPLE = 50  # of one way
_NAMES = [str(permission.name) for permission in Permission]


def _mask(said: object) -> object:
    """One deed by its name, or several as a number."""
    if isinstance(said, str) and said.upper() in _NAMES:
        return int(Permission[said.upper()])
    if isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= EVERY_BIT:
        return said
    raise ValueError(f"must be one of {', '.join(_NAMES)}, or a number from 1 to {EVERY_BIT}")


def _written(said: object) -> object:
    return _mask(int(said) if isinstance(said, str) and re.fullmatch("[0-9]{1,3}", said) else said)


_SAID = {"anyOf": [{"type": "string", "enum": _NAMES}, {"type": "integer", "minimum": 1, "maximum": EVERY_BIT}]}
Deeds = Annotated[int, BeforeValidator(_mask), WithJsonSchema(_SAID, mode="validation")]
DeedsWritten = Annotated[int, BeforeValidator(_written), WithJsonSchema(_SAID, mode="validation")]


class CanRead(Wire):
    """Each deed by itself."""

    read: bool
    write: bool
    delete: bool
    ingest: bool
    list: bool
    read_permissions: bool
    change_permissions: bool
    take_ownership: bool


class EffectiveRead(Wire):
    """All that somebody may do."""

    user_id: str
    suspended: bool = Field(description="Whether they, or all of the organisation, may not even come in.")
    permissions: int
    permission_names: list[str]
    can: CanRead

    @classmethod
    def of(cls, user_id: str, permissions: int, *, suspended: bool) -> EffectiveRead:
        """Say it in every form."""
        names = names_of(permissions)
        can = CanRead.model_validate({name.lower(): name in names for name in _NAMES})
        return cls(user_id=user_id, suspended=suspended, permissions=permissions, permission_names=names, can=can)


class ExplanationCreate(Wire):
    """May somebody do this?"""

    user_id: IdText | None = Field(default=None, description="Oneself, if left out.")
    permission: Deeds


class NamedRead(Wire):
    """Somebody, or a group, by their name."""

    id: str
    name: str


class HeldGroupRead(NamedRead):
    """A group somebody is in."""

    direct: bool = Field(description="Or else through another group.")


class RuleRead(Wire):
    """One rule, in the order they are asked, and the entries with which it speaks of the person and the deed."""

    rule: Rule
    said: Verdict
    entries: list[AceRead]


class PlaceRead(Wire):
    """Whose access list is meant."""

    type: ResourceKind
    id: str


Action = Literal[
    "remove_ace", "add_ace", "change_ace", "add_to_group", "remove_from_group", "set_owner", "set_inheritance",
    "set_default_access", "remove_role", "reactivate", "several",
]  # fmt: skip


class StepRead(Wire):
    """One thing to do."""

    action: Action
    sentence: str
    on: PlaceRead | None = Field(description="Whose access list it is done to, where it is done to one.")
    ace_id: str | None
    group_id: str | None
    user_id: str | None
    owner_id: str | None
    tenant_id: str | None
    role: str | None
    change: dict[str, Any] | None = Field(description="To rehearse on that list; the `ace` in it can be posted there.")


class RemedyRead(StepRead):
    """What turns the answer: one thing by itself, or several together, which then stand in `steps`."""

    steps: list[StepRead]


class ExplanationRead(Wire):
    """Why somebody may or may not, and what would turn the answer, the narrowest first."""

    user_id: str
    permissions: int = Field(description="What was asked.")
    permission_names: list[str]
    allowed: bool
    reason: str
    rule: Rule = Field(description="The rule that decided.")
    ace: AceRead | None = Field(description="The entry that decided, if one did.")
    group_path: list[NamedRead] = Field(
        description="From a group they are directly in to the group that the entry names; empty if it names none."
    )
    rules: list[RuleRead]
    remedies: list[RemedyRead]
    groups: list[HeldGroupRead] | None = Field(
        description=f"Their groups, {MOST_GROUPS} at most; shown to themselves and to administrators."
    )


class WayRead(Wire):
    """A rule, and the entry if it is one that speaks, by which some people may."""

    rule: Rule
    ace: AceRead | None
    count: int
    people: list[NamedRead] = Field(description=f"The first of them, {MOST_PEOPLE} at most.")


class HoldersRead(Wire):
    """Everybody of the organisation who may do something to a thing, each under what decided for them."""

    permissions: int
    permission_names: list[str]
    count: int
    ways: list[WayRead] = Field(description=f"In the order of the rules, {MOST_WAYS} at most.")
    truncated: bool = Field(description="Whether not all of them are told; `count` is of all.")
