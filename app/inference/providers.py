"""Ground floor, inference: add, change and remove providers."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.ids import new_id
from app.inference.connections import merge, readable, seal
from app.inference.errors import ProviderHasBackends
from app.inference.tables import Backend, Provider
from app.secrets import Secrets

Settings = Mapping[str, str | None]


async def add_provider(
    transaction: Transaction, secrets: Secrets, *, name: str, provider_type: str, settings: Settings
) -> Provider:
    """Add a provider; its connection settings are kept encrypted."""
    sealed = seal(secrets, merge(provider_type, {}, settings))
    return await new_provider(transaction, name=name, provider_type=provider_type, sealed_config=sealed)


async def new_provider(
    transaction: Transaction, *, name: str, provider_type: str, sealed_config: str | None
) -> Provider:
    """Add the row of a provider."""
    now = transaction.clock.now()
    provider = Provider(
        id=new_id("prv"), name=name, type=provider_type, sealed_config=sealed_config, created_at=now, updated_at=now
    )
    transaction.session.add(provider)
    await transaction.session.flush()
    return provider


async def change_provider(
    transaction: Transaction, secrets: Secrets, provider: Provider, changes: Mapping[str, str | None]
) -> None:
    """Change a provider's name or connection settings; the settings that are not named stay."""
    if changes.keys() - {"name"}:
        held = readable(secrets, provider.sealed_config)
        provider.sealed_config = seal(secrets, merge(provider.type, held, changes))
    name = changes.get("name") or provider.name
    renamed = name != provider.name
    provider.name = name
    provider.updated_at = transaction.clock.now()
    await transaction.session.flush()
    if renamed:
        for backend in await transaction.session.scalars(select(Backend).where(Backend.provider_id == provider.id)):
            backend.uri = f"{name}/{backend.upstream_model}"


async def remove_provider(session: TenantSession, provider: Provider) -> None:
    """Remove a provider nothing runs on."""
    if await session.scalar(select(Backend.id).where(Backend.provider_id == provider.id).limit(1)):
        raise ProviderHasBackends
    await session.delete(provider)
    try:
        await session.flush()
    except IntegrityError:
        raise ProviderHasBackends from None
