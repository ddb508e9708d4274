"""Allowing: which thing is meant, without anything of what it holds."""

from __future__ import annotations

from dataclasses import dataclass

from acl.permission import ResourceKind


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """A collection or a document, by its id."""

    kind: ResourceKind
    id: str

    @classmethod
    def collection(cls, collection_id: str) -> ResourceRef:
        """Mean a collection."""
        return cls(ResourceKind.COLLECTION, collection_id)

    @classmethod
    def document(cls, document_id: str) -> ResourceRef:
        """Mean a document."""
        return cls(ResourceKind.DOCUMENT, document_id)
