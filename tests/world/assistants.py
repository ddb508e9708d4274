"""Assistants of one test, given to the enricher as they are, and the models they are called by."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from app.db.tenancy import Reach
from app.ids import new_id
from app.inference.callable import BackendLinkValue
from app.inference.frontend_models import PERSONA_ID, ModelDraft, add_model
from app.wiring import Platform
from app.wiring.assistants import enricher
from rag.personas.values import Persona, SearchType, Source, SourceType
from tests.world.passages import Written
from tests.world.people import Organisation
from tests.world.platform import Running, running, settings_for
from tests.world.served import backend_for
from tests.world.upstream import Upstream


@dataclass
class KnownPersonas:
    """Assistants by id; one that is changed here is changed for the next call."""

    known: dict[str, Persona] = field(default_factory=dict)

    async def of(self, persona_id: str, tenant_id: str, epoch: int) -> Persona | None:
        """The one of that id, of that tenant alone."""
        found = self.known.get(persona_id)
        return found if found is not None and found.tenant_id == tenant_id else None


@asynccontextmanager
async def assisting(home: Path, personas: KnownPersonas, database_url: str = "") -> AsyncIterator[Running]:
    """A platform whose enricher knows these assistants."""

    def refit(made: Platform) -> Platform:
        return replace(made, gateway=replace(made.gateway, enricher=enricher(personas, made.library)))

    async with running(settings_for(home, database_url), refit=refit) as platform:
        yield platform


@dataclass
class Assistant:
    """One of them, and by what slug it is called."""

    personas: KnownPersonas
    id: str
    slug: str

    def change(self, **changes: Any) -> None:
        """Make it another for the next call."""
        self.personas.known[self.id] = replace(self.personas.known[self.id], **changes)


async def assistant(
    personas: KnownPersonas,
    acme: Organisation,
    root: httpx.AsyncClient,
    ups: Sequence[Upstream | str],
    *places: Written,
    model: dict[str, Any] | None = None,
    **more: Any,
) -> Assistant:
    """One over some collections whose model is served by scripted servers; it looks by words unless told otherwise."""
    id_ = new_id("per")
    sources = tuple(
        Source(new_id("src"), SourceType.COLLECTION, one.id, f"Shelf {n}") for n, one in enumerate(places, 1)
    )
    said: dict[str, Any] = {"rag_enabled": True, "sources": sources, "search_type": SearchType.KEYWORD, **more}
    personas.known[id_] = Persona(id_, acme.id, "Helper", "helper", "some/model", **said)
    links = [BackendLinkValue(await backend_for(root, up), number) for number, up in enumerate(ups)]
    draft = ModelDraft(
        slug=f"tenant/{acme.slug}/{id_[-12:].lower()}",
        display_name="Helper",
        modality="chat",
        backends=links,
        metadata={PERSONA_ID: id_},
        visibility="tenants",
        tenant_ids=[acme.id],
        **{"system_prompt_template": "Be kind.", **(model or {})},
    )
    async with acme.running.platform.transactions.open(Reach.everywhere()) as transaction:
        made = await add_model(transaction, draft)
        slug = made.slug
    return Assistant(personas, id_, slug)


@dataclass(frozen=True)
class Streamed:
    """What a stream said: its events by name, and its chunks."""

    events: list[tuple[str, dict[str, Any]]]

    @property
    def chunks(self) -> list[dict[str, Any]]:
        return [said for name, said in self.events if name == "message"]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [said for event, said in self.events if event == name]

    @property
    def text(self) -> str:
        parts = [choice["delta"].get("content") or "" for chunk in self.chunks for choice in chunk["choices"]]
        return "".join(parts)

    @property
    def annotations(self) -> list[dict[str, Any]]:
        return [
            one
            for chunk in self.chunks
            for choice in chunk["choices"]
            for one in choice["delta"].get("annotations") or ()
        ]


async def streamed(client: httpx.AsyncClient, path: str, **body: Any) -> Streamed:
    """Ask for a stream and read it to its end, which it must have."""
    events: list[tuple[str, dict[str, Any]]] = []
    name, done = "message", False
    async with client.stream("POST", path, json={"stream": True, **body}) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line == "data: [DONE]":
                done = True
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
                name = "message"
    assert done
    return Streamed(events)
