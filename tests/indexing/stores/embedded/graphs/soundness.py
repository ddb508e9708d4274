"""Whether a file of a graph holds what it should: nothing that nobody speaks of, and counted right."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

_LOST = {
    "things": "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.thing = x.id)"
    " AND NOT EXISTS (SELECT 1 FROM ties t WHERE x.id IN (t.start, t.finish))",
    "names": "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.thing = x.thing AND m.name = x.id)",
    "words": "NOT EXISTS (SELECT 1 FROM names n WHERE n.id = x.name AND n.thing = x.thing)",
    "kinds": "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.kind = x.id)",
    "facts": "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.id = x.mention AND m.thing = x.thing)",
    "aliases": "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.id = x.mention AND m.thing = x.thing)",
    "mentions": "NOT EXISTS (SELECT 1 FROM sources s WHERE s.id = x.source AND s.layer = x.layer"
    " AND s.document = x.document AND s.edition = x.edition)",
    "assertions": "NOT EXISTS (SELECT 1 FROM sources s WHERE s.id = x.source AND s.layer = x.layer"
    " AND s.document = x.document AND s.edition = x.edition)",
    "ties": "NOT EXISTS (SELECT 1 FROM assertions m WHERE m.tie = x.id)",
    "types": "NOT EXISTS (SELECT 1 FROM ties t WHERE t.type = x.id)",
    "sources": "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.source = x.id)"
    " AND NOT EXISTS (SELECT 1 FROM assertions m WHERE m.source = x.id)",
    "documents": "NOT EXISTS (SELECT 1 FROM sources s WHERE s.document = x.id)",
    "editions": "NOT EXISTS (SELECT 1 FROM sources s WHERE s.edition = x.id)",
    "links": "NOT EXISTS (SELECT 1 FROM mentions m WHERE m.thing = x.smaller)"
    " OR NOT EXISTS (SELECT 1 FROM mentions m WHERE m.thing = x.larger)",
    "layers": "x.id <> 0 AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.layer = x.id)"
    " OR x.things <> (SELECT count(DISTINCT thing) FROM mentions m WHERE m.layer = x.id)"
    " OR x.ties <> (SELECT count(DISTINCT tie) FROM assertions m WHERE m.layer = x.id)",
}


def unsound(place: Path) -> dict[str, int]:
    """By table, how many rows should not be there, or are not what they should be."""
    with contextlib.closing(sqlite3.connect(place)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        counted = {
            table: connection.execute(f"SELECT count(*) FROM {table} x WHERE {lost}").fetchone()[0]  # noqa: S608
            for table, lost in _LOST.items()
        }
    return {table: number for table, number in counted.items() if number}
