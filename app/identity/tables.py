"""Ground floor, identity: partners, tenants, people, keys and groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MARIADB, STANDING, Base, TenantOwned, Timestamped, Versioned
from app.db.types import Id, Name, Slug, UtcTime

SUSPENDED = "suspended"
ACTIVE = "active"


class Partner(Versioned, Timestamped, Base):
    """Sells and runs the platform for some tenants."""

    __tablename__ = "partners"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(Slug, unique=True)
    display_name: Mapped[str] = mapped_column(Name)


class Tenant(Versioned, Timestamped, Base):
    """An organisation: everything it owns is apart from every other's."""

    __tablename__ = "tenants"
    __epoch__ = STANDING

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    partner_id: Mapped[str] = mapped_column(Id, ForeignKey("partners.id"), index=True)
    slug: Mapped[str] = mapped_column(Slug, unique=True)
    display_name: Mapped[str] = mapped_column(Name)
    status: Mapped[str] = mapped_column(String(16), default=ACTIVE)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    external_id: Mapped[str | None] = mapped_column(Slug, unique=True)


class User(Versioned, Timestamped, TenantOwned, Base):
    """A person (or a program's own identity) in exactly one tenant."""

    __tablename__ = "users"
    __epoch__ = STANDING
    __table_args__ = (UniqueConstraint("tenant_id", "external_id"), UniqueConstraint("tenant_id", "email"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(Slug)
    name: Mapped[str] = mapped_column(Name)
    status: Mapped[str] = mapped_column(String(16), default=ACTIVE)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    custom_role_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    module_permissions: Mapped[list[str]] = mapped_column(JSON, default=list)
    external_id: Mapped[str | None] = mapped_column(Slug)


class ApiKey(Timestamped, TenantOwned, Base):
    """A key of one user; only its digest is kept."""

    __tablename__ = "api_keys"
    __epoch__ = STANDING

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[str | None] = mapped_column(Id)
    name: Mapped[str] = mapped_column(Name)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    scopes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class KeyUse(Base):
    """When a key was last used; apart from the key, so that noting it makes nothing stale."""

    __tablename__ = "api_key_uses"

    key_id: Mapped[str] = mapped_column(Id, ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True)
    last_used_at: Mapped[datetime] = mapped_column(UtcTime)


class CustomRole(Versioned, Timestamped, TenantOwned, Base):
    """A tenant's own bundle of permissions."""

    __tablename__ = "custom_roles"
    __epoch__ = STANDING
    __table_args__ = (UniqueConstraint("tenant_id", "name"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Slug)
    description: Mapped[str] = mapped_column(String(1000), default="")
    permissions: Mapped[list[str]] = mapped_column(JSON, default=list)


class Group(Versioned, Timestamped, TenantOwned, Base):
    """People and groups under one name; matched to the directory by external id, never by name."""

    __tablename__ = "groups"
    __epoch__ = STANDING
    __table_args__ = (UniqueConstraint("tenant_id", "external_id"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Name)
    external_id: Mapped[str | None] = mapped_column(Slug)


class GroupMember(TenantOwned, Base):
    """A user directly in a group."""

    __tablename__ = "group_members"
    __epoch__ = STANDING
    __table_args__ = (Index("ix_group_members_user", "user_id"), MARIADB)

    group_id: Mapped[str] = mapped_column(Id, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class GroupNesting(TenantOwned, Base):
    """A group directly in another group; cycles are allowed and harmless."""

    __tablename__ = "mod_scaimatrix_scaikey_nested_groups"
    __epoch__ = STANDING

    group_id: Mapped[str] = mapped_column(Id, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class RoleMapping(Timestamped, TenantOwned, Base):
    """Whoever is in the group, directly or through others, holds the role."""

    __tablename__ = "role_mappings"
    __epoch__ = STANDING
    __table_args__ = (UniqueConstraint("group_id", "role", "custom_role_id"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    group_id: Mapped[str] = mapped_column(Id, ForeignKey("groups.id", ondelete="CASCADE"), index=True)
    role: Mapped[str | None] = mapped_column(String(32))
    custom_role_id: Mapped[str | None] = mapped_column(Id, ForeignKey("custom_roles.id", ondelete="CASCADE"))
