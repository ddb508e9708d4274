"""Roof, backup: what a backup says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.backup import sealing
from app.backup.columns import Sort
from app.backup.errors import ArchiveDamaged
from app.secrets import Secrets

FORMAT = 1
_SORT = "backups"


@dataclass(frozen=True, slots=True)
class TableKept:
    """One table: its columns in the order of a line, and how many lines there are."""

    name: str
    columns: Sequence[tuple[str, Sort]]
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup, and what it was taken of."""

    format: int
    version: str  # of the platform that took it
    revision: str  # of its database's tables
    taken_at: str
    key: str  # the print of its secret key, by which nobody finds the key
    tables: Sequence[TableKept]
    blobs: int
    blob_bytes: int
    vectors: int
    amended: int  # documents that were deleted or replaced while it was taken
    with_secrets: bool
    sums: str  # SHA-256 of the list of all members with theirs

    @property
    def rows(self) -> int:
        """How many there are together."""
        return sum(table.rows for table in self.tables)


def sealed(manifest: Manifest, secrets: Secrets) -> bytes:
    """Write it down, with its seal."""
    return sealing.sealed(asdict(manifest), secrets, _SORT)


def read_manifest(document: Mapping[str, Any]) -> Manifest:
    """Read one that its archive was compared with."""
    try:
        said = document["manifest"]
        if said["format"] != FORMAT:
            raise ArchiveDamaged(f"The backup has format {said['format']}; this version reads format {FORMAT}.")
        tables = [
            TableKept(str(one["name"]), [(str(name), Sort(sort)) for name, sort in one["columns"]], int(one["rows"]))
            for one in said["tables"]
        ]
        return Manifest(**{**said, "tables": tables})
    except (ValueError, KeyError, TypeError):
        raise ArchiveDamaged("The backup's manifest cannot be read.") from None


def is_sealed(document: Mapping[str, Any], secrets: Secrets) -> bool:
    """Whether the holder of this secret key wrote it."""
    return sealing.is_sealed(document, secrets, _SORT)
