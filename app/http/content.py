"""Roof, HTTP: which bodies are read at all."""

from __future__ import annotations

from email.message import Message

from fastapi import Request

from app.errors import UnsupportedMediaType


def expect_json(request: Request) -> None:
    """Refuse a body that does not say it is JSON, before any of it is read."""
    headers = request.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    said = Message()
    said["content-type"] = headers.get("content-type", "")
    subtype = said.get_content_subtype()
    if said.get_content_maintype() != "application" or not (subtype == "json" or subtype.endswith("+json")):
        raise UnsupportedMediaType("Send the body as JSON, with `Content-Type: application/json`.")
