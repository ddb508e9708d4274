"""Answering, personas: what an assistant adds to the calls of its model: what it has found for whoever calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.db.base import CATALOGUE, MODULES
from app.inference.callable import CallableModel
from app.inference.enriching import Occasion, Tell, event
from app.inference.errors import ModelNotFound
from app.inference.frontend_models import PERSONA_ID
from rag.conversation import Asked, asked_in
from rag.enriched import Enriched
from rag.looking import Asker, Library, Looking
from rag.personas.stages import Stage, message, stage_of
from rag.personas.values import Persona
from rag.retrieval.stages import stopwatch
from rag.room import Count, room_for
from rag.sources.gathered import Step
from rag.telling import Looked

_MODULE = "scaipersona"


class Personas(Protocol):
    """Knows assistants."""

    async def of(self, persona_id: str, tenant_id: str, epoch: int) -> Persona | None:
        """The assistant of an id, as it is at this epoch of the catalogue or a later one."""


@dataclass(frozen=True, slots=True)
class PersonaEnricher:
    """Looks for what a call of an assistant is answered from, with the rights of whoever calls."""

    personas: Personas
    library: Library
    count: Count

    async def enrich(self, occasion: Occasion, model: CallableModel) -> Enriched | None:
        """What is added; nothing for an assistant without sources of knowledge."""
        persona = await self.persona_of(occasion, model)
        if not persona.rag_enabled:
            return None
        asked = asked_in(occasion.fields.get("messages"))
        telling = _telling(persona, occasion.tell)
        asker = Asker(occasion.caller, occasion.epochs, occasion.bearer or None)
        looking = self.looking(persona, asker, model)
        with stopwatch() as watch:
            gathered = await looking.run(asked.text, telling)
        enriched = Enriched(
            looking=looking,
            question=asked.text,
            looked=Looked(gathered, [*steps_of(asked), *gathered.steps]),
            fields=occasion.fields,
            room=room_for(model, occasion.fields, self.count),
            count=self.count,
            told=occasion.tell is not None,
            took=watch.took(),
        )
        _tell_end(persona, occasion.tell, answering=enriched.reply is None)
        return enriched

    def looking(self, persona: Persona, asker: Asker, model: CallableModel) -> Looking:
        """What looks for them."""
        return Looking(self.library, persona, asker, model)

    async def persona_of(self, occasion: Occasion, model: CallableModel) -> Persona:
        """The assistant behind a model, unless assistants are off; one that has just gone takes its model with it."""
        catalogue = await self.library.gateway.catalogue.snapshot(occasion.epochs.get(CATALOGUE))
        tenant_id = min(model.tenant_ids, default="")
        persona = await self.personas.of(str(model.metadata[PERSONA_ID]), tenant_id, catalogue.epoch)
        if persona is None:
            raise ModelNotFound
        await self.library.switchboard.require(persona.tenant_id, _MODULE, occasion.epochs.get(MODULES))
        return persona


def steps_of(asked: Asked) -> list[Step]:
    """What was done to a question before anything was looked for."""
    if not asked.from_before:
        return []
    return [Step("rewrite", {"by": "history", "query": asked.text, "earlier_questions": asked.from_before})]


def _telling(persona: Persona, tell: Tell | None) -> Callable[[Step], None]:
    """Tell who waits what is being done, each thing once in a row."""
    last: list[Stage] = []

    def told(step: Step) -> None:
        stage = stage_of(step.kind)
        if stage is not None and last[-1:] != [stage]:
            last.append(stage)
            _say(persona, tell, stage)

    return told


def _tell_end(persona: Persona, tell: Tell | None, *, answering: bool) -> None:
    _say(persona, tell, Stage.ANSWERING if answering else Stage.NOTHING_FOUND)


def _say(persona: Persona, tell: Tell | None, stage: Stage) -> None:
    said = message(persona, stage)
    if tell is not None and said is not None:
        tell(event("status", {"stage": str(stage), "message": said}))
