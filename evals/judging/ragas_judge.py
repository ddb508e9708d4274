"""Measuring, judging: ragas, with its models behind our gateway; a slow library, loaded where somebody is judged."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ragas.embeddings import BaseRagasEmbedding
from ragas.llms import InstructorBaseRagasLLM
from ragas.metrics.collections import (
    AnswerRelevancy,
    ContextPrecisionWithReference,
    ContextRecall,
    FactualCorrectness,
    Faithfulness,
)

from app.inference.errors import BackendRefused
from evals.judging.hearing import Hearing, JudgesMind, Unreadable
from evals.judging.judge import Judged, Judgement, Material, Opinion

_VERDICTS = ("verdict", "attributed", "noncommittal")


class BlockingJudgeRefused(Exception):
    """A judge lives on the event loop and was called as if it did not; always a fault of ours."""


_REFUSED = BlockingJudgeRefused("Judging is done on the event loop; await agenerate() and aembed_text().")


@dataclass(frozen=True, slots=True)
class RagasJudge:
    """Judges by the metrics of ragas; each judgement is heard by itself, so that many may go on at once."""

    mind: JudgesMind

    async def faithfulness(self, said: Material) -> Judgement:
        """The share of its statements that can be inferred from the passages."""
        given = {"user_input": said.question, "response": said.answer, "retrieved_contexts": _texts(said)}
        return await self._judged(Judged.FAITHFULNESS, lambda llm, _: Faithfulness(llm=llm).ascore(**given))

    async def answer_relevancy(self, said: Material) -> Judgement:
        """How near the questions that it answers are to the one that was asked; nothing if it says nothing."""
        given = {"user_input": said.question, "response": said.answer}
        return await self._judged(
            Judged.ANSWER_RELEVANCY, lambda llm, texts: AnswerRelevancy(llm=llm, embeddings=texts).ascore(**given)
        )

    async def context_precision(self, said: Material) -> Judgement:
        """The mean precision at each passage that helps to the reference."""
        given = {"user_input": said.question, "reference": said.reference, "retrieved_contexts": _texts(said)}
        return await self._judged(
            Judged.CONTEXT_PRECISION, lambda llm, _: ContextPrecisionWithReference(llm=llm).ascore(**given)
        )

    async def context_recall(self, said: Material) -> Judgement:
        """The share of the reference's statements that the passages hold."""
        given = {"user_input": said.question, "reference": said.reference, "retrieved_contexts": _texts(said)}
        return await self._judged(Judged.CONTEXT_RECALL, lambda llm, _: ContextRecall(llm=llm).ascore(**given))

    async def factual_correctness(self, said: Material) -> Judgement:
        """F1 of the claims of the answer, and of the reference."""
        given = {"response": said.answer, "reference": said.reference}
        return await self._judged(
            Judged.FACTUAL_CORRECTNESS, lambda llm, _: FactualCorrectness(llm=llm).ascore(**given)
        )

    async def _judged(self, metric: Judged, score: Callable[[Any, Any], Awaitable[Any]]) -> Judgement:
        hearing = Hearing(self.mind)
        value: float | None = None
        without = ""
        try:
            value = _within(float((await score(HeardModel(hearing), HeardEmbedder(hearing))).value))
        except Unreadable as error:
            without = str(error)
        except BackendRefused:
            without = "The judge's model refused this request; it may be longer than it reads at once."
        if value is None and not without:
            without = "What the judge said comes to no number."
        return Judgement(
            metric, value, tuple(hearing.opinions), hearing.usage, hearing.calls, hearing.unreadable, without
        )


def _texts(said: Material) -> list[str]:
    return [passage for passage in said.passages if passage.strip()]


def _within(value: float) -> float | None:
    """A number from 0 to 1; sums and cosines may miss it by a hair, and a cosine may be below."""
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else None


class HeardModel(InstructorBaseRagasLLM):  # type: ignore[misc] # ragas has no types where it is not installed
    """The judge as ragas asks it for objects; what ragas would count as nothing is asked for again."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._reading = _Reading()

    def generate(self, prompt: str, response_model: Any) -> Any:
        """Refuse: a model is never waited for while nothing else goes on."""
        raise _REFUSED

    async def agenerate(self, prompt: str, response_model: Any) -> Any:
        """Have the judge answer by a form."""
        answer = await self._hearing.ask(prompt, partial(self._reading.read, response_model))
        for opinion in self._reading.opinions(answer):
            self._hearing.keep(opinion)
        return answer


class HeardEmbedder(BaseRagasEmbedding):  # type: ignore[misc] # as above
    """An embedding model as ragas asks it."""

    def __init__(self, hearing: Hearing) -> None:
        super().__init__()
        self._hearing = hearing

    def embed_text(self, text: str, **kwargs: Any) -> list[float]:
        """Refuse."""
        raise _REFUSED

    async def aembed_text(self, text: str, **kwargs: Any) -> list[float]:
        """Embed one text."""
        return (await self._hearing.embed([text]))[0]

    async def aembed_texts(self, texts: list[str], **kwargs: Any) -> list[list[float]]:
        """Embed several at once."""
        return await self._hearing.embed(texts)


@dataclass(slots=True)
class _Reading:
    """Reads the objects of one judgement, one after the other."""

    _statements: int | None = None  # that are to be judged next
    _passages: int = 0

    def read(self, form: Any, said: Mapping[str, Any]) -> Any:
        """Make it what ragas expects; ValueError where ragas would take it for less or more than was said."""
        answer = form.model_validate(said)
        fields: dict[str, Any] = answer.model_dump()
        if empty := [name for name, value in fields.items() if value == [] or (name == "question" and not value)]:
            raise ValueError(f"{empty[0]} is empty")
        listed = [one for value in fields.values() if isinstance(value, list) for one in value]
        judged = [one for one in listed if isinstance(one, dict)]
        if any(one[name] not in {0, 1} for one in (fields, *judged) for name in _VERDICTS if name in one):
            raise ValueError("a verdict is neither 0 nor 1")
        if any("verdict" in one for one in judged):
            if self._statements is not None and len(judged) != self._statements:
                raise ValueError(f"{self._statements} statements were given, {len(judged)} are judged")
            self._statements = None
        elif listed and not judged:
            self._statements = len(listed)
        return answer

    def opinions(self, answer: Any) -> Sequence[Opinion]:
        """What of it people want to read."""
        fields: dict[str, Any] = answer.model_dump()
        if "question" in fields:
            return [Opinion(fields["question"], holds=not fields["noncommittal"])]
        if "verdict" in fields:
            self._passages += 1
            return [Opinion(f"passage {self._passages}", holds=bool(fields["verdict"]), why=fields["reason"])]
        return [
            Opinion(one["statement"], holds=bool(one.get("verdict", one.get("attributed"))), why=one["reason"])
            for value in fields.values()
            for one in (value if isinstance(value, list) else ())
            if isinstance(one, dict)
        ]
