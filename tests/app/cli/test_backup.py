"""The commands as they are typed, beside a server that runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.editions.tables import ChunkRow
from indexing.stores.vectors import Index
from tests.app.backup.world import company, typed
from tests.world.platform import fresh
from tests.world.typing_commands import typed as typed_here

pytestmark = pytest.mark.sqlite  # the commands are given a folder alone


async def test_to_take_everything_away_is_said_twice(tmp_path: Path) -> None:
    """That the commands do what they say is proved by tests/app/backup/test_whole.py."""
    typed = await typed_here("restore", "--replace", str(tmp_path / "all.tar.gz"), SCAIGRID_HOME=str(tmp_path))
    assert typed.code == 2
    assert "--yes" in typed.err


async def test_what_a_store_has_lost_is_built_anew_beside_a_server() -> None:
    async with fresh(deeds={}) as running:
        made, home = await company(running), running.settings.home
        async with running.platform.transactions.open(Reach.one(made.organisation.id), writes=False) as transaction:
            row = await transaction.session.get_one(Collection, made.shelf.id)
            chunks = list(await transaction.session.scalars(select(ChunkRow.id)))
        index = Index(made.organisation.id, row.id, row.index_name)
        await running.platform.vectors.remove(index, chunks[:2])
        code, out, err = await typed(home, "maintenance", "rebuild", "--collection", row.id, "--json")
        assert code == 0, err
        assert json.loads(out)["healed"] == 2
        assert set(await running.platform.vectors.vectors(index, chunks)) == set(chunks)
        code, _, err = await typed(home, "maintenance", "rebuild", "--collection", "col_none")
        assert code == 3
        await made.organisation.aclose()
