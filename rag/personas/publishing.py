"""Answering, personas: an assistant as a model of the catalogue: published, kept in step, taken down."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import select

from app.db.transaction import Transaction
from app.errors import PermissionDenied, ValidationFailed
from app.identity.caller import Caller
from app.identity.tables import Tenant
from app.inference.callable import ALL, BackendLinkValue
from app.inference.errors import ModelAccessDenied
from app.inference.frontend_models import PERSONA_ID, ModelDraft, add_model, change_model, remove_model
from app.inference.model_groups import TENANT, add_member, require_managing, within_sight
from app.inference.slugs import OF_PERSONAS
from app.inference.tables import BackendLink, FrontendModel, ModelGroup
from rag.personas.errors import PersonaModelNotFound
from rag.personas.tables import PersonaRow

OUT_OF_SCOPE: Final = "out_of_scope"  # no group one may assign to; also where there is none
_TENANTS: Final = "tenants"
_INHERITED = (
    "capabilities", "context_window", "max_output_tokens", "input_price_per_mtok", "output_price_per_mtok"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whether an assistant is in a group of models now, and why not."""

    group_id: str
    assigned: bool
    reason: str | None = None


class PublishGate(Protocol):
    """Knows what an assistant must have been shown to be before it answers anybody."""

    async def require(self, row: PersonaRow, fields: Collection[str] | None = None) -> None:
        """Refuse what it would answer by from now on, unless that is good enough; `fields` are those that changed."""


class NoGate:
    """Stands where nothing is asked for."""

    async def require(self, row: PersonaRow, fields: Collection[str] | None = None) -> None:
        """Let everything through."""


NOTHING_ASKED: Final = NoGate()


