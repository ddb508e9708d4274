"""Allowing: what cannot be found, done or decided."""

from __future__ import annotations

from app.errors import FieldIssue, Kind, NotFound, PlatformError, Unavailable


class CollectionNotFound(NotFound):
    """No such collection, or not the caller's to see."""

    code = "COLLECTION_NOT_FOUND"


class DocumentNotFound(NotFound):
    """No such document, or not the caller's to see."""

    code = "DOCUMENT_NOT_FOUND"


class AceNotFound(NotFound):
    """The list has no such entry of its own, or it has ended; what is inherited is changed where it comes from."""

    code = "ACE_NOT_FOUND"


class LastAdministrator(PlatformError):
    """Nobody but administrators could change the access to this collection any more; they can insist."""

    code = "LAST_ADMINISTRATOR"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "Nobody would be left who can change access to this collection."
            " A tenant-admin can insist with `?force=true`."
        )


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
