"""Ground floor, inference: add, change and remove backends, the models at providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import ValidationFailed
from app.ids import new_id
from app.inference.connections import merge_own, readable, seal
from app.inference.errors import BackendInUse
from app.inference.tables import Backend, BackendLink, Provider
from app.secrets import Secrets


@dataclass(frozen=True, slots=True)
class BackendDraft:
    """What a new backend is to be."""

    provider_id: str
    upstream_model: str
    modality: str
    dimensions: int | None = None
    timeout_s: float = 120.0
    status: str = "active"


async def add_backend(transaction: Transaction, draft: BackendDraft, provider: Provider | None = None) -> Backend:
    """Add a backend to a provider."""
    provider = provider or await transaction.session.get(Provider, draft.provider_id)
    if provider is None:
        raise ValidationFailed.of("provider_id", "there is no such provider")
    _check(provider.type, draft.modality, draft.dimensions)
    now = transaction.clock.now()
    backend = Backend(
        id=new_id("bck"),
        provider_id=provider.id,
        uri=f"{provider.name}/{draft.upstream_model}",
        upstream_model=draft.upstream_model,
        modality=draft.modality,
        dimensions=draft.dimensions,
        timeout_s=draft.timeout_s,
        status=draft.status,
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(backend)
    try:
        await transaction.session.flush()
    except IntegrityError:
        raise ValidationFailed.of("provider_id", "there is no such provider") from None
    return backend


async def change_backend(transaction: Transaction, backend: Backend, changes: Mapping[str, Any]) -> None:
    """Change a backend; vectors of one length must not become another's under a model that is in use."""
    session = transaction.session
    provider = await session.get_one(Provider, backend.provider_id)
    dimensions = changes.get("dimensions", backend.dimensions)
    _check(provider.type, backend.modality, dimensions)
    if dimensions != backend.dimensions and await _is_linked(session, backend.id):
        raise BackendInUse("Models are linked to this backend, so its dimensions are settled; add another backend.")
    for name, value in changes.items():
        setattr(backend, name, value)
    backend.uri = f"{provider.name}/{backend.upstream_model}"
    backend.updated_at = transaction.clock.now()
    await session.flush()


async def connect_by_own(
    transaction: Transaction, secrets: Secrets, backend: Backend, changes: Mapping[str, str | None] | None
) -> None:
    """Change the connection settings a backend has of its own; None drops them all."""
    provider = await transaction.session.get_one(Provider, backend.provider_id)
    held = {} if changes is None else readable(secrets, backend.sealed_config)
    backend.sealed_config = seal(secrets, merge_own(provider.type, held, changes or {}))
    backend.updated_at = transaction.clock.now()
    await transaction.session.flush()


async def remove_backend(session: TenantSession, backend: Backend) -> None:
    """Remove a backend no model is linked to."""
    in_use = BackendInUse("Models are linked to this backend; unlink it there first.")
    if await _is_linked(session, backend.id):
        raise in_use
    await session.delete(backend)
    try:
        await session.flush()
    except IntegrityError:
        raise in_use from None


async def _is_linked(session: TenantSession, backend_id: str) -> bool:
    linked = await session.scalar(select(BackendLink.model_id).where(BackendLink.backend_id == backend_id).limit(1))
    return linked is not None


def _check(provider_type: str, modality: str, dimensions: int | None) -> None:
    if modality == "chat" and dimensions is not None:
        raise ValidationFailed.of("dimensions", "only embedding models have them")
    if modality == "embedding" and provider_type == "anthropic":
        raise ValidationFailed.of("modality", "a provider of type anthropic makes no embeddings")
