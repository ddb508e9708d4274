"""Roof, HTTP: where a request carries its credential."""

from __future__ import annotations

from fastapi import Request

from app.http.base_url import base_of

MCP = "/mcp"
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"


def bearer_of(request: Request) -> str | None:
    """Return the bearer of the Authorization header; another scheme counts as none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() or None if scheme.lower() == "bearer" else None


def challenge(request: Request) -> str:
    """What is said to whoever came without one: to assistants also where it says who gives them out (RFC 9728)."""
    if request.url.path != MCP:
        return "Bearer"
    return f'Bearer resource_metadata="{base_of(request)}{RESOURCE_METADATA}{MCP}"'
