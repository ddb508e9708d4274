"""Roof, MCP: pages of other places do not speak to it, whatever name they gave themselves (DNS rebinding)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request

from app.errors import PermissionDenied
from app.http.base_url import base_of, public_url_of


def require_own_origin(request: Request) -> None:
    """Refuse a browser that does not show a page of ours; whoever is no browser names no origin."""
    origin = request.headers.get("origin")
    if origin is not None and not _is_own(request, origin):
        raise PermissionDenied("Pages of this origin do not speak to this server.")


def _is_own(request: Request, origin: str) -> bool:
    known = public_url_of(request)
    said = base_of(request)
    if known:
        return origin == _origin_of(known)
    # Nobody has told us our name, and any name can be made to lead here: only numbers and localhost cannot.
    return origin == said and _cannot_be_rebound(said)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _cannot_be_rebound(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
