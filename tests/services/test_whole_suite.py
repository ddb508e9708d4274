"""What holds on SQLite holds on MariaDB: the same tests, once more, on the database of production."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from tests.world.by_night import by_night
from tests.world.databases import EVERY_CASE, KNOB

pytestmark = [pytest.mark.services, pytest.mark.slow]

# Those that begin processes on folders of their own, with SQLite in them, are of no use here either.
NOT_ABOUT_THE_DATABASE = (
    "tests/acl/test_evaluate*",
    "tests/acl/test_truth_table*",
    "tests/acl/test_worlds.py",
    "tests/app/blobs",
    "tests/app/cli",
    "tests/app/drive",
    "tests/app/identity/directory/test_killed.py",
    "tests/app/inference/embedded",
    "tests/app/inference/test_anthropic*",
    "tests/app/inference/test_openai*",
    "tests/app/mcp",
    "tests/app/outbound",
    "tests/app/sdk",
    "tests/app/telemetry",
    "tests/contract",
    "tests/deploy",
    "tests/docs/test_[hls]*",
    "tests/evals/test_retrieval.py",
    "tests/evals/test_sweep.py",
    "tests/fuzz/test_description.py",
    "tests/house",
    "tests/indexing/chunking",
    "tests/indexing/documents/test_large_files.py",
    "tests/indexing/erasing/test_killed.py",
    "tests/indexing/extraction",
    "tests/indexing/forking/test_killed.py",
    "tests/indexing/maintenance/test_*killed.py",
    "tests/indexing/pipeline/test_*killed.py",
    "tests/indexing/pipeline/test_broken_folder.py",
    "tests/indexing/stores",
    "tests/leakage/test_processes.py",
    "tests/rag/strategies",
    "tests/rag/test_search_processes.py",
)
# By day: who may see what, documents, jobs and money, and whatever several do at once. By night: everything.
BY_DAY = (
    "tests/acl",
    "tests/app/accounting",
    "tests/app/db",
    "tests/app/jobs",
    "tests/app/webhooks",
    "tests/indexing/documents",
    "tests/indexing/together",
    "tests/rag/graphs",
    "tests/tasks",
)
LATER = ("tests/acl/http", "tests/acl/test_remedies.py")


@pytest.mark.parametrize("cases", ["", *by_night(["every"])], ids=["first and last of each", "every"])
async def test_everything_that_holds_on_sqlite_holds_on_mariadb(mariadb_url: str, cases: str) -> None:
    folders, later = (("tests",), ()) if cases else (BY_DAY, LATER)
    left_out = [f"--ignore-glob={folder}" for folder in (*NOT_ABOUT_THE_DATABASE, *later)]
    suite = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", *folders, "-m", "not services and not sqlite"),
        *("-n", "logical", "--maxprocesses", "4", "--dist", "worksteal", *left_out),
        *("--show-capture=no", "--tb=short", "-rfE"),  # names first: whoever reads of a failure sees little of it
        env={**os.environ, KNOB: mariadb_url, EVERY_CASE: cases},  # noqa: TID251 - the suite runs where we run, on another database
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await suite.communicate()
    assert suite.returncode == 0, said.decode(errors="replace")[-8_000:]
