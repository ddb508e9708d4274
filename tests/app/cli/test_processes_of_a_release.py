"""What is run beside the servers of a release: once before them, and by the clock."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from app.alive import beats
from app.settings import Settings
from tasks.worker.schedule import ROUNDS, rounds_of

REPOSITORY = Path(__file__).parents[3]


async def run(command: str, home: Path, **more: str) -> Process:
    """Run a command of the platform on a folder."""
    settings = {"SCAIGRID_HOME": str(home), "SCAIGRID_LOG_LEVEL": "error", **more}
    started = [sys.executable, "-m", "app.cli", command]
    return await asyncio.create_subprocess_exec(*started, cwd=REPOSITORY, env=settings, stdout=PIPE, stderr=PIPE)


async def test_a_database_is_migrated_by_whoever_comes_first_and_the_other_finds_nothing_to_do(tmp_path: Path) -> None:
    both = [await run("migrate", tmp_path / "home") for _ in range(2)]
    said = [await each.communicate() for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert [out for out, _ in said] == [b"The database is up to date.\n"] * 2
    with sqlite3.connect(tmp_path / "home" / "scaigrid.db") as database:
        assert database.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM mod_scaimatrix_documents").fetchone() == (0,)
    database.close()


async def test_a_database_that_is_away_stops_a_release(tmp_path: Path) -> None:
    away = "mysql+aiomysql://nobody:nothing@127.0.0.1:1/scaigrid"
    asked = await run("migrate", tmp_path, SCAIGRID_DATABASE_URL=away)
    said, complained = await asked.communicate()
    assert asked.returncode == 2
    assert complained.startswith(b"scaigrid: the database could not be brought up to date: ")
    assert b"nothing" not in said + complained


async def test_a_release_does_not_start_on_the_database_of_a_newer_one(tmp_path: Path) -> None:
    made = await run("migrate", tmp_path)
    await made.communicate()
    with sqlite3.connect(tmp_path / "scaigrid.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    older = await run("migrate", tmp_path)
    _, complained = await older.communicate()
    assert older.returncode == 2
    assert complained.startswith(b"scaigrid: the database is of a newer release than this one")


async def test_a_scheduler_beats_until_it_is_told_to_stop(tmp_path: Path) -> None:
    migrated = await run("migrate", tmp_path)
    await migrated.communicate()
    one = await run("scheduler", tmp_path)
    async with asyncio.timeout(60):
        while not beats(tmp_path / "beat"):
            assert one.returncode is None
            await asyncio.sleep(0.1)
    one.send_signal(signal.SIGTERM)
    said = await one.communicate()
    assert one.returncode == 0, said


def test_servers_and_workers_leave_the_clock_to_a_scheduler_where_they_are_told_to(tmp_path: Path) -> None:
    assert rounds_of(Settings(home=tmp_path)) == ROUNDS
    assert rounds_of(Settings(home=tmp_path, rounds=False)) == ()
