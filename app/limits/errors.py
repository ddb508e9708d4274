"""Ground floor, limits: the refusal of what comes too often."""

from __future__ import annotations

from app.errors import Kind, PlatformError


class RateLimited(PlatformError):
    """Too many requests in the last minute."""

    code = "RATE_LIMITED"
    kind = Kind.LIMITED
