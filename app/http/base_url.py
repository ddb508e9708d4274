"""Roof, HTTP: the address under which whoever asks reaches this server."""

from __future__ import annotations

import re

from starlette.requests import Request

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def public_url_of(request: Request) -> str:
    """The address this server is known by, where it was told one; else empty."""
    app = request.scope.get("app")
    platform = getattr(app.state, "platform", None) if app is not None else None
    return platform.settings.public_url if platform is not None else ""


def base_of(request: Request) -> str:
    """The address in front of every path, without a slash at its end; of what a client says no more than a host."""
    known = public_url_of(request)
    if known:
        return known
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        name, port = request.scope.get("server") or ("localhost", None)
        host = name if port is None else f"{name}:{port}"
    return f"{request.scope['scheme']}://{host}"
