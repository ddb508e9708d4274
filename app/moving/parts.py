"""Roof, moving: lines written in parts of a few megabytes each, so that none is ever whole in memory."""

from __future__ import annotations

from collections.abc import Iterable

from app.backup.writing import ArchiveWriter

_BYTES = 4 * 2**20


def write_parts(archive: ArchiveWriter, folder: str, lines: Iterable[bytes]) -> int:
    """Write lines under a folder; says how many there were."""
    held: list[bytes] = []
    count = number = size = 0
    for line in lines:
        held.append(line)
        count, size = count + 1, size + len(line)
        if size >= _BYTES:
            archive.add(f"{folder}/{number:06}.ndjson", b"".join(held))
            held, number, size = [], number + 1, 0
    if held:
        archive.add(f"{folder}/{number:06}.ndjson", b"".join(held))
    return count
