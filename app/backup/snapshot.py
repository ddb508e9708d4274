"""Roof, backup: every row as it was at one moment, whoever writes meanwhile.

One transaction that only reads: SQLite's write-ahead log and MariaDB's REPEATABLE READ both give it one moment to its
end, and nobody waits for it. It ends before any file is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from app.backup.columns import Sort, asked, said, sort_of
from app.backup.errors import BackupRefused
from app.backup.kept import kept_tables
from app.backup.manifest import TableKept
from app.backup.names import Names
from app.backup.writing import ArchiveWriter
from app.migrations.run import revision_of
from indexing.collections.tables import Collection
from indexing.documents.tables import Document

_ROWS_AT_ONCE = 500
_PART_BYTES = 4 * 2**20
Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is written, and what of it lies elsewhere."""

    revision: str
    tables: list[TableKept]
    documents: Names  # id, tenant and key of the file of each that is there and has one
    collections: Names  # id, tenant and name of the index


def write_rows(engine: Engine, archive: ArchiveWriter, tell: Tell, snapshot: Snapshot) -> None:
    """Write every row of one moment."""
    with engine.execution_options(writes=False).connect() as connection:
        if (held := revision_of(connection)) != snapshot.revision:
            raise BackupRefused(
                f"The database is at revision {held or 'none'}, this version works with {snapshot.revision}: start the "
                "platform once (scaigrid serve), or take the backup with the version that runs."
            )
        for table in kept_tables():
            kept = _write_table(connection, table, archive, snapshot)
            snapshot.tables.append(kept)
            tell("rows", table=table.name, rows=kept.rows)


def _write_table(connection: Connection, table: Table, archive: ArchiveWriter, snapshot: Snapshot) -> TableKept:
    columns = [(column.name, sort_of(column)) for column in table.columns]
    number = rows = 0
    lines: list[bytes] = []
    size = 0
    for row in _rows(connection, table):
        line = _line(row, columns)
        _note(table, dict(zip((name for name, _ in columns), row, strict=True)), snapshot)
        lines.append(line)
        rows, size = rows + 1, size + len(line)
        if size >= _PART_BYTES:
            archive.add(f"rows/{table.name}/{number:06}.ndjson", b"".join(lines))
            number, lines, size = number + 1, [], 0
    if lines:
        archive.add(f"rows/{table.name}/{number:06}.ndjson", b"".join(lines))
    return TableKept(table.name, columns, rows)


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    wanted = select(*(asked(column, connection.dialect.name) for column in table.columns))
    flowing = connection.execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE)
    for some in flowing.execute(wanted).partitions():
        yield from some


def _line(row: Any, columns: list[tuple[str, Sort]]) -> bytes:
    values = [said(value, sort) for value, (_, sort) in zip(row, columns, strict=True)]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _note(table: Table, row: dict[str, Any], snapshot: Snapshot) -> None:
    """Remember what stands elsewhere: files of documents, indexes of collections."""
    if row.get("deleted_at") is not None:
        return
    if table is Document.__table__ and row["blob_key"] is not None:
        snapshot.documents.add(row["id"], row["tenant_id"], row["blob_key"])
    elif table is Collection.__table__:
        snapshot.collections.add(row["id"], row["tenant_id"], row["index_name"])
