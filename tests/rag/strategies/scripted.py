"""A model that answers as it is told, and a share whose passages are known, for strategies by themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.inference.ports import Completion, Usage
from rag.personas.values import Persona, Source, SourceType, Strategy
from rag.search import Retrieved
from rag.sources.gathered import DrivePassage, Gathered, Piece, SourceFound, Step
from rag.strategies.strategy import Bounds, Means

Answers = Callable[[Mapping[str, Any]], dict[str, Any]]
SHARE = Source("src_1", SourceType.SCAIDRIVE, "shr_1", "Share")


def persona(strategy: Strategy = Strategy.MULTI_STEP, **said: Any) -> Persona:
    return Persona(
        "psn_1", "ten_1", "Ada", "ada", "model", rag_enabled=True, strategy=strategy, sources=(SHARE,), **said
    )


def text(said: str) -> dict[str, Any]:
    """A message that is words."""
    return {"role": "assistant", "content": said}


def calls(*wanted: tuple[str, Any]) -> dict[str, Any]:
    """A message that calls tools."""
    made = [
        {"id": f"call_{place}", "type": "function", "function": {"name": name, "arguments": json.dumps(said)}}
        for place, (name, said) in enumerate(wanted)
    ]
    return {"role": "assistant", "content": None, "tool_calls": made}


@dataclass(slots=True)
class Scripted:
    """Gives its answers in order, the last one again and again; an answer may be a failure, or made of the question."""

    answers: Sequence[dict[str, Any] | BaseException | Answers]
    writes: bool = True
    calls_tools: bool = True
    window: int = 32_768
    hangs: bool = False
    tokens: int = 10
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    stopped: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, fields: Mapping[str, Any]) -> Completion:
        self.asked.append(fields)
        self.begun.set()
        if self.hangs:
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped += 1
        made = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(made, BaseException):
            raise made
        message = made(fields) if callable(made) else made
        return Completion({"choices": [{"index": 0, "message": message}]}, Usage(self.tokens, self.tokens))

    def said(self, turn: int = -1) -> str:
        """All that the model was given in a turn."""
        return "\n".join(str(message["content"]) for message in self.asked[turn]["messages"])


@dataclass(slots=True)
class Shared:
    """Finds by words in common: first what has most of the question's."""

    texts: Sequence[str]
    asked: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)  # texts that may not be read any more
    status: Retrieved = Retrieved.OK

    async def __call__(self, text: str, top_k: int) -> Gathered:
        self.asked.append(text)
        words = _words(text)
        ranked = sorted(self.texts, key=lambda said: (-len(words & _words(said)), said))
        found = [self.piece(said, len(words & _words(said)) / len(words)) for said in ranked if words & _words(said)]
        there = [piece for piece in found if piece.passage.content not in self.gone][:top_k]
        step = Step("search", {"query": text, "found": len(there)})
        return Gathered(there, [SourceFound(SHARE, self.status, there)], [step])

    async def sees(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        return [piece for piece in pieces if piece.passage.content not in self.gone]

    def piece(self, said: str, score: float = 1.0) -> Piece:
        return Piece(SHARE, DrivePassage(f"name of {said[:10]}", said, score), score)


def means(mind: Scripted, share: Shared, told: list[Step] | None = None, **bounds: Any) -> Means:
    steps = told if told is not None else []
    return Means(mind, share.sees, tell=steps.append, bounds=Bounds(**bounds))


def contents(gathered: Gathered) -> list[str]:
    return [piece.passage.content for piece in gathered.pieces]


def kinds(gathered: Gathered) -> list[str]:
    return [step.kind for step in gathered.steps]


def fallbacks(gathered: Gathered) -> list[tuple[str, str]]:
    """To what it was degraded, and why."""
    return [(step.said["to"], step.said["reason"]) for step in gathered.steps if step.kind == "fallback"]


async def once_asked(mind: Scripted, going: asyncio.Task[Gathered]) -> None:
    """Wait until the model is asked, or nothing goes on any more."""
    begun = asyncio.create_task(mind.begun.wait())
    await asyncio.wait({begun, going}, return_when=asyncio.FIRST_COMPLETED)
    begun.cancel()
    await asyncio.wait({begun})


def _words(said: str) -> set[str]:
    return {word.strip(".,?!").lower() for word in said.split()}
