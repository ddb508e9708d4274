"""Answering, personas: one call of an assistant: what is added to it, and what becomes of its answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.accounting.stages import Stages
from app.inference.enriching import reading_changed
from app.inference.ports import ChatStream, Completion
from rag.citations import Markers
from rag.cited_frames import CitedFrames, Facts
from rag.context import Context, Count, Offered, compose
from rag.looking import Looking
from rag.noted import noted
from rag.nothing import said_of_nothing
from rag.personas.values import Grounding
from rag.retrieval.stages import Took
from rag.strategies.sayable import sayable
from rag.telling import Looked, annotations_of, retrieval_of

_WITHHELD = (
    "Nothing that may be shown to whoever asks was found for this question. Say that your sources hold nothing about"
    " it, and nothing else."
)
_JSON = frozenset({"json_object", "json_schema"})
_LOOK_SECONDS = 1.0  # for which a stream goes on before it is asked again whether it may


@dataclass(slots=True)
class Enriched:
    """What was found for one question, offered to a model only as far as its caller may read it then."""

    looking: Looking
    question: str
    looked: Looked
    fields: Mapping[str, Any]
    room: int
    count: Count
    told: bool  # whether its caller understands events between frames
    took: Took  # to look for it
    _composed: Context = field(default_factory=Context)
    _looked_at: float = 0.0  # when it was last asked what of it may be read
    _answers: list[Markers] = field(default_factory=list)  # that were read, or are being read

    def __post_init__(self) -> None:
        self._compose(self.looked.gathered.pieces)

    @property
    def reply(self) -> str | None:
        """That there is nothing, where an assistant answers from its sources alone."""
        if self.looking.persona.grounding is not Grounding.STRICT or self._composed.offered:
            return None
        return said_of_nothing(self.looking.persona, self.question, self.looked.gathered)

    @property
    def offered(self) -> Sequence[Offered]:
        """What a model is given, as it was last composed: some of it may be hidden by now."""
        return self._composed.offered

    @property
    def tokens(self) -> int:
        """About how many tokens are added."""
        return self._composed.tokens

    async def context(self) -> str:
        """What is appended to the system message, without what the caller may read no more."""
        offered = self._composed.offered
        readable = await self._readable()
        if len(readable) < len(offered):
            kept = await self.looking.sees(self.looked.gathered.pieces)
            self._compose(kept)
        if not self._composed.offered and self.looking.persona.grounding is Grounding.STRICT:
            return _WITHHELD
        return self._composed.text

    async def finish(self, completion: Completion) -> Completion | None:
        """The answer with what its numbers name; None if it was made of what may be read no more."""
        readable = await self._readable()
        if len(readable) < len(self._composed.offered):
            return None
        choices = completion.body.get("choices")
        made = [self._annotated(one, readable) for one in choices] if isinstance(choices, list) else choices
        body = {**completion.body, "choices": made, "retrieval": retrieval_of(await self._told(), readable)}
        return replace(completion, body=body)

    def noted(self) -> Stages:
        """What the call went through so far."""
        cited = {one.marker for answer in self._answers for one in answer.cited}
        return noted(self.took, self.looked.gathered.pieces, self._composed.offered, cited)

    def frames(self, opened: ChatStream) -> ChatStream:
        """The same for an answer that comes piece by piece."""
        return CitedFrames(opened, self._markers, self._facts, self._still, told=self.told)

    async def _facts(self) -> Facts:
        readable = await self._whole()
        return Facts(retrieval_of(await self._told(), readable), lambda cited: annotations_of(cited, readable))

    async def _told(self) -> Looked:
        """How it was looked for, without words out of what may be read no more."""
        return replace(self.looked, steps=await sayable(self.looked.steps, self.looking.sees))

    async def _still(self) -> None:
        """Refuse to go on with what is made of something that may be read no more; asked every second."""
        if self._composed.offered and time.monotonic() - self._looked_at >= _LOOK_SECONDS:
            await self._whole()

    async def _whole(self) -> Sequence[Offered]:
        """What was offered, as long as all of it may be read."""
        readable = await self._readable()
        if len(readable) < len(self._composed.offered):
            raise reading_changed()
        return readable

    async def _readable(self) -> Sequence[Offered]:
        """What was offered and may be read at this moment."""
        offered = self._composed.offered
        self._looked_at = time.monotonic()
        kept = {id(piece) for piece in await self.looking.sees([one.piece for one in offered])}
        return [one for one in offered if id(one.piece) in kept]

    def _compose(self, pieces: Sequence[Any]) -> None:
        self._composed = compose(self.looking.persona, pieces, self.room, self.count)
        self.looked = replace(self.looked, crowded_out=bool(pieces) and not self._composed.offered)

    def _markers(self) -> Markers:
        form = self.fields.get("response_format")
        as_json = isinstance(form, Mapping) and form.get("type") in _JSON
        self._answers.append(Markers({one.marker for one in self._composed.offered}, untouched=as_json))
        return self._answers[-1]

    def _annotated(self, choice: Any, readable: Sequence[Offered]) -> Any:
        message = choice.get("message") if isinstance(choice, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(content, str):
            return choice
        markers = self._markers()
        said = markers.feed(content) + markers.end()
        annotations = [*(message.get("annotations") or ()), *annotations_of(markers.cited, readable)]
        return {**choice, "message": {**message, "content": said, "annotations": annotations}}
