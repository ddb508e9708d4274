"""Measuring, runs: one question of one reader, answered exactly as a call of the assistant would be.

It is asked by the same way: the gateway, what assistants add to calls, and what their numbers name. The answer is made
of what the reader and whoever pays for it may both read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.clock import Clock
from app.identity.caller import Caller
from app.inference.callable import CallableModel
from app.inference.counting import TokenCounters
from app.inference.enriching import Occasion
from app.inference.gateway import ChatRequest, Gateway
from app.inference.ports import Completion
from app.inference.trial import TrialCatalogue
from evals.answers import Answered, Shown
from evals.values import Case
from rag.enriched import Enriched
from rag.enrichment import PersonaEnricher
from rag.eyes import PaidQuestions, ReaderLooking
from rag.looking import Asker, Library, Looking
from rag.personas.values import Persona
from rag.telling import quote_of

_NUMBER = re.compile(r"\d+")
_LONGEST_ANSWER, _LONGEST_PASSAGE = 200_000, 20_000  # characters that are kept


@dataclass(frozen=True, slots=True)
class Asking:
    """The parts that answers are made with."""

    gateway: Gateway
    library: Library
    counters: TokenCounters
    clock: Clock


@dataclass(frozen=True, slots=True)
class Subject:
    """The assistant that is asked, by what it is called, and who asks and pays."""

    persona: Persona
    model: CallableModel
    runner: Caller
    epochs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Got:
    """An answer, and what is told beside it."""

    answered: Answered
    retrieval: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OnePersona:
    """Knows one assistant, as it is measured."""

    persona: Persona

    async def of(self, persona_id: str, tenant_id: str, epoch: int) -> Persona | None:
        """It, if it is the one that is looked for."""
        wanted = (self.persona.id, self.persona.tenant_id)
        return self.persona if (persona_id, tenant_id) == wanted else None


@dataclass(frozen=True, slots=True)
class TrialEnricher(PersonaEnricher):
    """Adds to calls what it always would, with the eyes of a reader too, and keeps what it was."""

    reader: Caller | None = None
    added: list[Enriched] = field(default_factory=list)

    async def enrich(self, occasion: Occasion, model: CallableModel) -> Enriched | None:
        """What is added."""
        enriched = await PersonaEnricher.enrich(self, occasion, model)
        if enriched is not None:
            self.added.append(enriched)
        return enriched

    def looking(self, persona: Persona, asker: Asker, model: CallableModel) -> Looking:
        """What looks for it."""
        return ReaderLooking(self.library, persona, asker, model, self.reader)


async def answer(asking: Asking, subject: Subject, reader: Caller, case: Case) -> Got:
    """Ask one question; whatever keeps an assistant from answering is raised as its callers are told of it."""
    catalogue = TrialCatalogue(asking.gateway.catalogue, subject.model)
    gateway = replace(asking.gateway, catalogue=catalogue, enricher=None)
    questions = PaidQuestions(gateway, asking.counters, asking.clock, subject.runner)
    library = replace(asking.library, gateway=gateway, questions=questions)
    count = TokenCounters({}).of("", "").count
    other = None if reader.user_id == subject.runner.user_id else reader
    enricher = TrialEnricher(OnePersona(subject.persona), library, count, other)
    began = time.perf_counter()
    request = ChatRequest(subject.model.slug, {"messages": _messages(case)})
    completion = await replace(gateway, enricher=enricher).chat(subject.runner, request, subject.epochs)
    took = round((time.perf_counter() - began) * 1000, 1)
    enriched = enricher.added[-1] if enricher.added else None
    answered = replace(await _answered(completion, enriched), latency_ms=took)
    return Got(answered, _retrieval(completion))


def _messages(case: Case) -> list[dict[str, str]]:
    before = [{"role": turn.role, "content": turn.content} for turn in case.history]
    return [*before, {"role": "user", "content": case.question}]


async def _answered(completion: Completion, enriched: Enriched | None) -> Answered:
    message = _message(completion)
    text = str(message.get("content") or "")
    notes = [note["url_citation"] for note in message.get("annotations") or () if "url_citation" in note]
    numbers = [_NUMBER.findall(text[note["start_index"] : note["end_index"]]) for note in notes]
    plain = Answered(
        text=text[:_LONGEST_ANSWER],
        passages=(),
        cited=[int(number) for found in numbers for number in found],
        titles=[str(note.get("title") or "") for note in notes],
        searched=enriched is not None,
    )
    if enriched is None:
        return plain
    told = _retrieval(completion)
    return replace(
        plain,
        passages=await _passages(enriched),
        read=sorted({str(step["document_id"]) for step in told.get("steps", ()) if step.get("document_id")}),
        status=str(told.get("status", "")),
        steps=[step.kind for step in enriched.looked.steps],
        unasked=enriched.reply is not None,
    )


async def _passages(enriched: Enriched) -> Sequence[Shown]:
    """All that was found and may be read by now, best first, with the numbers of what was offered."""
    markers = {id(one.piece): one.marker for one in enriched.offered}
    pieces = await enriched.looking.sees(enriched.looked.gathered.pieces)
    return [
        Shown(
            document_id=getattr(piece.passage, "document_id", None),
            document_name=piece.passage.document_name,
            text=piece.passage.content[:_LONGEST_PASSAGE],
            quote=quote_of(piece.passage),
            score=round(piece.score, 6),
            marker=markers.get(id(piece)),
            chunk_id=getattr(piece.passage, "chunk_id", None),
            page=piece.passage.page,
        )
        for piece in pieces
    ]


def _message(completion: Completion) -> Mapping[str, Any]:
    choices: Any = completion.body.get("choices")
    return choices[0].get("message") or {} if choices else {}


def _retrieval(completion: Completion) -> Mapping[str, Any]:
    told: Any = completion.body.get("retrieval")
    return told if isinstance(told, Mapping) else {}
