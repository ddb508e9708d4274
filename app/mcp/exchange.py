"""Roof, MCP: one message and its answer: read by our rules, dealt with by the protocol's library."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive

from app.errors import PayloadTooLarge
from app.http.json_body import NotJson
from app.http.visit import Visit
from app.mcp.listening import Listening

MOST_BYTES = 2**20  # questions are short; nothing is sent here to be kept
_PARSE_ERROR = -32700  # of JSON-RPC


@dataclass(slots=True)
class _Taken:
    """An answer in one piece, taken from the library before it is given."""

    status: int = 500
    media_type: str | None = None
    parts: list[bytes] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        """Take a part."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            named = dict(message["headers"]).get(b"content-type")
            self.media_type = named.decode("latin-1") if named else None
        else:
            self.parts.append(message.get("body", b""))

    def given(self) -> Response:
        """Give it on."""
        return Response(b"".join(self.parts), self.status, media_type=self.media_type)


async def exchanged(visit: Visit, listening: Listening) -> Response:
    """Answer a message as whoever sent this very request: nothing is kept from one to the next."""
    body = await visit.body()
    if len(body) > MOST_BYTES:
        raise PayloadTooLarge(f"A message may have {MOST_BYTES} bytes.")
    try:
        await visit.request.json()
    except NotJson as error:
        said = {"jsonrpc": "2.0", "id": None, "error": {"code": _PARSE_ERROR, "message": error.reason}}
        return JSONResponse(said, 400)
    answers, taken = await listening.answering(), _Taken()
    await answers(visit.request.scope, _once(body), taken.send)
    return taken.given()


def _once(body: bytes) -> Receive:
    """The body as the library reads it; that its sender has gone is noticed where something is done."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()  # for good: whoever asks is stopped with its request
        return left.pop()

    return receive
