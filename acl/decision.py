"""Allowing: the answer to "may they?", with what decided it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from acl.facts import Entry


class Rule(StrEnum):
    """The rules in the order they are asked; the first that speaks of a deed decides it."""

    SUPER_ADMIN = "super_admin"
    TENANT_ADMIN = "tenant_admin"
    OWNER = "owner"
    EXPLICIT_DENY = "explicit_deny"
    EXPLICIT_ALLOW = "explicit_allow"
    COLLECTION_OWNER = "collection_owner"
    INHERITED_DENY = "inherited_deny"
    INHERITED_ALLOW = "inherited_allow"
    DEFAULT_ACCESS = "default_access"
    NONE = "none"  # nothing speaks of it, which is a no


@dataclass(frozen=True, slots=True)
class Ground:
    """What decided some of the deeds asked about."""

    permissions: int
    allowed: bool
    rule: Rule
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for everything that was asked at once; every deed asked about has exactly one ground."""

    grounds: tuple[Ground, ...]

    @property
    def granted(self) -> int:
        """The deeds that are allowed."""
        return sum(ground.permissions for ground in self.grounds if ground.allowed)

    @property
    def allowed(self) -> bool:
        """Whether all that was asked is allowed."""
        return all(ground.allowed for ground in self.grounds)

    @property
    def ground(self) -> Ground:
        """What to name as the reason: the first refusal, or else the first permission."""
        return next((ground for ground in self.grounds if not ground.allowed), self.grounds[0])
