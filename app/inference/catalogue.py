"""Ground floor, inference: slug → model the caller may use, and the list behind `/v1/models`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from app.db.base import CATALOGUE
from app.db.epochs import Epochs
from app.db.lane import Lane
from app.errors import ValidationFailed
from app.identity.caller import Caller
from app.identity.permissions import Core
from app.inference.callable import CallableGroup, CallableModel, Modality
from app.inference.errors import ModelAccessDenied, ModelNotFound, ModelUnavailable
from app.inference.snapshot import Snapshot, read_snapshot
from app.secrets import Secrets

_KINDS = {"chat": "a chat model", "embedding": "an embedding model"}


class Catalogue:
    """Knows every model; what it remembers is used only at the epoch it was read at, in every process."""

    def __init__(self, engine: Engine, epochs: Epochs, secrets: Secrets) -> None:
        self._engine = engine.execution_options(writes=False)
        self._epochs = epochs
        self._secrets = secrets
        self._held: Snapshot | None = None
        self._lane: Lane[int, Snapshot] = Lane("catalogue", self._read)

    async def resolve(
        self, caller: Caller, slug: str, modality: Modality, *, invoked: bool = True, epoch: int | None = None
    ) -> Sequence[CallableModel]:
        """Return the model of a slug, or the members of a group's slug in the order they are tried.

        `invoked=False` is for work the platform does for a caller who may see the model, such as embedding a search:
        neither models:use nor the tenant's list of enabled models is asked for then. `epoch` is the catalogue's, where
        the caller has read it already.
        """
        snapshot = await self.snapshot(epoch)
        model = snapshot.models.get(slug)
        if model is None:
            offered = _shown_members(snapshot.groups.get(slug), caller)
        elif model.shown_to(caller):
            offered = (model,)
        else:
            raise ModelNotFound
        fitting = [candidate for candidate in offered if candidate.modality == modality]
        if not fitting:
            raise ValidationFailed.of("model", f"{slug} is {_KINDS[offered[0].modality]}, not {_KINDS[modality]}")
        return _permitted(caller, fitting) if invoked else fitting

    async def counted_as(self, slug: str) -> tuple[str, str]:
        """The type of provider and the name there of what serves a slug first, asleep or not: whose tokens count."""
        snapshot = await self.snapshot()
        group = snapshot.groups.get(slug)
        models = [snapshot.models[slug]] if slug in snapshot.models else group.members if group else ()
        links = (snapshot.backends.get(link.backend_id) for model in models for link in model.links)
        first = next((link for link in links if link is not None), None)
        if first is None:
            raise ModelNotFound
        return first.provider_type, first.upstream_model

    async def visible(self, caller: Caller, tenant_id: str | None = None) -> Sequence[CallableModel]:
        """Return every model the caller sees, in their tenant or the one they act in, by slug."""
        snapshot = await self.snapshot()
        seen = [model for model in snapshot.models.values() if model.shown_to(caller, tenant_id)]
        return sorted(seen, key=lambda model: model.slug)

    async def find(self, caller: Caller, slug_or_id: str, tenant_id: str | None = None) -> CallableModel:
        """Return the model of a slug or id, if the caller sees it."""
        snapshot = await self.snapshot()
        model = snapshot.models.get(slug_or_id) or snapshot.by_id.get(slug_or_id)
        if model is None or not model.shown_to(caller, tenant_id):
            raise ModelNotFound
        return model

    async def hidden_backends(self, caller: Caller) -> frozenset[str]:
        """Return the backends that serve only models this caller does not see: others' business."""
        if caller.is_super_admin:
            return frozenset()
        shown: set[str] = set()
        hidden: set[str] = set()
        for model in (await self.snapshot()).models.values():
            (shown if model.shown_to(caller) else hidden).update(link.backend_id for link in model.links)
        return frozenset(hidden - shown)

    async def hidden_providers(self, caller: Caller) -> frozenset[str]:
        """Return the providers all of whose backends are hidden from this caller."""
        hidden = await self.hidden_backends(caller)
        provider_of = (await self.snapshot()).providers
        shown = {provider for backend, provider in provider_of.items() if backend not in hidden}
        return frozenset(provider_of[backend] for backend in hidden if backend in provider_of) - shown

    async def snapshot(self, epoch: int | None = None) -> Snapshot:
        """Return the catalogue as it stands now."""
        wanted = (await self._epochs.read(CATALOGUE))[CATALOGUE] if epoch is None else epoch
        held = self._held
        if held is not None and held.epoch >= wanted:
            return held
        return await self._lane.ask(wanted)

    def close(self) -> None:
        """Stop the lane."""
        self._lane.close()

    def _read(self, wanted: Sequence[int]) -> Sequence[Snapshot]:
        held = self._held
        if held is None or held.epoch < max(wanted):
            with self._engine.connect() as connection:
                self._held = held = read_snapshot(connection, self._secrets)
        return [held] * len(wanted)


def _shown_members(group: CallableGroup | None, caller: Caller) -> Sequence[CallableModel]:
    if group is None or not group.shown_to(caller):
        raise ModelNotFound
    shown = [member for member in group.members if member.shown_to(caller)]
    if not shown:
        raise ModelUnavailable("This group has no model for you at present.")
    return shown


def _permitted(caller: Caller, models: Sequence[CallableModel]) -> Sequence[CallableModel]:
    """Keep what this caller may call: with models:use, those their tenant is enabled for."""
    if not caller.may(Core.MODELS_USE):
        raise ModelAccessDenied("Calling models needs models:use, in your roles and in your key's scopes.")
    enabled = caller.tenant_settings.get("enabled_models")
    if enabled is None:
        return models
    kept = [model for model in models if isinstance(enabled, list) and model.slug in enabled]
    if not kept:
        raise ModelAccessDenied("Your tenant is not enabled for this model.")
    return kept
