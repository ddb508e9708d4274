"""Ground floor, blobs: what can go wrong with them."""

from __future__ import annotations

from app.errors import Kind, PlatformError


class StorageError(PlatformError):
    """The store of files failed; nothing was kept half, and trying again later may work."""

    code = "STORAGE_ERROR"
    kind = Kind.UPSTREAM

    def __init__(self, why: str) -> None:
        super().__init__(f"The store of files failed ({why}). Try again later.")
