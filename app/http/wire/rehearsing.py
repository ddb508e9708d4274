"""Roof, HTTP shapes: changes of an access list that are tried before they are made, and who gains and loses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from acl.facts import DefaultAccess
from acl.grants import Grant
from acl.permission import names_of
from acl.rehearsing import MOST_TOLD, Rehearsal, Shift
from acl.trial import Adding, Changing, Inheriting, Opening, Owning, Proposal, Removing
from app.http.envelope import Wire
from app.http.wire.names import IdText
from app.http.wire.permissions import AceCreate, AcePatch, InheritancePut, OwnerPut

MOST_CHANGES = 100


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
