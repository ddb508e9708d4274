"""Ground floor, inference: the only way to a model: resolve, reserve, ask, settle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.identity.caller import Caller
from app.inference.callable import CallableModel, LinkedBackend
from app.inference.calls import Meter, MeteredCall
from app.inference.catalogue import Catalogue
from app.inference.enriching import Enricher, reading_changed
from app.inference.errors import BackendFailure, UpstreamShapeMismatch
from app.inference.failover import Failover
from app.inference.ports import ChatStream, Completion, EmbedCall, Embeddings, ModelBackend, Usage
from app.inference.preparation import estimate_input, estimate_output, estimate_texts
from app.inference.told import Frames, News, told
from app.inference.turns import ChatRequest, Turn

__all__ = ["CHAT", "EMBEDDING", "ChatRequest", "Gateway", "MeteredFrames"]

Epochs = Mapping[str, int]
CHAT: Final = "chat"
EMBEDDING: Final = "embedding"
_ATTEMPTS = 3  # at an answer that is made of nothing its caller may not read


@dataclass(frozen=True, slots=True)
class Gateway:
    """Asks models on behalf of callers; `epochs` are those the request has read already."""

    catalogue: Catalogue
    meter: Meter
    failover: Failover
    enricher: Enricher | None = None

    async def chat(self, caller: Caller, request: ChatRequest, epochs: Epochs) -> Completion:
        """Answer in one piece."""
        models, call = await self._open_chat(caller, request, epochs)
        turn, spent = Turn.of(request, models, call, epochs, self.enricher), Usage(0, 0)
        try:
            for _ in range(_ATTEMPTS):
                completion = await self.failover.first(models, call, turn.complete, turn.before_completing)
                spent = spent.with_more(completion.usage)
                finished = await turn.finished(completion)
                if finished is not None:
                    break
            else:
                raise reading_changed()
        except BaseException as error:
            call.fail(error, spent if spent.input_tokens else None)
            raise
        call.says(request.fields.get("messages"), finished.body.get("choices"))
        call.succeed(spent)
        return finished

    async def stream(self, caller: Caller, request: ChatRequest, epochs: Epochs) -> Frames:
        """Start a streamed answer; failures up to its first frame are raised here, later ones by the frames."""
        models, call = await self._open_chat(caller, request, epochs)
        turn = Turn.of(request, models, call, epochs, self.enricher)
        if not (turn.is_enriched and request.events):
            return await self._opened(models, call, turn)
        news = News()
        turn.tell = news.tell
        opening = asyncio.create_task(self._opened(models, call, turn))
        opening.add_done_callback(lambda ended: call.cancel() if ended.cancelled() else None)  # were it before it began
        return await told(opening, news)

    async def _opened(self, models: Sequence[CallableModel], call: MeteredCall, turn: Turn) -> Frames:
        try:
            opened = await self.failover.first(models, call, turn.open, turn.before_opening)
        except BaseException as error:
            call.fail(error)
            raise
        call.first_token()
        return MeteredFrames(turn.answering(opened), call, self.failover)

    async def embed(
        self, caller: Caller, slug: str, wanted: EmbedCall, epochs: Epochs, *, invoked: bool = True
    ) -> Embeddings:
        """Turn texts into vectors, metered to the caller; `invoked` as for the catalogue."""
        models = await self.catalogue.resolve(caller, slug, EMBEDDING, invoked=invoked, epoch=epochs.get("catalogue"))
        estimate = Usage(estimate_texts(wanted.inputs), 0, estimated=True)
        call = await self.meter.open(caller, models[0], EMBEDDING, estimate, epochs.get("budgets"))

        async def ask(backend: ModelBackend, _model: CallableModel, link: LinkedBackend) -> Embeddings:
            done = await backend.embed(EmbedCall(link.upstream_model, wanted.inputs, wanted.dimensions))
            _expect_length(done, wanted.dimensions or link.dimensions)
            return done

        try:
            embeddings = await self.failover.first(models, call, ask)
        except BaseException as error:
            call.fail(error)
            raise
        call.succeed(embeddings.usage)
        return embeddings

    async def _open_chat(
        self, caller: Caller, request: ChatRequest, epochs: Epochs
    ) -> tuple[Sequence[CallableModel], MeteredCall]:
        models = await self.catalogue.resolve(
            caller, request.slug, CHAT, invoked=request.invoked, epoch=epochs.get("catalogue")
        )
        first = models[0]
        estimate = Usage(estimate_input(request.fields), estimate_output(first, request.fields), estimated=True)
        return models, await self.meter.open(caller, first, CHAT, estimate, epochs.get("budgets"))


@dataclass(slots=True, eq=False)
class MeteredFrames:
    """Passes a stream's frames on and settles its call when they end, for whatever reason, were it before the first."""

    opened: ChatStream
    call: MeteredCall
    failover: Failover
    _pieces: AsyncIterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._pieces = aiter(self.opened)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """Return one or more whole frames."""
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            self.call.succeed(self._taken())
            raise
        except BaseException as error:
            if isinstance(error, BackendFailure) and self.call.link is not None:
                self.failover.broke(error, self.call.link)
            self.call.fail(error, self._taken())
            raise

    async def aclose(self) -> None:
        """Stop the backend's work; a call that had not ended was cancelled."""
        try:
            await self.opened.aclose()
        finally:
            self.call.cancel(self._taken())

    def _taken(self) -> Usage:
        """What a stream took: what its backend says, else as many tokens as frames came."""
        return self.opened.usage or Usage(self.call.estimate.input_tokens, self.opened.frames, estimated=True)


def _expect_length(embeddings: Embeddings, dimensions: int | None) -> None:
    """A backend that was declared with another length of vectors answers what nobody here can use."""
    if dimensions is not None and embeddings.vectors.shape[1] != dimensions:
        raise UpstreamShapeMismatch("The backend's embeddings are not of the length it was declared with.")
