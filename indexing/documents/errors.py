"""Knowing, documents: why a file is not taken in."""

from __future__ import annotations

from app.errors import Kind, PlatformError


class NothingToRetry(PlatformError):
    """Nothing of this document has failed or waits, so there is nothing to try again."""

    code = "NOTHING_TO_RETRY"
    kind = Kind.CONFLICT


class ContentNotThere(PlatformError):
    """The document has no content yet: it is still to be fetched from where it is."""

    code = "CONTENT_NOT_THERE"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This document has not been fetched yet; its status says how far it is.")


class DocumentChanged(PlatformError):
    """The document came or went while its file was being read; the same request again will do."""

    code = "DOCUMENT_CHANGED"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This document came or went while its file was being read; send the request again.")
