"""Roof, HTTP shapes: what somebody may do, why, and who gains and loses by a change before it is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from acl.decision import Rule
from acl.explaining import Verdict
from acl.facts import DefaultAccess
from acl.grants import Grant
from acl.permission import EVERY_BIT, Permission, ResourceKind, names_of
from acl.rehearsing import MOST_TOLD, Rehearsal, Shift
from acl.trial import Adding, Changing, Inheriting, Opening, Owning, Proposal, Removing
from app.http.envelope import Wire
from app.http.wire.names import IdText
from app.http.wire.permissions import AceCreate, AcePatch, AceRead, InheritancePut, OwnerPut

MOST_CHANGES = 100
MOST_GROUPS = 200
_NAMES = [str(permission.name) for permission in Permission]


def _mask(said: object) -> object:
    """One deed by its name, or several as a number."""
    if isinstance(said, str) and said.upper() in _NAMES:
        return int(Permission[said.upper()])
    if isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= EVERY_BIT:
        return said
    raise ValueError(f"must be one of {', '.join(_NAMES)}, or a number from 1 to {EVERY_BIT}")


_SAID = {"anyOf": [{"type": "string", "enum": _NAMES}, {"type": "integer", "minimum": 1, "maximum": EVERY_BIT}]}
Deeds = Annotated[int, BeforeValidator(_mask), WithJsonSchema(_SAID, mode="validation")]


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
    """A group, by its name."""

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


class AddAce(Wire):
    """One more entry."""

    op: Literal["add_ace"]
    ace: AceCreate


class RemoveAce(Wire):
    """One entry less."""

    op: Literal["remove_ace"]
    ace_id: IdText


class ChangeAce(AcePatch):
    """An entry says something else."""

    op: Literal["change_ace"]
    ace_id: IdText


class ChangeInheritance(InheritancePut):
    """A document inherits, or no longer."""

    op: Literal["set_inheritance"]


class ChangeOwner(OwnerPut):
    """It becomes somebody else's."""

    op: Literal["set_owner"]


class ChangeDefaultAccess(Wire):
    """A collection gives more, or less, to those no entry speaks of."""

    op: Literal["set_default_access"]
    default_access: DefaultAccess


OPERATIONS = {"add_ace", "remove_ace", "change_ace", "set_inheritance", "set_owner", "set_default_access"}
Proposed = AddAce | RemoveAce | ChangeAce | ChangeInheritance | ChangeOwner | ChangeDefaultAccess


class RehearsalCreate(Wire):
    """Changes to make one after the other, were they made."""

    changes: Annotated[list[Annotated[Proposed, Field(discriminator="op")]], Field(max_length=MOST_CHANGES)]

    def meant(self) -> list[Proposal]:
        """The changes in the words of access lists."""
        return [_meant(change) for change in self.changes]


def _meant(change: Proposed) -> Proposal:
    match change:
        case AddAce(ace=ace):
            return Adding(Grant(ace.ace_type, ace.principal_type, ace.principal_id, ace.permissions, ace.expires_at))
        case RemoveAce():
            return Removing(change.ace_id)
        case ChangeAce():
            said = change.meant()
            return Changing(change.ace_id, {name: said[name] for name in said.keys() & AcePatch.model_fields})
        case ChangeInheritance():
            return Inheriting(change.inherit, change.copies)
        case ChangeOwner():
            return Owning(change.owner_id)
        case ChangeDefaultAccess():
            return Opening(change.default_access)


class ShiftRead(Wire):
    """The deeds that somebody gains or loses."""

    user_id: str
    permissions: int
    permission_names: list[str]

    @classmethod
    def of(cls, shift: Shift) -> ShiftRead:
        """Say it in both forms."""
        names = names_of(shift.permissions)
        return cls(user_id=shift.user_id, permissions=shift.permissions, permission_names=names)


class RehearsalRead(Wire):
    """Who gains and who loses, of all who may come in; nothing is saved."""

    gains: list[ShiftRead]
    loses: list[ShiftRead]
    truncated: bool = Field(description=f"Whether more than {MOST_TOLD} gain or lose; only those are told then.")

    @classmethod
    def of(cls, rehearsal: Rehearsal) -> RehearsalRead:
        """Say it in numbers and names."""
        gains, loses = ([*map(ShiftRead.of, shifts)] for shifts in (rehearsal.gains, rehearsal.loses))
        return cls(gains=gains, loses=loses, truncated=rehearsal.is_cut)
