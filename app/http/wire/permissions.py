"""Roof, HTTP shapes: access lists, their entries, and what can be changed about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints, WithJsonSchema

from acl.coarse import Coarse
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import EVERY_BIT, ROLES, Permission, ResourceKind, names_of
from acl.tables import NOTE_LENGTH, AccessEntry, AccessList
from app.http.envelope import Wire
from app.http.wire.moments import MomentWithZone
from app.http.wire.names import IdText

_MOST_NAMES = 32
_DESCRIBED: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": EVERY_BIT},
        {
            "type": "array",
            "items": {"type": "string", "enum": [str(permission.name) for permission in Permission]},
            "minItems": 1,
            "maxItems": _MOST_NAMES,
        },
        {"type": "string", "enum": list(ROLES)},
    ]
}


def _mask(said: Any) -> Any:
    number = isinstance(said, int) and not isinstance(said, bool)
    names = isinstance(said, list) and all(isinstance(name, str) for name in said)
    if not (number or names or isinstance(said, str)):
        raise ValueError("must be a number, a list of permission names, or the name of a role")
    if names and len(said) > _MOST_NAMES:
        raise ValueError(f"must have {_MOST_NAMES} names at most")
    return said


def _mask_or_null(said: Any) -> Any:
    return None if said is None else _mask(said)


Mask = Annotated[Any, BeforeValidator(_mask), WithJsonSchema(_DESCRIBED)]
MaskOrNull = Annotated[
    Any, BeforeValidator(_mask_or_null), WithJsonSchema({"anyOf": [*_DESCRIBED["anyOf"], {"type": "null"}]})
]
Note = Annotated[str, StringConstraints(max_length=NOTE_LENGTH)]


class AceCreate(Wire):
    """An entry that is to be; `everyone` has no `principal_id`."""

    ace_type: Effect
    principal_type: PrincipalType
    principal_id: IdText | None = None
    permissions: Mask
    expires_at: MomentWithZone | None = None
    note: Note | None = None


class AcePatch(Wire):
    """What can change about an entry; null takes its end or its note away."""

    ace_type: Effect | None = None
    permissions: MaskOrNull = None
    expires_at: MomentWithZone | None = None
    note: Note | None = None

    def meant(self) -> dict[str, Any]:
        """What was said: null is a value where there can be none."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if "note" in said:
            said["note"] = said["note"] or ""
        return {name: value for name, value in said.items() if value is not None or name == "expires_at"}


class AceRead(Wire):
    """An entry."""

    id: str
    ace_type: Effect
    principal_type: PrincipalType
    principal_id: str | None
    principal_name: str | None
    permissions: int
    permission_names: list[str]
    expires_at: datetime | None
    note: str | None
    created_by: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: AccessEntry, names: Mapping[str, str]) -> AceRead:
        """Show an entry, with what the one it is about is called."""
        return cls(
            id=row.id,
            ace_type=Effect(row.ace_type),
            principal_type=PrincipalType(row.principal_type),
            principal_id=row.principal_id,
            principal_name=names.get(row.principal_id or ""),
            permissions=row.permissions,
            permission_names=names_of(row.permissions),
            expires_at=row.expires_at,
            note=row.note or None,
            created_by=row.created_by,
            created_at=row.created_at,
        )


class AccessRead(Wire):
    """Who may do what: the thing's own entries, in the order they count, and those it inherits."""

    resource_type: ResourceKind
    resource_id: str
    owner_id: str | None
    inherit: bool
    default_access: DefaultAccess | None
    aces: list[AceRead]
    inherited_aces: list[AceRead]

    @classmethod
    def of(
        cls,
        access: AccessList,
        own: Iterable[AccessEntry],
        inherited: Iterable[AccessEntry],
        names: Mapping[str, str],
    ) -> AccessRead:
        """Show a list with its entries."""
        kind = ResourceKind(access.kind)
        return cls(
            resource_type=kind,
            resource_id=access.resource_id,
            owner_id=access.owner_id,
            inherit=access.inherits,
            default_access=DefaultAccess(access.default_access) if kind is ResourceKind.COLLECTION else None,
            aces=[AceRead.of(row, names) for row in own],
            inherited_aces=[AceRead.of(row, names) for row in inherited],
        )


class InheritancePut(Wire):
    """Whether a document inherits; where it no longer does, whether what it inherited is copied."""

    inherit: StrictBool
    copies: StrictBool = Field(default=False, alias="copy")


class InheritanceRead(Wire):
    """Whether a document inherits, and how many entries were copied just now."""

    resource_type: ResourceKind
    resource_id: str
    inherit: bool
    copied: int


class OwnerPut(Wire):
    """Whose it is to be."""

    owner_id: IdText


class OwnerRead(Wire):
    """Whose it is."""

    resource_type: ResourceKind
    resource_id: str
    owner_id: str | None


class CoarseAccessWrite(Wire):
    """How far the access of somebody, of a group or of everyone is to go."""

    principal_type: PrincipalType
    principal_id: IdText | None = None
    access: Coarse


class CoarseAccessRead(Wire):
    """How far the access of somebody, of a group or of everyone goes."""

    principal_type: PrincipalType
    principal_id: str | None
    access: Coarse
