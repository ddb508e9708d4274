"""What was taken of one database is taken back into the other, and from there into the first one again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from app.db.engine import open_database
from app.migrations.run import RESTORING
from tests.app.backup.world import company, restored, rows_of, taken
from tests.world.platform import running, settings_for

Rows = dict[str, list[dict[str, Any]]]
pytestmark = [pytest.mark.services, pytest.mark.sqlite]


def without_uses(rows: Rows) -> Rows:
    """But for when keys were used, which a server writes down a little later."""
    return {name: those for name, those in rows.items() if name != "api_key_uses"}


async def test_rows_go_from_sqlite_to_mariadb_and_back(own_database: str, tmp_path: Path) -> None:
    there, back = tmp_path / "there.tar.gz", tmp_path / "back.tar.gz"
    at_first = settings_for(tmp_path / "first")
    async with running(at_first, deeds={}) as first:
        made = await company(first)
        before = {name: await made.found(first, name) for name in ("ada", "ben", "eve")}
        await made.organisation.aclose()
    await taken(at_first, there, secrets=True)  # with nobody left who books what those searches cost
    rows = without_uses(rows_of(at_first))

    on_mariadb = settings_for(tmp_path / "mariadb", own_database)
    await restored(on_mariadb, there, replace=True)
    assert without_uses(rows_of(on_mariadb)) == rows
    with open_database(own_database).lanes.connect() as connection:
        assert not inspect(connection).has_table(RESTORING)
    async with running(on_mariadb, deeds={}) as second:
        assert {name: await made.found(second, name) for name in before} == before
        await taken(on_mariadb, back, secrets=True)

    on_sqlite = settings_for(tmp_path / "sqlite")
    again = await restored(on_sqlite, back)
    assert again.broken_chains == {}
    async with running(on_sqlite, deeds={}) as third:
        assert {name: await made.found(third, name) for name in before} == before
