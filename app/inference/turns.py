"""Ground floor, inference: one conversation on its way to the models that may answer it, and its answer back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.inference.callable import CallableModel, LinkedBackend
from app.inference.calls import MeteredCall
from app.inference.enriching import Enricher, Enrichment, Occasion, Tell, may_be_enriched
from app.inference.failover import Before
from app.inference.ports import ChatCall, ChatStream, Completion, ModelBackend, Usage
from app.inference.preparation import estimate_input, estimate_output, prepare, within_limits
from app.inference.said import SaidStream, completion_of


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation to be answered by a model, in OpenAI's fields."""

    slug: str
    fields: Mapping[str, Any]
    include_usage: bool = False
    invoked: bool = True  # as for the catalogue
    bare: bool = False  # without the model's prompt, defaults and enrichment: what an assistant asks of its own model
    events: bool = False  # whether events of ours may stand between the frames of a stream
    bearer: str = field(default="", repr=False)  # of the caller, for what is asked elsewhere in their name


@dataclass(slots=True)
class Turn:
    """What is asked, what was added to it for each model that was tried, and what that makes of the answer."""

    request: ChatRequest
    call: MeteredCall
    epochs: Mapping[str, int]
    enricher: Enricher | None
    tell: Tell | None = None
    _added: dict[str, Enrichment] = field(default_factory=dict)  # by model

    @classmethod
    def of(
        cls,
        request: ChatRequest,
        models: Sequence[CallableModel],
        call: MeteredCall,
        epochs: Mapping[str, int],
        enricher: Enricher | None,
    ) -> Turn:
        """Have nothing added where nobody is who would."""
        wanted = enricher is not None and not request.bare and any(map(may_be_enriched, models))
        return cls(request, call, epochs, enricher if wanted else None)

    @property
    def is_enriched(self) -> bool:
        """Whether something may be added."""
        return self.enricher is not None

    async def complete(self, backend: ModelBackend, model: CallableModel, link: LinkedBackend) -> Completion:
        """Have a backend answer in one piece."""
        return await backend.complete(await self._chat_call(model, link))

    async def open(self, backend: ModelBackend, model: CallableModel, link: LinkedBackend) -> ChatStream:
        """Have a backend begin to answer."""
        return await backend.open(await self._chat_call(model, link))

    @property
    def before_completing(self) -> Before[Completion] | None:
        """What comes before a model is asked to answer in one piece."""
        return self._completed if self.is_enriched else None

    @property
    def before_opening(self) -> Before[ChatStream] | None:
        """What comes before a model is asked for a stream."""
        return self._streamed if self.is_enriched else None

    async def finished(self, completion: Completion) -> Completion | None:
        """The answer as its caller gets it; None if it has to be made anew."""
        added = self._added.get(self.call.model.id)
        return completion if added is None else await added.finish(completion)

    def answering(self, opened: ChatStream) -> ChatStream:
        """The same for a stream."""
        added = self._added.get(self.call.model.id)
        return opened if added is None else added.frames(opened)

    async def _completed(self, model: CallableModel) -> Completion | None:
        reply = await self._enriched(model)
        return None if reply is None else completion_of(reply, model.slug, self.request.fields)

    async def _streamed(self, model: CallableModel) -> ChatStream | None:
        reply = await self._enriched(model)
        if reply is None:
            return None
        return SaidStream(reply, model.slug, self.request.fields, include_usage=self.request.include_usage)

    async def _enriched(self, model: CallableModel) -> str | None:
        """Have something added; what there is to say without a model, if anything."""
        self.call.noted = None
        if self.enricher is None or not may_be_enriched(model):
            return None
        added = self._added.get(model.id)
        if added is None:
            occasion = Occasion(self.call.caller, self.request.fields, self.epochs, self.request.bearer, self.tell)
            added = await self.enricher.enrich(occasion, model)
            if added is None:
                return None
            self._added[model.id] = added
        self.call.noted = added.noted
        await self._set_aside(model, added)
        return added.reply

    async def _set_aside(self, model: CallableModel, added: Enrichment) -> None:
        """What is added is paid like all that is sent."""
        if added.reply is not None:
            self.call.model = model
            return
        asked = estimate_input(self.request.fields) + added.tokens
        estimate = Usage(asked, estimate_output(model, self.request.fields), estimated=True)
        await self.call.expects(model, estimate, self.epochs.get("budgets"))

    async def _chat_call(self, model: CallableModel, link: LinkedBackend) -> ChatCall:
        if self.request.bare:
            fields = within_limits(model, self.request.fields)
        else:
            added = self._added.get(model.id)
            fields = prepare(model, self.request.fields, "" if added is None else await added.context())
        return ChatCall(link.upstream_model, model.slug, fields, include_usage=self.request.include_usage)
