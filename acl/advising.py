"""Allowing: a remedy step by step, as people read it and as programs carry it out; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from acl.candidates import entries_of
from acl.case import Case, Handover, JoinGroup, LeaveGroups, LoseRole, OnList, Reactivate, Step
from acl.changes import AddEntry, ChangeEntry, RemoveEntry, SetDefaultAccess, SetInheritance, SetOwner
from acl.facts import DefaultAccess, Effect, Entry
from acl.names import Names
from acl.ref import ResourceRef
from acl.remedies import Remedy
from acl.telling import deeds_told, principal_told


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do."""

    action: str
    sentence: str
    on: ResourceRef | None = None  # whose access list it is done to
    ids: Mapping[str, str] = field(default_factory=dict)
    change: Mapping[str, Any] | None = None  # the very change to rehearse, where there is one


@dataclass(frozen=True, slots=True)
class Adviser:
    """Puts the remedies of one case into words."""

    case: Case
    names: Names
    groups_are_mirrored: bool = False

    def steps_of(self, remedy: Remedy) -> list[Advice]:
        """What to do, one thing after the other."""
        return [advice for step in remedy.steps for advice in self._advice(step)]

    @property
    def _who(self) -> str:
        return self.names.of(self.case.ties.user_id)

    def _advice(self, step: Step) -> Iterator[Advice]:
        match step:
            case OnList():
                yield self._on_list(step)
            case Handover():
                told = f"Give the {self.case.resource.kind} to somebody else; no entry stops its owner."
                yield Advice("set_owner", told, self._ref(above=False))
            case JoinGroup(group_id):
                yield self._in_group("add_to_group", f"Put {self._who} into", group_id)
            case LeaveGroups(group_ids):
                yield from (self._in_group("remove_from_group", f"Take {self._who} out of", id_) for id_ in group_ids)
            case LoseRole() | Reactivate():
                yield self._on_person(step)

    def _in_group(self, action: str, verb: str, group_id: str) -> Advice:
        where = "; it is mirrored from the directory, so do it there" if self.groups_are_mirrored else ""
        told = f"{verb} the group {self.names.of(group_id)}{where}."
        return Advice(action, told, ids={"user_id": self.case.ties.user_id, "group_id": group_id})

    def _on_person(self, step: LoseRole | Reactivate) -> Advice:
        user = {"user_id": self.case.ties.user_id}
        match step:
            case LoseRole(role):
                return Advice("remove_role", f"Take the role {role} from {self._who}.", ids={**user, "role": role})
            case Reactivate(tenant=True):
                tenant = {"tenant_id": self.case.ties.tenant_id}
                return Advice("reactivate", "Reactivate the organisation.", ids=tenant)
            case Reactivate():
                return Advice("reactivate", f"Reactivate {self._who}.", ids=user)

    def _ref(self, *, above: bool) -> ResourceRef:
        resource = self.case.resource.collection if above else self.case.resource
        resource = resource or self.case.resource
        return ResourceRef(resource.kind, resource.id)

    def _on_list(self, step: OnList) -> Advice:
        ref = self._ref(above=step.above)
        match step.change:
            case AddEntry(entry):
                verb = "Allow" if entry.effect is Effect.ALLOW else "Deny"
                told = f"{verb} {self._who} {deeds_told(entry.permissions)} on the {ref.kind}."
                return Advice("add_ace", told, ref, change={"op": "add_ace", "ace": _ace(entry)})
            case ChangeEntry(entry):
                return self._changing(entry, ref)
            case RemoveEntry(entry_id):
                told = f"Remove the {self._told(entry_id)} on the {ref.kind}."
                change = {"op": "remove_ace", "ace_id": entry_id}
                return Advice("remove_ace", told, ref, {"ace_id": entry_id}, change)
            case _:
                return self._setting(step.change, ref)

    def _setting(self, change: SetInheritance | SetOwner | SetDefaultAccess, ref: ResourceRef) -> Advice:
        match change:
            case SetInheritance(inherit):
                told = "inherit from its collection again" if inherit else "no longer inherit from its collection"
                made = {"op": "set_inheritance", "inherit": inherit, "copy": False}
                return Advice("set_inheritance", f"Let the document {told}.", ref, change=made)
            case SetOwner(owner_id):
                told = f"Make {self.names.of(owner_id)} the owner of the {ref.kind}."
                return Advice("set_owner", told, ref, {"owner_id": owner_id}, {"op": "set_owner", "owner_id": owner_id})
            case SetDefaultAccess(default_access):
                opened = default_access is DefaultAccess.TENANT
                told = "Open the collection to everyone." if opened else "Close the collection to all it does not name."
                made = {"op": "set_default_access", "default_access": str(default_access)}
                return Advice("set_default_access", told, ref, change=made)

    def _changing(self, entry: Entry, ref: ResourceRef) -> Advice:
        before = self._entry(entry.id)
        ids, change = {"ace_id": entry.id}, {"op": "change_ace", "ace_id": entry.id}
        if before.permissions == entry.permissions:
            told = f"Let the {self._told(entry.id)} on the {ref.kind} have no end."
            return Advice("change_ace", told, ref, ids, {**change, "expires_at": None})
        struck = deeds_told(before.permissions & ~entry.permissions)
        told = f"Take {struck} out of the {self._told(entry.id)} on the {ref.kind}."
        return Advice("change_ace", told, ref, ids, {**change, "permissions": entry.permissions})

    def _entry(self, entry_id: str) -> Entry:
        return next(entry for _, entry in entries_of(self.case.resource) if entry.id == entry_id)

    def _told(self, entry_id: str) -> str:
        entry = self._entry(entry_id)
        return f"{entry.effect} for {principal_told(entry, self.names)}"


def _ace(entry: Entry) -> dict[str, Any]:
    return {
        "ace_type": str(entry.effect),
        "principal_type": str(entry.principal_type),
        "principal_id": entry.principal_id,
        "permissions": entry.permissions,
    }
