"""Answering, personas: assistants as answers need them, known to a process until the catalogue changes."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Engine, Table, select

from app.db.base import CATALOGUE
from app.db.epochs import read_epochs
from app.db.lane import Lane
from rag.personas.tables import PersonaRow, PersonaSourceRow
from rag.personas.values import Grounding, Persona, SearchType, Source, SourceType, StatusMode, Strategy

_PERSONAS = cast("Table", PersonaRow.__table__)
_SOURCES = cast("Table", PersonaSourceRow.__table__)
_MOST = 2_000  # remembered at once


class Wanted(NamedTuple):
    """An assistant of a tenant."""

    persona_id: str
    tenant_id: str


class Known(NamedTuple):
    """What there was of one at an epoch."""

    epoch: int
    persona: Persona | None


class Configured:
    """Knows assistants; what it remembers is used only at the epoch of the catalogue it was read at."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=False)
        self._held: OrderedDict[Wanted, Known] = OrderedDict()
        self._lane: Lane[Wanted, Known] = Lane("personas", self._read)

    async def of(self, persona_id: str, tenant_id: str, epoch: int) -> Persona | None:
        """The assistant of an id, as it is at this epoch of the catalogue or a later one; None if there is none."""
        wanted = Wanted(persona_id, tenant_id)
        known = self._held.get(wanted)
        if known is None or known.epoch < epoch:
            known = await self._lane.ask(wanted)
            self._remember(wanted, known)
        else:
            self._held.move_to_end(wanted)
        return known.persona

    def close(self) -> None:
        """Stop the lane."""
        self._lane.close()

    def _remember(self, wanted: Wanted, known: Known) -> None:
        held = self._held.get(wanted)
        if held is None or held.epoch <= known.epoch:
            self._held[wanted] = known
            self._held.move_to_end(wanted)
        while len(self._held) > _MOST:
            self._held.popitem(last=False)

    def _read(self, wanted: Sequence[Wanted]) -> Sequence[Known]:
        with self._engine.connect() as connection:
            epoch = read_epochs(connection, [CATALOGUE])[CATALOGUE]  # first, so that it is never too new
            found = {Wanted(one.id, one.tenant_id): one for one in read_personas(connection, set(wanted))}
        return [Known(epoch, found.get(one)) for one in wanted]


def read_personas(connection: Connection, wanted: set[Wanted]) -> list[Persona]:
    """Read assistants of these ids and tenants, with the places they read at present, the oldest first."""
    ids = sorted({one.persona_id for one in wanted})
    rows = connection.execute(select(_PERSONAS).where(_PERSONAS.c.id.in_(ids))).mappings().all()
    active = select(_SOURCES).where(_SOURCES.c.persona_id.in_(ids), _SOURCES.c.status == "active")
    sources: defaultdict[str, list[Source]] = defaultdict(list)
    for row in connection.execute(active.order_by(_SOURCES.c.id)).mappings():
        sources[row["persona_id"]].append(source_of(row))
    named = [row for row in rows if Wanted(row["id"], row["tenant_id"]) in wanted]
    return [persona_from(row, tuple(sources[row["id"]])) for row in named]


def source_of(row: Any) -> Source:
    """A place as a value, from its row."""
    return Source(row["id"], SourceType(row["source_type"]), row["source_id"], row["source_name"], row["weight"])


def persona_from(row: Any, sources: tuple[Source, ...]) -> Persona:
    """An assistant as a value, from what its columns say."""
    return Persona(
        id=row["id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        slug=row["slug"],
        model_slug=row["model_slug"],
        rag_enabled=row["rag_enabled"],
        strategy=Strategy(row["rag_strategy"]),
        top_k=row["rag_top_k"],
        min_score=row["rag_min_score"],
        template=row["rag_context_template"],
        search_type=SearchType(row["rag_search_type"]),
        status_mode=StatusMode(row["status_messages_mode"]),
        status_messages=MappingProxyType(dict(row["rag_status_messages"])),
        grounding=Grounding(row["grounding"]),
        sources=sources,
    )
