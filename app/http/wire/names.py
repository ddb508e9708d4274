"""Roof, HTTP shapes: names that must be known or well formed, and what is said when they are not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from app.identity.permissions import ALL_PERMISSIONS, MODULE_PERMISSIONS, Role

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST = 100  # of a name somebody made up: to compare a long one takes long
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def _one_of(kind: str, known: Iterable[str]) -> Callable[[str], str]:
    names = sorted(known)

    def check(value: str) -> str:
        if value in names:
            return value
        near = difflib.get_close_matches(value[:_LONGEST], names, n=1, cutoff=0.4)
        advice = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(names)}"
        raise ValueError(f"there is no {kind} {value[:_LONGEST]!r}; {advice}")

    return check


def _slug(value: str) -> str:
    if _SLUG.fullmatch(value) is None:
        raise ValueError("must be 1-63 lowercase letters, digits or '-', neither first nor last a '-'")
    return value


def amount(*, whole: int, places: int) -> WithJsonSchema:
    """Describe an amount: a number, or the same as text, which keeps every digit."""
    written = {"type": "string", "pattern": rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"}
    return WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, written]})


def _not_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _email(value: str) -> str:
    if _EMAIL.fullmatch(value) is None:
        raise ValueError("must be an address like ada@example.com")
    return value.lower()


def _enum(known: Iterable[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": sorted(map(str, known))})


PermissionName = Annotated[str, AfterValidator(_one_of("permission", ALL_PERMISSIONS)), _enum(ALL_PERMISSIONS)]
ModulePermissionName = Annotated[
    str, AfterValidator(_one_of("module permission", MODULE_PERMISSIONS)), _enum(MODULE_PERMISSIONS)
]
RoleName = Annotated[str, AfterValidator(_one_of("role", map(str, Role))), _enum(Role)]
SlugText = Annotated[str, AfterValidator(_slug), WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$"})]
EmailText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=190), AfterValidator(_email)]
_LINE = r"^[^\x00-\x1f\x7f]*$"  # names stand in logs, files and headings
NameText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=_LINE)]
UniqueName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=190, pattern=_LINE)]
ExternalId = UniqueName
NotTruth = BeforeValidator(_not_truth)  # false is no 0, and no limit of nothing
IdText = Annotated[str, Field(min_length=1, max_length=64)]
