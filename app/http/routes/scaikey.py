"""Roof, HTTP: what ScaiKey tells us; let in by its signature alone."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request

from app.errors import PayloadTooLarge, ValidationFailed
from app.http.envelope import Success, Wire, success
from app.http.gate import public
from app.http.json_body import NotJson, read_json
from app.http.route import GatedRoute
from app.identity.errors import WebhookSignatureInvalid
from app.wiring import Platform

router = APIRouter(prefix="/v1/webhooks/scaikey", tags=["webhooks"], route_class=GatedRoute)
HEADER = "X-ScaiKey-Signature"
_MOST_BYTES = 256 * 1024
_DESCRIBED: dict[str, Any] = {
    "parameters": [
        {
            "name": HEADER,
            "in": "header",
            "required": False,
            "description": '`t=<unix>,v1=<hex HMAC-SHA256(secret, "{t}.{raw body}")>`; several `v1` are allowed.',
            "schema": {"type": "string", "maxLength": 2000},
        }
    ],
    "requestBody": {
        "description": "An event: its `id`, and the `tenant_id` it is about where it is about one.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}


class EventTaken(Wire):
    """That an event was understood; the same the second time."""

    received: Literal[True]


@router.post("", operation_id="take_scaikey_event", openapi_extra=_DESCRIBED)
@public()
async def take_event(request: Request) -> Success[EventTaken]:
    """Take an event of ScaiKey: its groups are then read anew, within seconds."""
    platform: Platform = request.app.state.platform
    hooks = platform.directory_hooks
    if hooks is None:
        raise WebhookSignatureInvalid
    header = request.headers.get(HEADER, "")
    hooks.expect(header)
    body = await _bounded(request)
    hooks.verify(header, body)
    await hooks.take(_event(body), header.encode() + b"\n" + body)
    return success(EventTaken(received=True))


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise PayloadTooLarge(f"An event has at most {_MOST_BYTES} bytes.")
    return bytes(body)


def _event(body: bytes) -> dict[str, Any]:
    try:
        said = read_json(body)
    except NotJson as unread:
        raise ValidationFailed.of("body", unread.reason) from None
    if not isinstance(said, dict):
        raise ValidationFailed.of("body", "must be a JSON object")
    return said
