"""A judge that speaks OpenAI's protocol over a real wire and judges by plain rules, so that its word is known."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.world.openai_answers import completion, error
from tests.world.upstream import Answer, Upstream, listening

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


class LittleJudge(Upstream):
    """Takes a statement to be borne out where it stands word by word; answers by rules unless told to say something."""

    def __init__(self) -> None:
        super().__init__()
        self.instead: list[str] = []  # what it says next, whatever it is asked
        self.mumbles: set[str] = set()  # what it says nothing of use to
        self.away = 0  # the status of every answer, if set
        self.silent_after: int | None = None  # how many answers; it says nothing to whatever is asked then
        self.refuses: set[str] = set()  # fields of a request that it does not know
        self.asks: dict[str, str] = {}  # the question that an answer answers
        self.kinds: list[str] = []  # what it was asked to do

    def _next(self, path: str) -> Answer:
        asked = self.asked[-1].json
        if path != "/v1/chat/completions":
            return super()._next(path)
        if self.silent_after is not None and len(self.asked) > self.silent_after:
            return Answer(silent=True)
        if self.away or self.refuses & set(asked):
            return error(self.away or 400)
        if self.instead:
            return completion(self.instead.pop(0), usage=USAGE)
        said = json.dumps(self._judged(asked["messages"][1]["content"]))
        return completion("I would rather not say." if self.kinds[-1] in self.mumbles else said, usage=USAGE)

    def _judged(self, prompt: str) -> Mapping[str, Any]:
        given = json.loads(prompt.rpartition("\ninput: ")[2].rpartition("\nOutput:")[0])
        kind = next(name for name, (mark, _) in _DEEDS.items() if mark in prompt)
        self.kinds.append(kind)
        if kind == "question":
            question = self.asks.get(given["response"], "What is it?")
            return {"question": question, "noncommittal": int("nothing" in given["response"].lower())}
        return _DEEDS[kind][1](given)


def sentences(text: str) -> list[str]:
    """What stands between full stops."""
    return [part.strip() for part in re.findall(r"[^.]+\.", text)]


def _statements(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"statements": sentences(given["answer"])}


def _claims(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"claims": sentences(given["response"])}


def _verdicts(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "statements": [
            {"statement": one, "reason": _why(one in given["context"]), "verdict": int(one in given["context"])}
            for one in given["statements"]
        ]
    }


def _useful(given: Mapping[str, Any]) -> Mapping[str, Any]:
    holds = any(one in given["context"] for one in sentences(given["answer"]))
    return {"reason": _why(holds), "verdict": int(holds)}


def _attributed(given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = [(one, one in given["context"]) for one in sentences(given["answer"])]
    return {
        "classifications": [{"statement": one, "reason": _why(holds), "attributed": int(holds)} for one, holds in found]
    }


def _why(holds: bool) -> str:
    return "It stands there." if holds else "It stands nowhere."


_Deed = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_DEEDS: Mapping[str, tuple[str, _Deed]] = {
    "statements": ("Break down each sentence into one or more fully understandable statements", _statements),
    "verdicts": ("judge the faithfulness of a series of statements", _verdicts),
    "useful": ("verify if the context was useful", _useful),
    "attributed": ("classify if the statement can be attributed", _attributed),
    "claims": ("Decompose and break down each of the input sentences", _claims),
    "question": ("Generate a question for the given answer", _statements),
}


@asynccontextmanager
async def little_judge() -> AsyncIterator[LittleJudge]:
    """Run one until the block ends."""
    async with listening(LittleJudge()) as judge:
        yield judge
