"""Ground floor, inference: providers, the backends they run, and the models callers see."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import CATALOGUE, MARIADB, Base, Timestamped, Versioned
from app.db.types import Id, LongText, Money, Name, Slug, UtcTime


class Provider(Versioned, Timestamped, Base):
    """Somebody who runs models: where, by which protocol, with which credential."""

    __tablename__ = "providers"
    __epoch__ = CATALOGUE

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Slug)  # for people; several may be called alike
    type: Mapped[str] = mapped_column(String(16))  # openai | anthropic | azure | mistral | google | custom | local
    sealed_config: Mapped[str | None] = mapped_column(LongText)  # {base_url, api_key, …}, encrypted


class Backend(Versioned, Timestamped, Base):
    """One model at one provider."""

    __tablename__ = "backend_models"
    __epoch__ = CATALOGUE

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider_id: Mapped[str] = mapped_column(Id, ForeignKey("providers.id"), index=True)
    uri: Mapped[str] = mapped_column(Name)  # {provider name}/{upstream model}
    upstream_model: Mapped[str] = mapped_column(Name)
    modality: Mapped[str] = mapped_column(String(16))  # chat | embedding
    dimensions: Mapped[int | None] = mapped_column()
    timeout_s: Mapped[float] = mapped_column(default=120.0)
    status: Mapped[str] = mapped_column(String(16), default="active")  # active | disabled
    sealed_config: Mapped[str | None] = mapped_column(LongText)  # its own connection settings, encrypted


class BackendHealth(Base):
    """How a backend was last seen; written by whoever tries it, and not part of the catalogue."""

    __tablename__ = "backend_health"

    backend_id: Mapped[str] = mapped_column(Id, ForeignKey("backend_models.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))  # up | failing
    since: Mapped[datetime] = mapped_column(UtcTime)
    checked_at: Mapped[datetime] = mapped_column(UtcTime)
    failure_code: Mapped[str | None] = mapped_column(String(40))


class FrontendModel(Versioned, Timestamped, Base):
    """A model as callers know it."""

    __tablename__ = "frontend_models"
    __epoch__ = CATALOGUE

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(Slug, unique=True)
    display_name: Mapped[str] = mapped_column(Name)
    description: Mapped[str] = mapped_column(LongText, default="")
    modality: Mapped[str] = mapped_column(String(16))
    capabilities: Mapped[dict[str, bool]] = mapped_column(JSON, default=dict)
    context_window: Mapped[int | None] = mapped_column()
    max_output_tokens: Mapped[int | None] = mapped_column()
    system_prompt_template: Mapped[str | None] = mapped_column(LongText)
    default_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    input_price_per_mtok: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    output_price_per_mtok: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    avatar_url: Mapped[str | None] = mapped_column(String(1000))
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    status: Mapped[str] = mapped_column(String(16), default="active")  # active | deprecated
    visibility: Mapped[str] = mapped_column(String(16), default="all")  # all | tenants
    tenant_ids: Mapped[list[str]] = mapped_column(JSON, default=list)


class BackendLink(Base):
    """That a model may be served by a backend: lower priority first, weight among equals."""

    __tablename__ = "backend_links"
    __epoch__ = CATALOGUE

    model_id: Mapped[str] = mapped_column(Id, ForeignKey("frontend_models.id", ondelete="CASCADE"), primary_key=True)
    backend_id: Mapped[str] = mapped_column(Id, ForeignKey("backend_models.id"), primary_key=True, index=True)
    priority: Mapped[int] = mapped_column(default=0)
    weight: Mapped[int] = mapped_column(default=1)


class ModelGroup(Versioned, Timestamped, Base):
    """Several models under one slug."""

    __tablename__ = "model_groups"
    __epoch__ = CATALOGUE

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(Slug, unique=True)
    display_name: Mapped[str] = mapped_column(Name)
    scope_type: Mapped[str] = mapped_column(String(16))  # global | partner | tenant
    scope_id: Mapped[str | None] = mapped_column(Id, index=True)


class ModelGroupMember(Base):
    """That a model belongs to a group."""

    __tablename__ = "model_group_members"
    __epoch__ = CATALOGUE
    __table_args__ = (UniqueConstraint("group_id", "model_id"), MARIADB)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    group_id: Mapped[str] = mapped_column(Id, ForeignKey("model_groups.id", ondelete="CASCADE"), index=True)
    model_id: Mapped[str] = mapped_column(Id, ForeignKey("frontend_models.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
