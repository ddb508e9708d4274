"""Ground floor, inference: the models that are built in from the first start."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.db.transaction import Transaction
from app.inference.backend_models import BackendDraft, add_backend
from app.inference.callable import BackendLinkValue, Modality
from app.inference.connections import LOCAL
from app.inference.frontend_models import ModelDraft, add_model
from app.inference.providers import new_provider
from app.inference.slugs import is_taken
from app.inference.tables import Backend, Provider


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    name: str
    display_name: str
    description: str
    modality: Modality
    dimensions: int | None = None
    context_window: int | None = None

    @property
    def slug(self) -> str:
        return f"{LOCAL}/{self.name}"


_BUILT_IN = (
    _BuiltIn(
        "minilm",
        "MiniLM (built in)",
        "Embeds text on this machine; nothing leaves it.",
        "embedding",
        dimensions=384,
        context_window=256,
    ),
    _BuiltIn(
        "quote",
        "Quote (built in)",
        "Answers only with sentences quoted from the context it is given, with markers.",
        "chat",
    ),
)


async def ensure_builtin(transaction: Transaction) -> None:
    """Add the built-in models that are missing; what an operator made of the others stays."""
    for wanted in _BUILT_IN:
        if await is_taken(transaction.session, wanted.slug):
            continue
        await _add(transaction, await _provider(transaction), wanted)


async def _provider(transaction: Transaction) -> Provider:
    first = select(Provider).where(Provider.type == LOCAL).order_by(Provider.id).limit(1)
    found: Provider | None = await transaction.session.scalar(first)
    return found or await new_provider(transaction, name=LOCAL, provider_type=LOCAL, sealed_config=None)


async def _add(transaction: Transaction, provider: Provider, wanted: _BuiltIn) -> None:
    same = (Backend.provider_id == provider.id, Backend.upstream_model == wanted.name)
    backend = await transaction.session.scalar(select(Backend).where(*same, Backend.modality == wanted.modality))
    if backend is None:
        draft = BackendDraft(provider.id, wanted.name, wanted.modality, dimensions=wanted.dimensions)
        backend = await add_backend(transaction, draft, provider)
    capabilities = {"tools": False, "vision": False, "json": wanted.modality == "chat"}
    await add_model(
        transaction,
        ModelDraft(
            slug=wanted.slug,
            display_name=wanted.display_name,
            description=wanted.description,
            modality=wanted.modality,
            capabilities=capabilities,
            context_window=wanted.context_window,
            backends=(BackendLinkValue(backend.id),),
        ),
    )
