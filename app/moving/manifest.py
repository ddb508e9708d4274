"""Roof, moving: what an export says of itself, and what its members are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from app.backup import sealing
from app.backup.errors import ArchiveDamaged
from app.backup.reading import Shape
from app.http.envelope import Wire
from app.secrets import Secrets

FORMAT = 1
COLLECTION, PRINCIPALS, ABSENT = "collection.json", "principals.ndjson", "absent.ndjson"
DOCUMENTS, CHUNKS, READINGS, EDITS = "documents", "chunks", "readings", "edits"
FILES, VECTORS = "files", "vectors"
SHAPE = Shape(
    re.compile(
        r"(documents|chunks|readings|edits|vectors)/\d{6,9}\.ndjson|files/doc_[0-9A-Z]{26}"
        r"|collection\.json|principals\.ndjson|absent\.ndjson"
    ),
    (COLLECTION, DOCUMENTS, CHUNKS, READINGS, EDITS, PRINCIPALS, FILES, ABSENT, VECTORS),
)
_SORT = "collections"  # another key than that of backups: the one can never be taken for the other
_Count = Annotated[int, Field(ge=0, strict=True)]


class Manifest(Wire):
    """What is in it, and where it is from."""

    sort: Literal["collection"]
    format: int
    version: str  # of the platform that wrote it
    taken_at: str
    key: str  # the print of its secret key
    tenant_id: str
    collection_id: str
    name: str
    documents: _Count
    chunks: _Count
    files: _Count
    file_bytes: _Count
    vectors: _Count
    sums: str


def sealed(manifest: Manifest, secrets: Secrets) -> bytes:
    """Write it down, with its seal."""
    return sealing.sealed(manifest.model_dump(), secrets, _SORT)


def read_manifest(document: Mapping[str, Any]) -> Manifest:
    """Read one that its archive was compared with."""
    said = document["manifest"]
    if said.get("sort") != "collection":
        raise ArchiveDamaged("The archive is no export of a collection.")
    if said.get("format") != FORMAT:
        raise ArchiveDamaged(f"The export has format {said.get('format')!r}; this version reads format {FORMAT}.")
    try:
        return Manifest.model_validate(said)
    except ValidationError:
        raise ArchiveDamaged("The export's manifest cannot be read.") from None


def is_sealed(document: Mapping[str, Any], secrets: Secrets) -> bool:
    """Whether the holder of this secret key wrote it."""
    return sealing.is_sealed(document, secrets, _SORT)
