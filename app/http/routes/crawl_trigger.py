"""Roof, HTTP: calls from outside that start a saved crawl; let in by their signature alone."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from app.http.crawl_path import CrawlPath
from app.http.envelope import Success, success
from app.http.gate import public
from app.http.route import GatedRoute
from app.http.wire.crawls import CrawlTriggeredRead
from app.identity.errors import WebhookSignatureInvalid
from app.wiring import Platform
from indexing.crawls.signing import read_signature
from indexing.crawls.trigger import Trigger

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": 200}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


_DESCRIBED: dict[str, Any] = {
    "parameters": [
        _header("X-ScaiGrid-Signature", '`sha256=<hex HMAC-SHA256(secret, "{timestamp}.{raw body}")>`'),
        _header("X-ScaiGrid-Timestamp", "Unix seconds, at most 300 from now."),
        _header("X-Hub-Signature-256", "As GitHub signs: `sha256=<hex HMAC-SHA256(secret, raw body)>`"),
        _header("X-GitHub-Delivery", "With it: an id that is another one for every call."),
    ],
    "requestBody": {
        "description": "Whatever was signed; it is not read otherwise.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
}


@router.post("/crawls/{crawl_id}/trigger", operation_id="trigger_crawl", status_code=202, openapi_extra=_DESCRIBED)
@public()
async def trigger_crawl(request: Request, crawl_id: CrawlPath) -> Success[CrawlTriggeredRead]:
    """Start a saved crawl by a signed call: within 300 seconds of its making, and once."""
    platform: Platform = request.app.state.platform
    signed = read_signature(request.headers, platform.clock.now().timestamp())
    if signed is None:
        raise WebhookSignatureInvalid
    trigger = Trigger(
        platform.transactions,
        platform.jobs,
        platform.secrets,
        platform.credentials,
        platform.switchboard,
        platform.crawl_calls,
    )
    job = await trigger.pull(crawl_id, signed, request.stream())
    return success(CrawlTriggeredRead(id=job.id, status="pending"))
