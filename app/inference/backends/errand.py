"""Ground floor, inference: one HTTP errand to a model server, and what its failures are called here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import httpx
from pydantic_core import from_json

from app.inference.backends.failures import failure_of_status, failures_translated
from app.inference.errors import BackendRefused, UpstreamShapeMismatch
from app.outbound.guard import Guard
from app.outbound.transport import Body, GuardedTransport, Limits

MAX_BODY = 64 * 1024 * 1024
_MAX_WORDS = 64 * 1024
_WORDS_S = 1.0
_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model server is and how long it may take."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # they carry the key
    query: str = ""
    timeout_s: float = 120.0  # a whole answer, or the first frame of a streamed one
    read_timeout_s: float = 60.0  # between two frames
    connect_timeout_s: float = 5.0
    connections: int = 256


class Refusal(BackendRefused):
    """A refusal together with what the server said; the words stay inside the adapter."""

    def __init__(self, words: bytes) -> None:
        super().__init__("The backend refuses this request as it stands.")
        self.words = words


def wait_at_most(response: httpx.Response, seconds: float) -> None:
    """Change how long the next pieces of an answer are waited for."""
    if isinstance(response.stream, Body):
        response.stream.timeout_s = seconds


class Errand:
    """Sends JSON to one server. Raises the errors of `app.inference.errors`, nothing else.

    It goes to the transport without an httpx client around it: cookies, redirects and authentication flows are not
    wanted here, and leaving them out saves a tenth of a millisecond a call.
    """

    def __init__(self, place: Place, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._place = place
        limits = Limits(connections=place.connections, connect_s=place.connect_timeout_s)
        self._transport = transport or GuardedTransport(Guard.for_configured(), limits=limits, repeat_unheard=True)
        self._urls: dict[str, httpx.URL] = {}
        said = {
            "accept": "application/json, text/event-stream",
            "accept-encoding": "identity",
            "user-agent": "ScaiGrid",
            "content-type": "application/json",
            **{name.lower(): value for name, value in place.headers.items()},
        }
        self._headers = [(name.encode(), value.encode()) for name, value in said.items()]

    async def post(self, path: str, payload: Mapping[str, object]) -> object:
        """Send an object, return the decoded answer."""
        return await self._whole("POST", path, _encoded(payload))

    async def get(self, path: str) -> object:
        """Return the decoded answer."""
        return await self._whole("GET", path, None)

    async def open(self, path: str, payload: Mapping[str, object]) -> httpx.Response:
        """Send an object, return once the server has accepted it; the caller reads and closes."""
        with failures_translated():
            return await self._accepted("POST", path, _encoded(payload))

    @property
    def read_timeout_s(self) -> float:
        """How long to wait between two frames."""
        return self._place.read_timeout_s

    async def names(self, path: str) -> list[str]:
        """Ask which models there are: a list of objects with ids, mostly under `data`."""
        body = await self.get(path)
        models = body.get("data") if isinstance(body, dict) else body
        if not isinstance(models, list):
            raise UpstreamShapeMismatch("The backend's list of models is not a list.")
        names = [model.get("id") for model in models if isinstance(model, dict)]
        return [name for name in names if isinstance(name, str)]

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._transport.aclose()

    async def _whole(self, method: str, path: str, content: bytes | None) -> object:
        with failures_translated():
            async with asyncio.timeout(self._place.timeout_s):
                response = await self._accepted(method, path, content)
                try:
                    body = await _bounded(response, MAX_BODY)
                finally:
                    await response.aclose()
        try:
            return said_in(body)
        except (ValueError, RecursionError):
            raise UpstreamShapeMismatch("The backend's answer is not JSON.") from None

    async def _accepted(self, method: str, path: str, content: bytes | None) -> httpx.Response:
        request = httpx.Request(
            method,
            self._url(path),
            headers=self._headers,
            content=content,
            extensions={"timeout": {"read": self._place.timeout_s}},
        )
        response = await self._transport.handle_async_request(request)
        if response.status_code == 200:
            return response
        words = await _words_of(response)
        if response.status_code in {400, 422}:
            raise Refusal(words)
        raise failure_of_status(response.status_code, response.headers)

    def _url(self, path: str) -> httpx.URL:
        url = self._urls.get(path)
        if url is None:
            if len(self._urls) > 256:
                self._urls.clear()
            url = self._urls[path] = httpx.URL(f"{self._place.base_url.rstrip('/')}{path}{self._place.query}")
        return url


def said_in(body: bytes) -> object:
    """What an answer says, as `json.loads` reads it; raises ValueError or RecursionError.

    Vectors come as megabytes of digits, and while they are read nothing else happens in this process. pydantic's own
    reader takes a sixth of the time. What it refuses is read as before: halves of surrogate pairs, a byte order mark,
    UTF-16, deep nesting.
    """
    try:
        return from_json(body)
    except ValueError:
        return json.loads(body)


def _encoded(payload: Mapping[str, object]) -> bytes:
    try:
        return _to_json(payload).encode()
    except ValueError:
        raise BackendRefused("The request holds a number that JSON cannot carry.") from None


async def _words_of(response: httpx.Response) -> bytes:
    """Read what stands behind a status, mostly to leave the connection fit for the next request."""
    wait_at_most(response, _WORDS_S)
    try:
        return await _bounded(response, _MAX_WORDS)
    except (httpx.TransportError, UpstreamShapeMismatch):
        return b""
    finally:
        await response.aclose()


async def _bounded(response: httpx.Response, limit: int) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise UpstreamShapeMismatch("The backend's answer is packed although that was not asked for.")
    pieces: list[bytes] = []
    size = 0
    async for piece in cast("httpx.AsyncByteStream", response.stream):
        size += len(piece)
        pieces.append(piece)
        if size > limit:
            raise UpstreamShapeMismatch("The backend's answer is larger than any answer should be.")
    return b"".join(pieces)
