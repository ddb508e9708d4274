"""Roof, MCP: ask: a call of an assistant as any other: metered, within budgets, and ended with the right to it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.errors import Unavailable
from app.http.model_calls import chat_request, whole
from app.http.visit import Visit
from app.mcp.links import document_url
from app.mcp.naming import persona_named
from app.mcp.wire import AskAsked


async def ask(visit: Visit, asked: AskAsked) -> dict[str, Any]:
    """Have an assistant answer a question."""
    model = await persona_named(visit, asked.persona)
    message = {"role": "user", "content": asked.question}
    answer = await whole(visit, chat_request({"model": model.slug, "messages": [message]}))
    if isinstance(answer, Response):
        raise Unavailable("Whoever asked has gone.")
    body: dict[str, Any] = answer.body
    choice = (body.get("choices") or [{}])[0]
    text = (choice.get("message") or {}).get("content") or ""
    retrieval = body.get("retrieval") or {}
    told = [one for one in retrieval.get("citations") or () if f"[{one['marker']}]" in text]
    return {
        "answer": text,
        "persona": model.slug,
        "citations": [_citation(visit, one) for one in told],
        "status": retrieval.get("status"),
    }


def _citation(visit: Visit, told: dict[str, Any]) -> dict[str, Any]:
    document_id = told["document_id"]
    return {
        "marker": told["marker"],
        "document_id": document_id,
        "title": told["document_name"],
        "quote": told["quote"],
        "url": told["url"] if document_id is None else document_url(visit, document_id, told["chunk_id"]),
        "page": told["page"],
    }
