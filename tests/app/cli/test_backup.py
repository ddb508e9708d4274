"""The commands as they are typed, beside a server that runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.editions.tables import ChunkRow
from indexing.stores.vectors import Index
from tests.app.backup.world import company
from tests.world.platform import fresh
from tests.world.surroundings import surroundings

pytestmark = pytest.mark.sqlite  # the commands are given a folder alone


async def typed(home: Path, *arguments: str) -> tuple[int, str, str]:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "app.cli", *arguments],
        env=surroundings(HOME=str(home), DEMO="0"),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout, done.stderr


async def test_it_is_typed_beside_a_server_and_taken_back_elsewhere(tmp_path: Path) -> None:
    file, other = tmp_path / "all.tar.gz", tmp_path / "other"
    async with fresh(deeds={}) as running:
        made = await company(running)
        home = running.settings.home
        code, out, err = await typed(home, "backup", str(file), "--json")
        assert (code, err) == (0, "")
        lines = [json.loads(line) for line in out.splitlines()]
        assert (lines[-1]["done"], lines[-1]["blobs"]) == ("backup", 3)
        assert {line["stage"] for line in lines[:-1]} == {"rows", "blobs", "vectors"}

        code, out, err = await typed(home, "restore", str(file))
        assert (code, out) == (1, "")
        assert "not empty" in err
        code, _, err = await typed(home, "restore", "--replace", str(file))
        assert code == 2
        assert "--yes" in err

        code, _, err = await typed(other, "restore", str(file))
        assert code == 1
        assert "secret key is missing" in err
        key = (home / "secret.key").read_bytes()
        other.mkdir(exist_ok=True)
        (other / "secret.key").write_bytes(key)
        code, out, err = await typed(other, "restore", str(file))
        assert code == 0, err
        assert "3 files, 3 vectors" in out
        await made.organisation.aclose()


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
