"""Roof, MCP: where people read what an assistant found: the document's page in the console."""

from __future__ import annotations

from urllib.parse import quote

from app.http.base_url import base_of
from app.http.visit import Visit


def document_url(visit: Visit, document_id: str, chunk_id: str | None = None) -> str:
    """The page of a document, at a passage of it."""
    page = f"{base_of(visit.request)}/console/documents/{quote(document_id, safe='')}"
    return page if chunk_id is None else f"{page}?chunk={quote(chunk_id, safe='')}"
