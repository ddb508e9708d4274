"""Every row is in a backup and comes back as it was; what people are then told is in test_whole.py."""

from __future__ import annotations

import json
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
from tests.world.platform import settings_for

pytestmark = pytest.mark.sqlite  # the other database is filled in tests/services


async def test_every_row_comes_back_as_it_was_and_what_is_of_the_moment_does_not(kept: Kept, tmp_path: Path) -> None:
    other = settings_for(tmp_path)
    await restored(other, kept.file)
    assert rows_of(other) == kept.rows
    assert len(kept.rows["call_stages"]) == 1
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
