"""A backup taken back elsewhere answers everybody as the platform did that it was taken of."""

from __future__ import annotations

import json
import stat
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from app.backup.kept import LEFT_OUT, all_tables
from app.db.engine import open_database
from app.db.epochs import Epoch
from app.jobs.tables import RUNNING, Job
from indexing.editions.tables import ChunkRow
from tests.app.backup.conftest import Kept
from tests.app.backup.world import restored, rows_of
from tests.world.platform import running, settings_for

pytestmark = pytest.mark.sqlite  # the other database is filled in tests/services


async def test_everybody_is_told_the_same_by_what_was_taken_back(kept: Kept, tmp_path: Path) -> None:
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600
    other = settings_for(tmp_path)
    back = await restored(other, kept.file)
    assert (back.rows, back.blobs, back.vectors) == (kept.manifest.rows, 3, 3)
    assert back.broken_chains == {}
    before = {name: await kept.company.found(kept.running, name) for name in ("ada", "ben", "eve")}
    async with running(other, deeds={}) as again:
        assert {name: await kept.company.found(again, name) for name in before} == before
        for name, document in kept.company.shelf.documents.items():
            key = f"documents/{kept.company.organisation.id}/{document}/1"
            assert await again.platform.blobs.get(key) == f"the words of {name}".encode()
        inspected = await again.platform.chains.inspect(kept.company.organisation.id)
        assert (inspected.intact, inspected.checked >= 3) == (True, True)
    assert len(before["ada"]) == 3  # type: ignore[arg-type] # a list of what was found
    assert "the words of secrets" in str(before["ada"])
    assert "the words of secrets" not in str(before["ben"])
    assert before["eve"] == 403


async def test_every_row_comes_back_as_it_was_and_what_is_of_the_moment_does_not(kept: Kept, tmp_path: Path) -> None:
    other = settings_for(tmp_path)
    await restored(other, kept.file)
    assert rows_of(other) == kept.rows
    with kept.running.platform.database.lanes.execution_options(writes=False).connect() as connection:
        known = {row.scope: row.number for row in connection.execute(select(Epoch.scope, Epoch.number))}
    with open_database(other.database).lanes.connect() as connection:
        now = {row.scope: row.number for row in connection.execute(select(Epoch.scope, Epoch.number))}
        assert all(now[scope] > max(known.values()) for scope in known)
        jobs = connection.execute(select(Job.kind, Job.state, Job.lease)).all()
        assert {job.kind for job in jobs} >= {"reconcile_collection", "reconcile_files"}
        assert not [job for job in jobs if job.state == RUNNING or job.lease is not None]
        assert all(connection.scalars(select(ChunkRow.stored)))


def test_every_table_is_in_a_backup_or_is_left_out_for_a_reason(kept: Kept) -> None:
    with kept.running.platform.database.lanes.execution_options(writes=False).connect() as connection:
        held = set(inspect(connection).get_table_names())
    assert held - {"alembic_version"} == {table.name for table in all_tables()}
    assert {table.name for table in kept.manifest.tables} == held - {"alembic_version"} - set(LEFT_OUT)
    assert all(LEFT_OUT.values())


def test_its_sums_are_those_that_sha256sum_checks(kept: Kept) -> None:
    with tarfile.open(kept.file) as archive:
        names = archive.getnames()
        sums, said = archive.extractfile("SHA256SUMS"), archive.extractfile("manifest.json")
        assert sums is not None
        assert said is not None
        listed = [line.split("  ")[1] for line in sums.read().decode().splitlines()]
        manifest = json.loads(said.read())["manifest"]
    assert listed == names[:-2]
    assert names[-2:] == ["SHA256SUMS", "manifest.json"]
    assert manifest["blobs"] == 3
