"""Allowing: all that a decision depends on, as values: who asks, and the access lists that speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from acl.permission import ResourceKind


class Effect(StrEnum):
    """What an entry does."""

    ALLOW = "allow"
    DENY = "deny"


class PrincipalType(StrEnum):
    """Whom an entry speaks of."""

    USER = "user"
    GROUP = "group"
    EVERYONE = "everyone"  # of the resource's tenant


class DefaultAccess(StrEnum):
    """What a collection gives to those no entry speaks of."""

    TENANT = "tenant"  # everyone in the tenant may view it
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks; every group is here that they are in, directly or through others."""

    user_id: str
    tenant_id: str
    groups: frozenset[str] = frozenset()
    is_super_admin: bool = False
    is_tenant_admin: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an access list."""

    id: str
    effect: Effect
    principal_type: PrincipalType
    principal_id: str | None
    permissions: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection or a document as access sees it: its own list and, for a document, its collection's."""

    kind: ResourceKind
    id: str
    tenant_id: str
    owner_id: str | None
    entries: tuple[Entry, ...] = ()  # in the order they are asked
    default_access: DefaultAccess = DefaultAccess.RESTRICTED  # a collection's
    inherits: bool = False  # a document's
    collection: Resource | None = None  # a document's
