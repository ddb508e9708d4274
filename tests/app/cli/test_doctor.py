"""The doctor says how every part is, finds what stores hold wrongly, and changes nothing unless told to."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexing.stores.vectors import Entry
from tests.indexing.erasing.leavings import Leavings
from tests.world.people import organisation
from tests.world.platform import Running, fresh
from tests.world.stacks import stack
from tests.world.surroundings import surroundings

pytestmark = pytest.mark.sqlite  # the command is given a folder alone


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with fresh(deeds={}) as alone:  # nobody but the doctor looks for anything there
        yield alone


async def doctor(home: Path, *arguments: str) -> tuple[int, str]:
    """Type the command, beside the server that runs on the same folder."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "app.cli", "doctor", *arguments],
        env=surroundings(HOME=str(home), DEMO="0"),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


async def test_it_finds_and_heals_beside_a_running_server(running: Running) -> None:
    acme, home = await organisation(running), running.settings.home
    leavings = Leavings(await stack(acme))
    code, told = await doctor(home)
    assert (code, "All is well" in told, "blobs: embedded" in told) == (0, True, True)

    orphan = Entry("chk_orphan", "doc_gone", 1, "words", np.ones(4, dtype=np.float32))
    await running.platform.vectors.put(leavings.index, [orphan])
    file_key = f"documents/{acme.id}/doc_gone/1"
    await running.platform.blobs.put(file_key, b"x")
    file = home / "blobs" / f"{file_key}.blob"
    os.utime(file, (0, 0))

    code, told = await doctor(home, "--json")
    document = json.loads(told)
    assert (code, document["well"]) == (1, False)
    assert {part["name"] for part in document["dependencies"]} >= {"database", "blobs", "vectors"}
    wrong: dict[str, Any] = {one["of"]: one for one in document["findings"] if not one["well"]}
    assert (wrong["VectorFindings"]["orphaned"], wrong["FileFindings"]["orphaned"]) == (1, 1)
    assert file.exists()

    code, told = await doctor(home, "--heal")
    assert code == 0, told
    assert "1 vectors of chunks there are not; 1 removed" in told
    assert not file.exists()
    assert [page async for page in running.platform.vectors.chunk_ids(leavings.index) if page] == []
    await acme.aclose()


async def test_where_nothing_was_ever_started_it_says_so(tmp_path: Path) -> None:
    code, told = await doctor(tmp_path)
    assert (code, "there is nothing in" in told) == (2, True)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - of a few names
