"""The first five minutes: what the page tells to type, typed, from an empty folder to a cited answer."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.world.ports import kept_port
from tests.world.surroundings import surroundings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/start.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "--- the next step ---"
BUDGET_SECONDS = 300.0

pytestmark = pytest.mark.sqlite  # what is begun with is a file


@dataclass(frozen=True, slots=True)
class Served:
    """A platform that was just begun, and the keys that it has printed."""

    url: str
    keys: dict[str, str]


@asynccontextmanager
async def served(home: Path, port: int) -> AsyncIterator[Served]:
    """What `make run` runs, in a folder with nothing in it."""
    env = surroundings(HOME=str(home), PORT=str(port)) | {"PYTHONUNBUFFERED": "1"}
    command = (sys.executable, "-m", "app.cli", "serve")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    greeting = b""
    try:
        while b"lists every operation" not in greeting:
            line = await process.stdout.readline()
            assert line, greeting.decode()
            greeting += line
        drained = asyncio.create_task(process.stdout.read())
        yield Served(f"http://127.0.0.1:{port}", dict(re.findall(r"^ +(\w+) .*(sgk_\S+)$", greeting.decode(), re.M)))
    finally:
        process.terminate()
        await process.wait()
    await drained


def script(tmp_path: Path) -> str:
    """Everything on the page but the first step, which is done already."""
    command = tmp_path / "bin" / "scaigrid"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m app.cli "$@"\n')
    command.chmod(0o700)
    begun, *steps = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert begun == "make run\n"
    shown = f"\necho '{_MARK}'\n".join(steps)
    return shown.replace("$PWD/scripts", str(command.parent))


async def test_from_nothing_to_a_cited_answer_in_five_minutes(tmp_path: Path) -> None:
    began = time.monotonic()
    with kept_port() as port:
        async with asyncio.timeout(BUDGET_SECONDS), served(tmp_path / "home", port) as server:
            env = surroundings(URL=server.url) | {"XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
            typed = script(tmp_path).replace("sgk_…", server.keys["ada"])
            pipe = asyncio.subprocess.PIPE
            shell = await asyncio.create_subprocess_exec(
                "bash", "-euo", "pipefail", "-c", typed, cwd=ROOT, env=env, stdout=pipe, stderr=pipe
            )
            said, beside = (stream.decode() for stream in await shell.communicate())
            assert shell.returncode == 0, said + beside
    who, taken, _, found, answered, explained = said.split(f"{_MARK}\n")
    assert who.startswith("Ada <ada@demo.example> of demo at")
    outcomes = dict(line.split("\t")[:2] for line in taken.splitlines())
    assert outcomes == dict.fromkeys(("onboarding.md", "refunds.pdf", "salaries.pdf", "travel.md"), "indexed")
    assert "4 of 4 taken in." in beside
    assert "refunds.pdf, p. 2" in found
    assert re.search(r"five working days.*\[\d\]", answered, re.DOTALL)
    assert re.search(r"^\[\d\] refunds", answered, re.MULTILINE)
    assert explained.startswith("No. ")
    assert "what would change it:" in explained
    assert time.monotonic() - began < BUDGET_SECONDS
