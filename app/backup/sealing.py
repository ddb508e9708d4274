"""Roof, backup: the seal by which the platform knows what it wrote itself.

It is made with a key derived from the platform's secret key, another one for each sort of archive. Without it anybody
could write a file with true checksums that makes them an administrator.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from app.backup.errors import ArchiveDamaged
from app.secrets import Secrets

LARGEST = 4 * 2**20


def key_print(secrets: Secrets) -> str:
    """What tells one secret key from another, and nothing else."""
    return hashlib.sha256(secrets.derive("the print of this key")).hexdigest()[:32]


def sealed(said: Mapping[str, Any], secrets: Secrets, sort: str) -> bytes:
    """A manifest of some sort of archive, with its seal."""
    return json.dumps({"manifest": said, "seal": _seal(said, secrets, sort)}, indent=1).encode()


def read_sealed(raw: bytes) -> Mapping[str, Any]:
    """Read one; whose seal it is, is asked by `is_sealed`."""
    try:
        document = json.loads(raw)
        if isinstance(document["manifest"], dict):
            return {"manifest": document["manifest"], "seal": str(document.get("seal", ""))}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise ArchiveDamaged("The archive's manifest cannot be read.")


def is_sealed(document: Mapping[str, Any], secrets: Secrets, sort: str) -> bool:
    """Whether the holder of this secret key wrote it, as an archive of this sort."""
    expected = _seal(document["manifest"], secrets, sort)
    return hmac.compare_digest(document["seal"].encode(errors="replace"), expected.encode())


def _seal(said: Mapping[str, Any], secrets: Secrets, sort: str) -> str:
    plain = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(secrets.derive(sort), plain, hashlib.sha256).hexdigest()
