"""Answering, personas: the rows of assistants and of the places they read.

Both are part of the catalogue: what answers to an assistant's slug and how it looks for what it answers from change
together, for every process, with the commit.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import CATALOGUE, MARIADB, Base, TenantOwned, Timestamped, Versioned
from app.db.types import Id, LongText, Name, Slug


class PersonaRow(Versioned, Timestamped, TenantOwned, Base):
    """An assistant as its authors keep it; while it is published, a model of the catalogue carries it."""

    __tablename__ = "mod_scaipersona_personas"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"), MARIADB)
    __epoch__ = CATALOGUE

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Name)
    slug: Mapped[str] = mapped_column(Slug)
    description: Mapped[str] = mapped_column(LongText, default="")
    model_slug: Mapped[str] = mapped_column(Slug)  # of the model behind it, which may not be there yet, or any more
    system_prompt: Mapped[str] = mapped_column(LongText, default="")
    rag_enabled: Mapped[bool] = mapped_column(default=False)
    rag_strategy: Mapped[str] = mapped_column(String(16))
    rag_top_k: Mapped[int] = mapped_column(default=5)
    rag_min_score: Mapped[float | None] = mapped_column(Double)
    rag_context_template: Mapped[str] = mapped_column(LongText)
    rag_search_type: Mapped[str] = mapped_column(String(16))
    status_messages_mode: Mapped[str] = mapped_column(String(16))
    rag_status_messages: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    grounding: Mapped[str] = mapped_column(String(16))
    default_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(16))  # draft | active | archived
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    avatar_url: Mapped[str | None] = mapped_column(String(1000))
    published_model_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("frontend_models.id", ondelete="SET NULL"), index=True
    )
    created_by: Mapped[str] = mapped_column(Id)


class PersonaSourceRow(Versioned, Timestamped, TenantOwned, Base):
    """That an assistant reads a place; what of it, whoever asks decides by their rights."""

    __tablename__ = "mod_scaipersona_persona_sources"
    __table_args__ = (
        UniqueConstraint("persona_id", "source_type", "source_id", name="uq_mod_scaipersona_persona_sources_place"),
        MARIADB,
    )
    __epoch__ = CATALOGUE

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    persona_id: Mapped[str] = mapped_column(Id, ForeignKey("mod_scaipersona_personas.id", ondelete="CASCADE"))
    source_type: Mapped[str] = mapped_column(String(16))  # collection | scaidrive
    source_id: Mapped[str] = mapped_column(Slug)
    source_name: Mapped[str] = mapped_column(Name)
    weight: Mapped[float] = mapped_column(Double, default=1.0)
    status: Mapped[str] = mapped_column(String(16), default="active")  # active | disabled
