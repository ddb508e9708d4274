"""Roof, HTTP: pictures as answers: of a known kind, kept by whoever asked, and never run as a page."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.pictures import Picture

PICTURES: dict[str, Any] = {
    media: {"schema": {"type": "string", "format": "binary"}} for media in ("image/png", "image/jpeg")
}


def picture_answer(request: Request, picture: Picture) -> Response:
    """Give a picture, or say that the one already there is still it."""
    tag = f'"{hashlib.sha256(picture.data).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=3600",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(picture.data, media_type=picture.media_type, headers=headers)
