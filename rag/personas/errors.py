"""Answering, personas: what can go wrong with assistants."""

from __future__ import annotations

from app.errors import Kind, NotFound, PlatformError, QuotaExceeded


class PersonaNotFound(NotFound):
    """No such persona, or not one this caller may see."""

    code = "PERSONA_NOT_FOUND"


class PersonaSourceNotFound(NotFound):
    """The persona has no such source."""

    code = "PERSONA_SOURCE_NOT_FOUND"


class PersonaAvatarNotFound(NotFound):
    """The persona has no picture, or there is no such persona."""

    code = "PERSONA_AVATAR_NOT_FOUND"


class PersonaModelNotFound(NotFound):
    """The persona's `model_slug` names no model that its tenant sees."""

    code = "PERSONA_MODEL_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__(
            "The persona's model_slug names no model your tenant sees; GET /v1/models lists those it does."
        )


class PersonaSlugConflict(PlatformError):
    """Another persona in this tenant already answers to that slug."""

    code = "PERSONA_SLUG_CONFLICT"
    kind = Kind.CONFLICT

    def __init__(self, slug: str) -> None:
        super().__init__(f"The slug {slug!r} is taken by another persona; choose another or change that one.")


class TooManyPersonas(QuotaExceeded):
    """A tenant has an end to how many personas it keeps."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The tenant keeps {most} personas, which is the limit; delete one first.")


class PersonaSourceConflict(PlatformError):
    """The persona reads this place already."""

    code = "PERSONA_SOURCE_CONFLICT"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("The persona reads this place already; change that source instead.")
