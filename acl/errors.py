"""Allowing: what cannot be found, done or decided."""

from __future__ import annotations

from app.errors import FieldIssue, Kind, NotFound, PlatformError, Unavailable


class CollectionNotFound(NotFound):
    """No such collection, or not the caller's to see."""

    code = "COLLECTION_NOT_FOUND"


class DocumentNotFound(NotFound):
    """No such document, or not the caller's to see."""

    code = "DOCUMENT_NOT_FOUND"


class AccessUndecided(Unavailable):
    """Something failed while deciding who may see what; nothing is shown then."""

    code = "ACCESS_UNDECIDED"

    def __init__(self) -> None:
        super().__init__("Access cannot be decided right now; try again shortly.", retry_after=5)


class InvalidAce(PlatformError):
    """The entry cannot be in this access list."""

    code = "INVALID_ACE"
    kind = Kind.INVALID

    @classmethod
    def of(cls, field: str, message: str) -> InvalidAce:
        """Blame one field."""
        return cls(f"{field}: {message}", details=[FieldIssue(field, message)])
