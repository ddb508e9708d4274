"""Answering, personas: the places an assistant reads: what may be named as one, and how that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import not_there, require_access
from acl.resolver import AclResolver
from app.db.transaction import Transaction
from app.errors import ValidationFailed
from app.identity.caller import Caller
from app.ids import new_id
from app.paging import Page, PageRequest
from indexing.collections.queries import get_for_tenant
from rag.personas.errors import PersonaSourceConflict, PersonaSourceNotFound
from rag.personas.publishing import NOTHING_ASKED, PublishGate
from rag.personas.queries import count_sources, page_of, source_of
from rag.personas.tables import PersonaRow, PersonaSourceRow
from rag.personas.values import SourceType

MOST = 50  # places of one assistant
SavedSource = PersonaSourceRow  # as the doors call it
_ACTIVE = "active"
_READING = frozenset({"source_id", "weight", "status"})  # what answers depend on


@dataclass(frozen=True, slots=True)
class Attaching:
    """Says which places an assistant reads.

    Whoever attaches a collection must be able to read it, or it is not there for them. That is asked once, so that no
    author learns of what is hidden from them; what of it an answer is made of, the rights of whoever asks decide.
    """

    transaction: Transaction
    resolver: AclResolver
    caller: Caller
    persona: PersonaRow
    gate: PublishGate = NOTHING_ASKED

    async def page(self, request: PageRequest) -> Page[PersonaSourceRow]:
        """A page of its places, disabled ones too."""
        wanted = select(PersonaSourceRow).where(PersonaSourceRow.persona_id == self.persona.id)
        return await page_of(self.transaction.session, PersonaSourceRow, wanted, request)

    async def one(self, source_id: str) -> PersonaSourceRow:
        """One of its places."""
        found = await source_of(self.transaction.session, self.persona.id, source_id)
        if found is None:
            raise PersonaSourceNotFound
        return found

    async def add(self, said: Mapping[str, Any]) -> PersonaSourceRow:
        """Have it read another place."""
        session, now = self.transaction.session, self.transaction.clock.now()
        name = await self._name_of(said["source_type"], said["source_id"])
        if await count_sources(session, self.persona.id) >= MOST:
            raise ValidationFailed.of("source_id", f"the persona reads {MOST} places, which is the limit")
        values = {**said, "source_name": said.get("source_name") or name}
        row = PersonaSourceRow(id=new_id("src"), persona_id=self.persona.id, created_at=now, updated_at=now, **values)
        session.add(row)
        await self._written()
        if row.status == _ACTIVE:
            await self._require()
        return row

    async def change(self, row: PersonaSourceRow, said: Mapping[str, Any]) -> list[str]:
        """Change what is said of a place; returns the names of what is other than before."""
        changed = {name: value for name, value in said.items() if getattr(row, name) != value}
        if "source_id" in changed:
            await self._name_of(row.source_type, changed["source_id"])
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            row.updated_at = self.transaction.clock.now()
            await self._written()
        if _READING & set(changed):
            await self._require()
        return sorted(changed)

    async def remove(self, row: PersonaSourceRow) -> None:
        """Have it read a place no longer."""
        await self.transaction.session.delete(row)
        await self.transaction.session.flush()
        if row.status == _ACTIVE:
            await self._require()

    async def _name_of(self, kind: str, place_id: str) -> str:
        """What a place is called; a collection that is missing or hidden is the same refusal."""
        if kind != SourceType.COLLECTION:
            return place_id
        ref = ResourceRef.collection(place_id)
        await require_access(self.resolver, self.caller, ref, Permission.READ)
        found = await get_for_tenant(self.transaction.session, place_id)
        if found is None:
            raise not_there(ref)
        return found.name

    async def _written(self) -> None:
        try:
            await self.transaction.session.flush()
        except IntegrityError:
            raise PersonaSourceConflict from None

    async def _require(self) -> None:
        """Refuse to have a published assistant read otherwise, unless that has been shown to be good enough."""
        if self.persona.published_model_id is not None:
            await self.gate.require(self.persona)
