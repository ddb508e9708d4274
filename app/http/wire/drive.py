"""Roof, HTTP shapes: shares of ScaiDrive."""

from __future__ import annotations

from app.http.envelope import Wire
from indexing.drive.shares import Share


class ShareRead(Wire):
    """A share that the caller may read in ScaiDrive; its id is what a source names."""

    id: str
    name: str
    description: str | None

    @classmethod
    def of(cls, share: Share) -> ShareRead:
        """Show a share."""
        return cls(id=share.id, name=share.name, description=share.description)
