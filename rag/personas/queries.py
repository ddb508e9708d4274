"""Answering, personas: find assistants, and the places they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from app.db.tenancy import TenantSession
from app.inference.tables import FrontendModel
from app.paging import Page, PageRequest, cut
from rag.personas.tables import PersonaRow, PersonaSourceRow

Listed = TypeVar("Listed", PersonaRow, PersonaSourceRow)


async def get_for_tenant(session: TenantSession, persona_id: str, *, hold: bool = False) -> PersonaRow | None:
    """The assistant of an id within the session's tenant; `hold` keeps it, as it is by now, until the commit."""
    wanted = select(PersonaRow).where(PersonaRow.id == persona_id)
    if hold:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found: PersonaRow | None = await session.scalar(wanted)
    return found


async def count_personas(session: TenantSession) -> int:
    """How many assistants a tenant keeps."""
    return await session.scalar(select(func.count(PersonaRow.id))) or 0


async def source_of(session: TenantSession, persona_id: str, source_id: str) -> PersonaSourceRow | None:
    """One of the places an assistant reads; its assistant is held by whoever changes it."""
    wanted = select(PersonaSourceRow).where(PersonaSourceRow.persona_id == persona_id, PersonaSourceRow.id == source_id)
    found: PersonaSourceRow | None = await session.scalar(wanted.execution_options(populate_existing=True))
    return found


async def all_sources(session: TenantSession, persona_id: str) -> list[PersonaSourceRow]:
    """Every place an assistant reads, disabled ones too, the oldest first."""
    wanted = select(PersonaSourceRow).where(PersonaSourceRow.persona_id == persona_id)
    return list(await session.scalars(wanted.order_by(PersonaSourceRow.id)))


async def count_sources(session: TenantSession, persona_id: str) -> int:
    """How many places an assistant reads, disabled ones included."""
    counted = select(func.count()).where(PersonaSourceRow.persona_id == persona_id)
    return await session.scalar(counted) or 0


async def slugs_of_models(session: TenantSession, rows: Sequence[PersonaRow]) -> Mapping[str, str]:
    """By what slugs assistants are called, by the ids of their models."""
    ids = [row.published_model_id for row in rows if row.published_model_id is not None]
    found = await session.execute(select(FrontendModel.id, FrontendModel.slug).where(FrontendModel.id.in_(ids)))
    return {row.id: row.slug for row in found}


async def page_of(session: TenantSession, kind: type[Listed], wanted: Select[Any], page: PageRequest) -> Page[Listed]:
    """Read one page of a list, by id: the order things were made in."""
    if page.after is not None:
        wanted = wanted.where(kind.id < page.after if page.order == "desc" else kind.id > page.after)
    by = kind.id.desc() if page.order == "desc" else kind.id.asc()
    rows: Sequence[Listed] = (await session.scalars(wanted.order_by(by).limit(page.limit + 1))).all()
    return cut(rows, page, lambda row: row.id)