@dataclass(frozen=True, slots=True)
class Publishing:
    """Makes assistants models of the catalogue; each is a copy of the model behind it, with a prompt of its own."""

    transaction: Transaction
    caller: Caller
    tenant_id: str
    gate: PublishGate = NOTHING_ASKED

    async def publish(self, row: PersonaRow, group_ids: Sequence[str]) -> list[Assignment]:
        """Make an assistant a model, or bring the one it is up to date; then put it into groups, where that may be."""
        await self.gate.require(row)
        session = self.transaction.session
        if row.published_model_id is None:
            model = await add_model(self.transaction, await self._draft(row))
            row.published_model_id = model.id
        else:
            model = await self.sync(row, another_model=True)
        if session.is_modified(row) or row.status != "active":
            row.status, row.updated_at = "active", self.transaction.clock.now()
        await session.flush()
        return [await self._assign(model, group_id) for group_id in dict.fromkeys(group_ids)]

    async def sync(self, row: PersonaRow, *, another_model: bool) -> FrontendModel:
        """Bring a published assistant's model up to date.

        Where the model behind it is gone, what was copied of it stays, unless another one has been chosen.
        """
        model = await self.transaction.session.get_one(FrontendModel, row.published_model_id)
        behind = await self.behind(row)
        if another_model:
            await self._require_callable(behind)
        stands = behind is not None and (another_model or behind.modality == model.modality)
        copied = await self._inherited(behind) if behind is not None and stands else {}
        await change_model(self.transaction, model, {**await self._own(row), **copied})
        return model

    async def take_down(self, row: PersonaRow) -> bool:
        """Take an assistant out of the catalogue and of every group; says whether it was in it."""
        session, model_id = self.transaction.session, row.published_model_id
        if model_id is None:
            return False
        row.published_model_id, row.updated_at = None, self.transaction.clock.now()
        await session.flush()
        await remove_model(session, await session.get_one(FrontendModel, model_id))
        return True

    async def behind(self, row: PersonaRow) -> FrontendModel | None:
        """The model an assistant stands on, if its tenant sees it."""
        wanted = select(FrontendModel).where(FrontendModel.slug == row.model_slug)
        found: FrontendModel | None = await self.transaction.session.scalar(wanted)
        if found is None or not (found.visibility == ALL or self.tenant_id in found.tenant_ids):
            return None
        return found

    async def drift(self, row: PersonaRow) -> list[str]:
        """What of a published assistant's model is not as it would be if it were published again now."""
        model = await self.transaction.session.get_one(FrontendModel, row.published_model_id)
        behind = await self.behind(row)
        stands = behind is not None and behind.modality == model.modality
        wanted = {**await self._own(row), **(await self._inherited(behind) if behind is not None and stands else {})}
        links = wanted.pop("backends", None)
        wanted["meta"] = wanted.pop("metadata")
        differing = [name for name, value in wanted.items() if getattr(model, name) != value]
        if links is not None and set(links) != set(await self._links(model)):
            differing.append("backends")
        return sorted("metadata" if name == "meta" else name for name in differing)

    async def _draft(self, row: PersonaRow) -> ModelDraft:
        behind = await self._require_callable(await self.behind(row))
        return ModelDraft(modality=behind.modality, **await self._own(row), **await self._inherited(behind))

    async def _require_callable(self, behind: FrontendModel | None) -> FrontendModel:
        """Refuse to stand on what the tenant may not call: an assistant would be a way around that."""
        if behind is None:
            raise PersonaModelNotFound
        enabled = (await self.transaction.session.get_one(Tenant, self.tenant_id)).settings.get("enabled_models")
        if enabled is not None and not (isinstance(enabled, list) and behind.slug in enabled):
            raise ModelAccessDenied("The tenant is not enabled for the model behind this persona.")
        return behind

    async def _own(self, row: PersonaRow) -> dict[str, Any]:
        tenant = await self.transaction.session.get_one(Tenant, row.tenant_id)
        return {
            "slug": f"{OF_PERSONAS}{tenant.slug}/{row.slug}",
            "display_name": row.name,
            "description": row.description,
            "system_prompt_template": row.system_prompt or None,
            "default_params": dict(row.default_params),
            "avatar_url": row.avatar_url,
            "metadata": {PERSONA_ID: row.id},
            "visibility": _TENANTS,
            "tenant_ids": [row.tenant_id],
        }

    async def _inherited(self, behind: FrontendModel) -> Mapping[str, Any]:
        if behind.modality != "chat":
            raise ValidationFailed.of("model_slug", f"{behind.slug} is an embedding model, not a chat model")
        copied: dict[str, Any] = {name: getattr(behind, name) for name in _INHERITED}
        return {**copied, "capabilities": dict(behind.capabilities), "backends": await self._links(behind)}

    async def _links(self, model: FrontendModel) -> list[BackendLinkValue]:
        rows = await self.transaction.session.scalars(select(BackendLink).where(BackendLink.model_id == model.id))
        return [BackendLinkValue(row.backend_id, row.priority, row.weight) for row in rows]

    async def _assign(self, model: FrontendModel, group_id: str) -> Assignment:
        """Put an assistant into a group of the caller's scope; any other is not there, and that refuses nothing."""
        wanted = select(ModelGroup).where(ModelGroup.id == group_id, within_sight(self.caller, self.tenant_id))
        group = await self.transaction.session.scalar(
            wanted.with_for_update().execution_options(populate_existing=True)
        )
        if group is None or not self._may_assign(group):
            return Assignment(group_id, assigned=False, reason=OUT_OF_SCOPE)
        await add_member(self.transaction, group, model.id)
        return Assignment(group_id, assigned=True)

    def _may_assign(self, group: ModelGroup) -> bool:
        try:
            require_managing(self.caller, group.scope_type, group.scope_id)
        except PermissionDenied:
            return False
        # One tenant's assistant is shown to nobody else: in another tenant's group it would only be in the way.
        return self.caller.is_super_admin or group.scope_type != TENANT or group.scope_id == self.tenant_id
