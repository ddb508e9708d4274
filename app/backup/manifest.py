"""Roof, backup: what a backup says of itself, and the seal by which the platform knows its own.

The seal is made with a key derived from the platform's secret key. Without it anybody could write a file with true
checksums that makes them an administrator.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.backup.columns import Sort
from app.backup.errors import ArchiveDamaged
from app.secrets import Secrets

FORMAT = 1
LARGEST = 4 * 2**20


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


def key_print(secrets: Secrets) -> str:
    """What tells one secret key from another, and nothing else."""
    return hashlib.sha256(secrets.derive("the print of this key")).hexdigest()[:32]


def sealed(manifest: Manifest, secrets: Secrets) -> bytes:
    """Write it down, with its seal."""
    said = asdict(manifest)
    return json.dumps({"manifest": said, "seal": _seal(said, secrets)}, indent=1).encode()


def read_manifest(raw: bytes) -> tuple[Manifest, Mapping[str, Any]]:
    """Read one; and what its seal is to be compared with, by `is_sealed`."""
    try:
        document = json.loads(raw)
        said = document["manifest"]
        if said["format"] != FORMAT:
            raise ArchiveDamaged(f"The backup has format {said['format']}; this version reads format {FORMAT}.")
        tables = [
            TableKept(str(one["name"]), [(str(name), Sort(sort)) for name, sort in one["columns"]], int(one["rows"]))
            for one in said["tables"]
        ]
        return Manifest(**{**said, "tables": tables}), document
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ArchiveDamaged("The backup's manifest cannot be read.") from None


def is_sealed(document: Mapping[str, Any], secrets: Secrets) -> bool:
    """Whether the holder of this secret key wrote it."""
    return hmac.compare_digest(str(document.get("seal", "")), _seal(document["manifest"], secrets))


def _seal(said: Mapping[str, Any], secrets: Secrets) -> str:
    plain = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(secrets.derive("backups"), plain, hashlib.sha256).hexdigest()
