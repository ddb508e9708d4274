"""SDK shapes: people, groups and keys, and who may do what with which thing, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..shape import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Me(Shape):
    """Who the owner of the key is."""

    id: str
    name: str
    email: str
    tenant_id: str
    tenant_slug: str
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Shape):
    """Somebody of a tenant."""

    id: str
    name: str
    email: str
    status: str
    roles: tuple[str, ...]
    tenant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Shape):
    """People who may do the same."""

    id: str
    name: str
    tenant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Shape):
    """Somebody of a group, or a group in it."""

    id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Shape):
    """An API key; it is shown when it is made and never again."""

    id: str
    name: str
    prefix: str
    user_id: str
    scopes: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey(Key):
    """A key that was just made."""

    key: str

    def __repr__(self) -> str:
        return f"NewKey(id={self.id!r}, name={self.name!r}, prefix={self.prefix!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Shape):
    """One entry of an access list."""

    id: str
    ace_type: str
    principal_type: str
    principal_id: str | None
    principal_name: str | None
    permissions: int
    permission_names: tuple[str, ...]
    expires_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access(Shape):
    """The access list of a thing."""

    resource_type: str
    resource_id: str
    owner_id: str | None
    inherit: bool
    default_access: str | None
    aces: tuple[Entry, ...]
    inherited_aces: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Shape):
    """A group on the way from somebody to an entry."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy(Shape):
    """What would change an answer."""

    action: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRule(Shape):
    """A rule that was asked, or would have been."""

    rule: str
    said: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Shape):
    """Whether somebody may do something, and why."""

    allowed: bool
    rule: str
    reason: str
    user_id: str
    permission_names: tuple[str, ...]
    ace: Entry | None
    group_path: tuple[Held, ...]
    rules: tuple[AskedRule, ...]
    remedies: tuple[Remedy, ...]
