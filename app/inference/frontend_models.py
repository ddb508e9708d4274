"""Ground floor, inference: add, change and remove the models callers know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.errors import ValidationFailed
from app.identity.tables import Tenant
from app.ids import new_id
from app.inference.callable import ALL, BackendLinkValue
from app.inference.errors import ModelOwnedByPersona
from app.inference.slugs import LONGEST, OF_PERSONAS, claim_slug
from app.inference.tables import Backend, BackendLink, FrontendModel

PERSONA_ID = "persona_id"  # in the metadata of a persona's model
_CAPABILITIES = ("tools", "vision", "json")
_OWN_FIELDS = ("model", "messages", "input", "stream", "stream_options")


@dataclass(frozen=True, slots=True)
class ModelDraft:
    """What a new model is to be."""

    slug: str
    display_name: str
    modality: str
    backends: Sequence[BackendLinkValue] = ()
    description: str = ""
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    context_window: int | None = None
    max_output_tokens: int | None = None
    system_prompt_template: str | None = None
    default_params: Mapping[str, Any] = field(default_factory=dict)
    input_price_per_mtok: Decimal = Decimal(0)
    output_price_per_mtok: Decimal = Decimal(0)
    avatar_url: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    status: str = "active"
    visibility: str = ALL
    tenant_ids: Sequence[str] = ()


async def add_model(transaction: Transaction, draft: ModelDraft) -> FrontendModel:
    """Add a model with its links; the slug's shape is the caller's to check."""
    now = transaction.clock.now()
    model = FrontendModel(id=new_id("mdl"), modality=draft.modality, created_at=now, updated_at=now)
    values = {name: value for name, value in asdict(draft).items() if name not in {"backends", "modality"}}
    _set(model, {**values, "capabilities": _capabilities(draft.modality, draft.capabilities)})
    await _check_tenants(transaction.session, draft.tenant_ids)
    transaction.session.add(model)
    await claim_slug(transaction.session, model)
    await link(transaction.session, model, draft.backends)
    return model


async def change_model(transaction: Transaction, model: FrontendModel, changes: Mapping[str, Any]) -> None:
    """Change what is named and leave the rest; links and capabilities that are named are replaced whole."""
    changes = dict(changes)
    if changes.pop("modality", model.modality) != model.modality:
        raise ValidationFailed.of("modality", "cannot change; add another model")
    links = changes.pop("backends", None)
    if "tenant_ids" in changes:
        await _check_tenants(transaction.session, changes["tenant_ids"])
    if "capabilities" in changes:
        changes["capabilities"] = _capabilities(model.modality, {**model.capabilities, **changes["capabilities"]})
    _set(model, changes)
    model.updated_at = transaction.clock.now()
    await claim_slug(transaction.session, model)
    if links is not None:
        await link(transaction.session, model, links)


async def remove_model(session: TenantSession, model: FrontendModel) -> None:
    """Remove a model, its links and its memberships."""
    await session.delete(model)
    await session.flush()


async def link(session: TenantSession, model: FrontendModel, links: Sequence[BackendLinkValue]) -> None:
    """Make these the backends of a model, and no others."""
    await _check_links(session, model.modality, links)
    held = {row.backend_id: row for row in await session.scalars(_links_of(model))}
    for wanted in links:
        row = held.pop(wanted.backend_id, None) or BackendLink(model_id=model.id, backend_id=wanted.backend_id)
        row.priority, row.weight = wanted.priority, wanted.weight
        session.add(row)
    for row in held.values():
        await session.delete(row)
    try:
        await session.flush()
    except IntegrityError:
        raise ValidationFailed.of("backends", "a backend has just been deleted") from None


async def model_named(session: TenantSession, slug_or_id: str) -> FrontendModel | None:
    """Find a model to be changed, whoever may see it."""
    if len(slug_or_id) > LONGEST:
        return None
    named = or_(FrontendModel.slug == slug_or_id, FrontendModel.id == slug_or_id)
    found: FrontendModel | None = await session.scalar(select(FrontendModel).where(named))
    return found


def refuse_persona(model: FrontendModel) -> None:
    """Refuse where a model is a persona's."""
    if model.slug.startswith(OF_PERSONAS) or PERSONA_ID in model.meta:
        raise ModelOwnedByPersona


def check_by_hand(values: Mapping[str, Any]) -> None:
    """Refuse what nobody may write by hand: another's persona, and fields that belong to each call."""
    if PERSONA_ID in (values.get("metadata") or {}):
        raise ValidationFailed.of(f"metadata.{PERSONA_ID}", "is written when a persona is published")
    for name in _OWN_FIELDS:
        if name in (values.get("default_params") or {}):
            raise ValidationFailed.of(f"default_params.{name}", "belongs to each call and has no default")


def _set(model: FrontendModel, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        column = "meta" if name == "metadata" else name
        setattr(model, column, sorted(set(value)) if name == "tenant_ids" else value)


def _capabilities(modality: str, said: Mapping[str, bool]) -> dict[str, bool]:
    return {name: said.get(name, modality == "chat") for name in _CAPABILITIES}


def _links_of(model: FrontendModel) -> Any:
    return select(BackendLink).where(BackendLink.model_id == model.id)


async def _check_tenants(session: TenantSession, tenant_ids: Sequence[str]) -> None:
    known = set(await session.scalars(select(Tenant.id).where(Tenant.id.in_(tenant_ids))))
    for place, tenant_id in enumerate(tenant_ids):
        if tenant_id not in known:
            raise ValidationFailed.of(f"tenant_ids.{place}", "there is no such tenant")


async def _check_links(session: TenantSession, modality: str, links: Sequence[BackendLinkValue]) -> None:
    wanted = [wanted.backend_id for wanted in links]
    known = {row.id: row for row in await session.scalars(select(Backend).where(Backend.id.in_(wanted)))}
    seen: set[str] = set()
    for place, backend_id in enumerate(wanted):
        field_name = f"backends.{place}.backend_id"
        if backend_id in seen:
            raise ValidationFailed.of(field_name, "is linked twice")
        if backend_id not in known:
            raise ValidationFailed.of(field_name, "there is no such backend")
        if known[backend_id].modality != modality:
            raise ValidationFailed.of(field_name, f"is of modality {known[backend_id].modality}, the model {modality}")
        seen.add(backend_id)
    lengths = {row.dimensions for row in known.values()} - {None}
    if len(lengths) > 1:
        raise ValidationFailed.of("backends", "these embed into different dimensions and cannot serve one model")
