"""Ground floor, inference: Anthropic's Messages protocol behind OpenAI's terms."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import httpx

from app.inference.backends.anthropic_answer import completion_body, openai_usage, read_usage
from app.inference.backends.anthropic_frames import EventFrames
from app.inference.backends.anthropic_request import messages_request
from app.inference.backends.errand import Errand, Place
from app.inference.backends.frame_stream import FrameStream
from app.inference.backends.usage import estimated
from app.inference.errors import BackendRefused
from app.inference.ports import ChatCall, ChatStream, Completion, EmbedCall, Embeddings

VERSION = "2023-06-01"


def anthropic_place(base_url: str, api_key: str | None, *, headers: Mapping[str, str] | None = None) -> Place:
    """Where the server is; the base URL ends before `/v1/messages`, a `/v1` at its end is taken for what it is."""
    key = {"x-api-key": api_key} if api_key else {}
    return Place(base_url.rstrip("/").removesuffix("/v1"), {"anthropic-version": VERSION, **key, **(headers or {})})


class Anthropic:
    """A `ModelBackend` over the Messages protocol; it has no embeddings."""

    def __init__(self, place: Place, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._errand = Errand(place, transport)

    async def complete(self, call: ChatCall) -> Completion:
        """Answer in one piece."""
        said = await self._errand.post("/v1/messages", messages_request(call, stream=False))
        body = completion_body(said, shown_model=call.shown_model, created=int(time.time()))
        usage = read_usage(said.get("usage")) if isinstance(said, Mapping) else None
        usage = usage or estimated([call.fields.get("messages")], [body["choices"]])
        return Completion({**body, "usage": openai_usage(usage)}, usage)

    async def open(self, call: ChatCall) -> ChatStream:
        """Start a streamed answer; returns with the first frame in hand."""
        response = await self._errand.open("/v1/messages", messages_request(call, stream=True))
        frames = EventFrames(shown_model=call.shown_model, include_usage=call.include_usage, created=int(time.time()))
        stream = FrameStream(response, frames, read_timeout_s=self._errand.read_timeout_s)
        await stream.begin()
        return stream

    async def embed(self, call: EmbedCall) -> Embeddings:
        """Refuse: the protocol has no embeddings."""
        raise BackendRefused("This backend makes no embeddings.")

    async def discover(self) -> Sequence[str]:
        """List the names the server knows."""
        return await self._errand.names("/v1/models?limit=1000")

    async def probe(self, upstream_model: str) -> None:
        """Return if the server is reachable and accepts our credentials."""
        await self.discover()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._errand.aclose()
