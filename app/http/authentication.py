"""Roof, HTTP: where a request carries its credential."""

from __future__ import annotations

from fastapi import Request

from app.errors import Kind, PlatformError
from app.http.base_url import base_of, public_url_of
from app.identity.errors import InsufficientScope
from app.identity.tokens import ANYWHERE, Place

MCP = "/mcp"
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"


def bearer_of(request: Request) -> str | None:
    """Return the bearer of the Authorization header; another scheme counts as none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() or None if scheme.lower() == "bearer" else None


def place_of(request: Request) -> Place:
    """What tokens may be made for alone that are brought here: those of assistants may be for MCP and nothing else."""
    if request.url.path != MCP:
        return ANYWHERE
    known = public_url_of(request)  # a host that anybody may name in a header is no audience
    return Place(f"{known}{MCP}" if known else "", mcp_scope_of(request))


def mcp_scope_of(request: Request) -> str:
    """The scope that tokens need at MCP; empty where they need none."""
    scope: str = request.app.state.platform.settings.scaikey.mcp_scope
    return scope


def challenge(request: Request, error: PlatformError) -> str | None:
    """What is said to whoever came without a credential that is good here.

    Assistants are told where tokens for them are given out, and with which scope (RFC 9728, RFC 6750).
    """
    narrow = isinstance(error, InsufficientScope)
    if request.url.path != MCP:
        return "Bearer" if error.kind is Kind.UNAUTHENTICATED else None
    if not narrow and error.kind is not Kind.UNAUTHENTICATED:
        return None
    said = {"error": "insufficient_scope" if narrow else "", "scope": mcp_scope_of(request)}
    said["resource_metadata"] = f"{base_of(request)}{RESOURCE_METADATA}{MCP}"
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in said.items() if value)
