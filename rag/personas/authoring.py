"""Answering, personas: how an assistant comes to be, changes and goes, in one transaction with the model it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.db.transaction import Transaction
from app.errors import ValidationFailed
from app.ids import new_id
from app.inference.frontend_models import check_by_hand
from app.inference.slugs import OF_PERSONAS
from app.paging import Page, PageRequest
from indexing.collections.naming import slug_of
from rag.personas.errors import PersonaNotFound, PersonaSlugConflict, TooManyPersonas
from rag.personas.publishing import Publishing
from rag.personas.queries import count_personas, get_for_tenant, page_of, slugs_of_models
from rag.personas.tables import PersonaRow

MOST = 500  # of one tenant; every process knows those that are published
DRAFT: Final = "draft"
ACTIVE: Final = "active"
ARCHIVED: Final = "archived"
SavedPersona = PersonaRow  # as the doors call it
_NO_SLUG = "avatar"  # the path of a model's picture ends so


@dataclass(frozen=True, slots=True)
class Authored:
    """An assistant, and the slug it is called by while it is published."""

    row: PersonaRow
    published_slug: str | None = None
    fields: tuple[str, ...] = ()  # which are others than before


@dataclass(frozen=True, slots=True)
class Authoring:
    """Writes the assistants of a tenant; who may is asked before."""

    transaction: Transaction
    publishing: Publishing

    async def one(self, persona_id: str) -> PersonaRow:
        """The assistant of an id; who is going to change something holds it from here to the commit."""
        row = await get_for_tenant(self.transaction.session, persona_id, hold=self.transaction.writes)
        if row is None:
            raise PersonaNotFound
        return row

    async def shown(self, row: PersonaRow) -> Authored:
        """An assistant with what it is called by."""
        slugs = await slugs_of_models(self.transaction.session, [row])
        return Authored(row, slugs.get(row.published_model_id or ""))

    async def page(self, request: PageRequest) -> Page[Authored]:
        """A page of the tenant's assistants."""
        session = self.transaction.session
        found = await page_of(session, PersonaRow, select(PersonaRow), request)
        slugs = await slugs_of_models(session, found.items)
        return Page([Authored(row, slugs.get(row.published_model_id or "")) for row in found.items], found.next_after)

    async def add(self, said: Mapping[str, Any], author_id: str) -> Authored:
        """Add an assistant; it is called by nobody before it is published."""
        _check(said)
        if await count_personas(self.transaction.session) >= MOST:
            raise TooManyPersonas(MOST)
        now, id_ = self.transaction.clock.now(), new_id("per")
        values = {**said, "slug": said.get("slug") or _named_after(said["name"], id_)}
        row = PersonaRow(id=id_, created_by=author_id, created_at=now, updated_at=now, **values)
        self.transaction.session.add(row)
        await self._written(row)
        return Authored(row)

    async def change(self, row: PersonaRow, said: Mapping[str, Any]) -> Authored:
        """Give an assistant other values; if it is published, the next call of it is answered by them."""
        _check(said)
        if said.get("status") == DRAFT and row.published_model_id is not None:
            raise ValidationFailed.of("status", "a published persona is no draft; unpublish it first")
        changed = {name: value for name, value in said.items() if getattr(row, name) != value}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            row.updated_at = self.transaction.clock.now()
            await self._written(row)
        if row.status == ARCHIVED:
            await self.publishing.take_down(row)
        elif row.published_model_id is not None:
            await self.publishing.gate.require(row, changed)
            await self.publishing.sync(row, another_model="model_slug" in changed)
        return replace(await self.shown(row), fields=tuple(sorted(changed)))

    async def remove(self, row: PersonaRow) -> None:
        """Remove an assistant, with what it is called by and what says which places it reads."""
        await self.publishing.take_down(row)
        await self.transaction.session.delete(row)
        await self.transaction.session.flush()

    async def _written(self, row: PersonaRow) -> None:
        slug = row.slug
        try:
            await self.transaction.session.flush()
        except IntegrityError:
            raise PersonaSlugConflict(slug) from None


def _check(said: Mapping[str, Any]) -> None:
    check_by_hand({"default_params": said.get("default_params")})
    if said.get("slug") == _NO_SLUG:
        raise ValidationFailed.of("slug", f"{_NO_SLUG!r} is kept for the path of a picture")
    if str(said.get("model_slug") or "").startswith(OF_PERSONAS):
        raise ValidationFailed.of("model_slug", "is a persona itself; name the model it stands on")


def _named_after(name: str, id_: str) -> str:
    slug = slug_of(name)
    return slug if slug and slug != _NO_SLUG else f"persona-{id_[-8:].lower()}"
