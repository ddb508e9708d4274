"""Answering, diagnosis: gather what is known of an assistant, as its author, and conclude."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from acl.permission import Permission
from acl.ref import ResourceRef
from acl.resolver import AclResolver
from app.db.transaction import Transaction
from app.errors import PlatformError
from app.identity.caller import Caller
from app.identity.tables import Tenant
from app.inference.model_groups import within_sight
from app.inference.tables import BackendLink, ModelGroup, ModelGroupMember
from indexing.collections.queries import get_for_tenant
from rag.diagnosis.checks import ALL
from rag.diagnosis.facts import Check, Facts, Tried
from rag.personas.avatar import PictureStores
from rag.personas.publishing import Publishing
from rag.personas.queries import all_sources, slugs_of_models
from rag.personas.tables import PersonaRow, PersonaSourceRow
from rag.personas.values import Persona, SourceType, Strategy
from rag.sources.gathered import Gathered

Trial = Callable[[Persona, str], Awaitable[Gathered]]  # what a question finds for an assistant, as the caller
Deed = Callable[[], Awaitable[object]]
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Inspection:
    """Looks at an assistant in a transaction that only reads, and says what the rows say."""

    transaction: Transaction
    resolver: AclResolver
    publishing: Publishing
    caller: Caller
    drive_set_up: bool

    async def facts(self, row: PersonaRow) -> Facts:
        """All that is known without asking anything outside the database."""
        session, model_id = self.transaction.session, row.published_model_id
        sources = await all_sources(session, row.id)
        behind, tenant = await self.publishing.behind(row), await session.get_one(Tenant, row.tenant_id)
        slug = (await slugs_of_models(session, [row])).get(model_id or "")
        return Facts(
            persona=row,
            sources=sources,
            tenant_slug=tenant.slug,
            model_found=behind is not None and behind.modality == "chat",
            model_enabled=_enabled(tenant, row.model_slug),
            published_slug=slug,
            drift=await self.publishing.drift(row) if slug else [],
            links=await self._links(model_id) if slug else 0,
            enabled=slug is None or _enabled(tenant, slug),
            groups=await self._groups(row) if slug else [],
            readable=await self._readable(sources),
            uses_key=self.caller.key_id is not None,
            drive_set_up=self.drive_set_up,
        )

    async def _links(self, model_id: str | None) -> int:
        counted = select(func.count()).where(BackendLink.model_id == model_id)
        return await self.transaction.session.scalar(counted) or 0

    async def _groups(self, row: PersonaRow) -> list[str]:
        joined = select(ModelGroup.slug).join(ModelGroupMember, ModelGroupMember.group_id == ModelGroup.id)
        mine = joined.where(ModelGroupMember.model_id == row.published_model_id)
        seen = mine.where(within_sight(self.caller, row.tenant_id))
        return list(await self.transaction.session.scalars(seen.order_by(ModelGroup.slug)))

    async def _readable(self, sources: list[PersonaSourceRow]) -> Mapping[str, bool]:
        return {one.id: await self._reads(one.source_id) for one in sources if one.source_type == SourceType.COLLECTION}

    async def _reads(self, collection_id: str) -> bool:
        permitted = await self.resolver.can(self.caller, ResourceRef.collection(collection_id), Permission.READ)
        return permitted and await get_for_tenant(self.transaction.session, collection_id) is not None


def concluded(facts: Facts) -> list[Check]:
    """A verdict on every entry of the troubleshooting page."""
    return [check(facts) for check in ALL]


async def tried(persona: Persona, question: str, trial: Trial) -> Tried:
    """What a question finds in one pass, with and without the least score."""
    simple = replace(persona, strategy=Strategy.SINGLE_STEP)
    kept = await trial(simple, question)
    every = kept if persona.min_score is None else await trial(replace(simple, min_score=None), question)
    faults = {one.source.id: one.fault for one in kept.sources if one.fault is not None}
    return Tried(len(kept.pieces), max(len(every.pieces) - len(kept.pieces), 0), faults)


async def storage_fault(stores: PictureStores, tenant_id: str) -> str | None:
    """Why a tenant's store of pictures would keep nothing now; None if it would."""

    async def answers() -> None:
        await (await stores.of(tenant_id)).answers()

    return await fault_of(answers)


async def fault_of(deed: Deed) -> str | None:
    """The code of what a deed outside fails with, if it does; nobody waits long for it."""
    try:
        async with asyncio.timeout(_SECONDS):
            await deed()
    except PlatformError as error:
        return error.code
    except TimeoutError:
        return "TIMEOUT"
    return None


def _enabled(tenant: Tenant, slug: str) -> bool:
    enabled = tenant.settings.get("enabled_models")
    return enabled is None or (isinstance(enabled, list) and slug in enabled)
