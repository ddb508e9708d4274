"""Ground floor, db: what SQLite's planner is to believe of the tables, however many rows they have by now.

Without statistics it takes ten rows for what an index finds, also for all that a tenant has: then `tenant_id = ?` looks
better to it than a dozen ids, and a search reads every passage of the tenant. What `ANALYZE` would count, of an empty
database above all, other connections learn only when they are opened anew. So it is told once, at every upgrade, how
things are where it matters. MariaDB keeps count by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

_ROWS = 1_000_000
_FOUND_BY = {"tenant_id": 100_000, "collection_id": 10_000}  # rows, by the first column of an index alone
_NO_HELP = {"deleted_at"}  # that is asked for with what is there, and almost all of it is
_FEWER = 100  # times, by every other column


def tell_statistics(connection: Connection) -> None:
    """Write down for every index that begins with what many rows share how many rows it finds."""
    connection.execute(text("ANALYZE sqlite_schema"))  # makes the table that is written to
    connection.execute(text("DELETE FROM sqlite_stat1"))
    told = [
        {"tbl": table, "idx": index, "stat": _stat(columns, unique=unique)}
        for table, index, columns, unique in _indexes(connection)
        if columns[0] in _FOUND_BY
    ]
    if told:
        connection.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)"), told)


def _stat(columns: Sequence[str], *, unique: bool) -> str:
    found = [_FOUND_BY[columns[0]]]
    for column in columns[1:]:
        found.append(found[-1] if column in _NO_HELP else max(found[-1] // _FEWER, 1))
    if unique or columns[-1] == "id":
        found[-1] = 1
    return " ".join(map(str, [_ROWS, *found]))


def _indexes(connection: Connection) -> Iterator[tuple[str, str, list[str], bool]]:
    listed = text(
        'SELECT m.name, i.name, i."unique" FROM sqlite_schema m, pragma_index_list(m.name) i'
        " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    for table, index, unique in connection.execute(listed).all():
        columns = connection.execute(
            text("SELECT name FROM pragma_index_info(:index) ORDER BY seqno"), {"index": index}
        )
        names = [str(name) for name in columns.scalars()]
        if names:
            yield table, index, names, bool(unique)
