"""Roof, backup: rows back into tables, whichever database they were taken from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Insert, column, insert, inspect, table

from app.backup.columns import Sort, heard, written_as
from app.backup.errors import ArchiveDamaged
from app.backup.kept import LEFT_OUT
from app.backup.manifest import Manifest, TableKept
from app.backup.reading import Member
from app.backup.target import unchecked

_ROWS_AT_ONCE = 500
# What rows say of stores that have lost everything: it is so again once the stores have been told.
_NOT_YET: Mapping[tuple[str, str], Any] = {
    ("mod_scaimatrix_chunks", "stored"): False,
    ("mod_scaimatrix_graph_edits", "settled"): False,
}


@dataclass(slots=True)
class Filling:
    """Puts rows where they belong, a part in a transaction, and counts them."""

    engine: Engine
    manifest: Manifest
    _tables: dict[str, tuple[TableKept, Insert]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def prepare(self) -> None:
        """See that the database has the tables, as they were when the rows were taken."""
        with self.engine.execution_options(writes=False).connect() as connection:
            seen = inspect(connection)
            held = set(seen.get_table_names())
            for kept in self.manifest.tables:
                names = {one["name"] for one in seen.get_columns(kept.name)} if kept.name in held else set()
                if kept.name in LEFT_OUT or names != {name for name, _ in kept.columns}:
                    raise ArchiveDamaged(
                        f"The backup's table {kept.name} is not one of revision {self.manifest.revision}."
                    )
                self._tables[kept.name] = kept, _inserting(kept)

    def add(self, member: Member) -> None:
        """Put one part."""
        name = member.name.split("/")[1]
        if name not in self._tables:
            raise ArchiveDamaged(f"The backup's manifest does not know {member.name}.")
        kept, inserting = self._tables[name]
        lines = member.whole().splitlines()
        with unchecked(self.engine) as connection:
            for first in range(0, len(lines), _ROWS_AT_ONCE):
                _put(connection, inserting, [_row(kept, line) for line in lines[first : first + _ROWS_AT_ONCE]])
            connection.commit()
        self.counts[name] += len(lines)

    def complete(self) -> None:
        """See that every row has come."""
        for kept in self.manifest.tables:
            if self.counts[kept.name] != kept.rows:
                raise ArchiveDamaged(f"The backup has {self.counts[kept.name]} rows of {kept.name}, not {kept.rows}.")


def _inserting(kept: TableKept) -> Insert:
    columns = [column(name, written_as(sort)) for name, sort in kept.columns]
    return insert(table(kept.name, *columns))


def _put(connection: Connection, inserting: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(inserting, list(rows))


def _row(kept: TableKept, line: bytes) -> dict[str, Any]:
    try:
        values = json.loads(line)
        row = {name: heard(value, Sort(sort)) for value, (name, sort) in zip(values, kept.columns, strict=True)}
    except (ValueError, TypeError, ArithmeticError):
        raise ArchiveDamaged(f"A row of {kept.name} cannot be read.") from None
    return {name: _NOT_YET.get((kept.name, name), value) for name, value in row.items()}
