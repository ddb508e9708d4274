"""Roof, HTTP: providers of models."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import select

from app.db.tenancy import Reach
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.providers import Discovered, ProviderCreate, ProviderPatch, ProviderRead
from app.identity.permissions import Core
from app.inference.connections import connection_of, readable
from app.inference.errors import ProviderNotFound
from app.inference.health import discover
from app.inference.providers import add_provider, change_provider, remove_provider
from app.inference.queries import page_of
from app.inference.tables import Provider

router = APIRouter(prefix="/v1/providers", tags=["routing"], route_class=GatedRoute)


async def _named(request: Request, visit: Visit) -> Provider:
    provider = await visit.session.get(Provider, request.path_params["provider_id"])
    if provider is None or provider.id in await visit.platform.gateway.catalogue.hidden_providers(visit.caller):
        raise ProviderNotFound
    return provider


def _shape(visit: Visit, provider: Provider) -> ProviderRead:
    settings = readable(visit.platform.secrets, provider.sealed_config)
    place = connection_of(provider.type, settings, {})
    return ProviderRead(
        id=provider.id,
        name=provider.name,
        type=provider.type,
        base_url=place.base_url if visit.caller.may(Core.ROUTING_MANAGE) else None,
        api_version=place.api_version,
        has_api_key=place.api_key is not None,
        created_at=provider.created_at,
        updated_at=provider.updated_at,
    )


@router.get("", operation_id="list_providers")
@gate(Core.ROUTING_VIEW)
async def list_providers(visit: VisitDep, page: PageDep) -> Listing[ProviderRead]:
    """List the providers."""
    hidden = await visit.platform.gateway.catalogue.hidden_providers(visit.caller)
    rows = await page_of(visit.session, Provider, select(Provider).where(Provider.id.not_in(hidden)), page)
    return listing(visit, page, rows, lambda row: _shape(visit, row))


@router.post("", operation_id="create_provider", status_code=201)
@gate(Core.ROUTING_MANAGE, creates=True)
async def create_provider(visit: VisitDep, body: ProviderCreate) -> Success[ProviderRead]:
    """Add a provider; its key is kept encrypted and never shown."""
    settings = body.model_dump(exclude={"name", "type"})
    provider = await add_provider(
        visit.transaction, visit.platform.secrets, name=body.name, provider_type=body.type, settings=settings
    )
    visit.record("provider.created", ("provider", provider.id), name=provider.name, type=provider.type)
    visit.etag(provider.version)
    return success(_shape(visit, provider))


@router.get("/{provider_id}", operation_id="get_provider")
@gate(Core.ROUTING_VIEW, guard=_named)
async def get_provider(visit: VisitDep, provider_id: str) -> Success[ProviderRead]:
    """Show a provider."""
    visit.etag(visit.subject.version)
    return success(_shape(visit, visit.subject))


@router.patch("/{provider_id}", operation_id="update_provider")
@gate(Core.ROUTING_MANAGE, guard=_named)
async def update_provider(visit: VisitDep, provider_id: str, body: ProviderPatch) -> Success[ProviderRead]:
    """Change a provider's name, address or key."""
    provider: Provider = visit.subject
    visit.expect(provider.version)
    changes = body.model_dump(exclude_unset=True)
    await change_provider(visit.transaction, visit.platform.secrets, provider, changes)
    visit.record("provider.updated", ("provider", provider.id), fields=sorted(changes))
    visit.etag(provider.version)
    return success(_shape(visit, provider))


@router.delete("/{provider_id}", operation_id="delete_provider")
@gate(Core.ROUTING_MANAGE, guard=_named)
async def delete_provider(visit: VisitDep, provider_id: str) -> Success[Deleted]:
    """Remove a provider nothing runs on."""
    visit.expect(visit.subject.version)
    await remove_provider(visit.session, visit.subject)
    visit.record("provider.deleted", ("provider", provider_id), name=visit.subject.name)
    return success(Deleted())


@router.post("/{provider_id}/discover", operation_id="discover_models")
@gate(Core.ROUTING_MANAGE, transaction=False)
async def discover_models(visit: VisitDep, provider_id: str) -> Success[Discovered]:
    """Ask a provider which models it offers; no transaction is held while it thinks."""
    platform = visit.platform
    hidden = await platform.gateway.catalogue.hidden_providers(visit.caller)
    async with platform.transactions.open(Reach.one(visit.tenant_id), writes=False) as transaction:
        provider = await transaction.session.get(Provider, provider_id)
    if provider is None or provider.id in hidden:
        raise ProviderNotFound
    place = connection_of(provider.type, readable(platform.secrets, provider.sealed_config), {})
    return success(Discovered(models=await discover(platform.backend_maker, place)))
