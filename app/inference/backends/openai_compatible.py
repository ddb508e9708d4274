"""Ground floor, inference: any server that speaks OpenAI's protocol, Azure's and Mistral's among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import httpx

from app.inference.backends.errand import Errand, Place, Refusal
from app.inference.backends.frame_stream import FrameStream
from app.inference.backends.openai_embeddings import read_vectors
from app.inference.backends.openai_frames import ChunkFrames, failure_in_stream
from app.inference.backends.usage import estimated, read_usage
from app.inference.errors import UpstreamShapeMismatch
from app.inference.ports import ChatCall, ChatStream, Completion, EmbedCall, Embeddings


def openai_place(base_url: str, api_key: str | None, *, headers: Mapping[str, str] | None = None) -> Place:
    """Where an ordinary server is: its base URL ends before `/chat/completions`."""
    bearer = {"authorization": f"Bearer {api_key}"} if api_key else {}
    return Place(base_url, {**bearer, **(headers or {})})


def azure_place(endpoint: str, api_key: str, *, api_version: str, headers: Mapping[str, str] | None = None) -> Place:
    """Where an Azure resource is; use with `deployments=True`."""
    query = f"?api-version={quote(api_version, safe='')}"
    return Place(endpoint.rstrip("/") + "/openai", {"api-key": api_key, **(headers or {})}, query)


class OpenAICompatible:
    """A `ModelBackend` over OpenAI's protocol."""

    def __init__(
        self, place: Place, *, deployments: bool = False, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Set `deployments` where the model is part of the path, as on Azure."""
        self._errand = Errand(place, transport)
        self._deployments = deployments

    async def complete(self, call: ChatCall) -> Completion:
        """Answer in one piece."""
        payload = {**call.fields, "model": call.upstream_model, "stream": False}
        body = await self._errand.post(self._path("/chat/completions", call.upstream_model), payload)
        if not isinstance(body, dict):
            raise UpstreamShapeMismatch("The backend's answer is not an object.")
        choices = body.get("choices")
        if not isinstance(choices, list):
            # Some gateways say 200 and put the failure inside.
            raise (
                failure_in_stream(body["error"])
                if body.get("error")
                else UpstreamShapeMismatch("The backend's answer has no choices.")
            )
        body["model"] = call.shown_model
        usage = read_usage(body.get("usage")) or estimated([call.fields.get("messages")], [choices])
        return Completion(body, usage)

    async def open(self, call: ChatCall) -> ChatStream:
        """Start a streamed answer; returns with the first frame in hand."""
        payload = {**call.fields, "model": call.upstream_model, "stream": True}
        path = self._path("/chat/completions", call.upstream_model)
        try:
            response = await self._errand.open(path, {**payload, "stream_options": {"include_usage": True}})
        except Refusal as refusal:
            if b"stream_options" not in refusal.words:
                raise
            response = await self._errand.open(path, payload)
        frames = ChunkFrames(shown_model=call.shown_model, include_usage=call.include_usage)
        stream = FrameStream(response, frames, read_timeout_s=self._errand.read_timeout_s)
        await stream.begin()
        return stream

    async def embed(self, call: EmbedCall) -> Embeddings:
        """Embed every input in one request."""
        payload: dict[str, object] = {
            "model": call.upstream_model,
            "input": list(call.inputs),
            "encoding_format": "float",
        }
        if call.dimensions is not None:
            payload["dimensions"] = call.dimensions
        body = await self._errand.post(self._path("/embeddings", call.upstream_model), payload)
        if not isinstance(body, dict):
            raise UpstreamShapeMismatch("The backend's answer is not an object.")
        vectors = read_vectors(body.get("data"), count=len(call.inputs), dimensions=call.dimensions)
        return Embeddings(vectors, read_usage(body.get("usage")) or estimated(call.inputs))

    async def discover(self) -> Sequence[str]:
        """List the names the server knows."""
        return await self._errand.names("/models")

    async def probe(self, upstream_model: str) -> None:
        """Return if the server is reachable and accepts our credentials."""
        await self.discover()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._errand.aclose()

    def _path(self, path: str, model: str) -> str:
        return f"/deployments/{quote(model, safe='')}{path}" if self._deployments else path
