"""Roof, HTTP: where a request carries its credential."""

from __future__ import annotations

from fastapi import Request


def bearer_of(request: Request) -> str | None:
    """Return the bearer of the Authorization header; another scheme counts as none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() or None if scheme.lower() == "bearer" else None
