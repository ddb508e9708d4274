"""Ground floor, identity: why somebody is not let in."""

from __future__ import annotations

from app.errors import Kind, PlatformError


class TokenMissing(PlatformError):
    """No credential came with the request."""

    code = "AUTH_TOKEN_MISSING"
    kind = Kind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Send an API key or token as `Authorization: Bearer …`.")


class TokenInvalid(PlatformError):
    """The credential is not, or no longer, good; which of the reasons it is stays ours."""

    code = "AUTH_TOKEN_INVALID"
    kind = Kind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("This credential is not valid, has ended, or its user or tenant is suspended.")


class InsufficientScope(PlatformError):
    """The user may, but this key was made for less."""

    code = "AUTH_INSUFFICIENT_SCOPE"
    kind = Kind.FORBIDDEN
