"""What holds on SQLite holds on MariaDB: the same tests, once more, on the database of production."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from tests.world.databases import KNOB

pytestmark = [pytest.mark.services, pytest.mark.slow]

# Or about one of their own: commands that are typed begin servers of their own, with SQLite.
NOT_ABOUT_THE_DATABASE = (
    "tests/house",
    "tests/deploy",
    "tests/docs/test_[hls]*",
    "tests/contract",
    "tests/acl/test_evaluate*",
    "tests/acl/test_truth_table*",
    "tests/acl/test_worlds.py",
    "tests/app/blobs",
    "tests/app/cli",
    "tests/app/drive",
    "tests/app/inference/embedded",
    "tests/app/inference/test_anthropic*",
    "tests/app/inference/test_openai*",
    "tests/app/outbound",
    "tests/app/mcp",
    "tests/app/sdk",
    "tests/app/telemetry",
    "tests/evals/test_retrieval.py",
    "tests/evals/test_sweep.py",
    "tests/fuzz/test_description.py",
    "tests/indexing/chunking",
    "tests/indexing/extraction",
    "tests/indexing/pipeline/test_broken_folder.py",
    "tests/indexing/stores",
    "tests/rag/strategies",
)


async def test_everything_that_holds_on_sqlite_holds_on_mariadb(mariadb_url: str) -> None:
    left_out = [f"--ignore-glob={folder}" for folder in NOT_ABOUT_THE_DATABASE]
    suite = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "tests", "-m", "not services and not sqlite"),
        *("-n", "logical", "--maxprocesses", "4", "--dist", "worksteal", *left_out),
        *("--show-capture=no", "--tb=short", "-rfE"),  # names first: whoever reads of a failure sees little of it
        env={**os.environ, KNOB: mariadb_url},  # noqa: TID251 - the suite runs where we run, on another database
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await suite.communicate()
    assert suite.returncode == 0, said.decode(errors="replace")[-8_000:]
