"""A drive that cannot be served says why in one sentence, before anything listens."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.drive.opening import AUDIENCE, people_of
from app.drive.rights import RIGHTS, Reader
from tests.world.drive import SECRET, filled


async def typed(home: Path, *words: str) -> tuple[int | None, str, str]:
    """What a command answers."""
    surroundings = {**os.environ, "SCAIGRID_HOME": str(home)}  # noqa: TID251 - a process of its own
    pipe = asyncio.subprocess.PIPE
    told = [sys.executable, "-m", "app.cli", "drive", *words]
    process = await asyncio.create_subprocess_exec(*told, env=surroundings, stdout=pipe, stderr=pipe)
    said, complaints = await process.communicate()
    return process.returncode, said.decode(), complaints.decode()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("serve", "{nowhere}", "--secret-file", "{secret}"), "is no folder"),
        (("serve", "{good}"), "--scaikey and --issuer, or --secret-file"),
        (("serve", "{good}", "--scaikey", "https://id.example"), "--issuer"),
        (("serve", "{good}", "--secret-file", "{short}"), "32 characters"),
        (("serve", "{good}", "--secret-file", "{nowhere}"), "No such file"),
        (("serve", "{broken}", "--secret-file", "{secret}"), "drive.toml: shares.a.readers"),
        (("serve", "{empty}", "--secret-file", "{secret}"), "drive.toml: No such file"),
        (("serve", "{good}", "--secret-file", "{secret}", "--listen", "8010"), "host:port"),
        (("token", "ada", "--secret-file", "{short}"), "32 characters"),
    ],
)
async def test_what_is_wrong_is_one_sentence(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    filled(tmp_path, {"good/" + RIGHTS: "", "broken/" + RIGHTS: "[shares.a]\nreaders = 7", "short": "x", "empty/x": ""})
    (tmp_path / "secret").write_bytes(SECRET)
    names = {name: str(tmp_path / name) for name in ("nowhere", "good", "broken", "empty", "short", "secret")}
    returned, said, complaints = await typed(tmp_path / "home", *(word.format(**names) for word in words))
    assert (returned, said) == (2, "")
    assert why in complaints
    assert len(complaints.strip().splitlines()) == 1


async def test_a_token_that_is_printed_is_good(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    options = ["--email", "ada@example.com", "--group", "board", "--group", "staff", "--tenant", "acme"]
    returned, said, _ = await typed(tmp_path, "token", "ada", "--secret-file", str(tmp_path / "secret"), *options)
    assert returned == 0
    reader = await people_of(SECRET, AUDIENCE, SystemClock()).reader_of(said.strip())
    assert reader == Reader("ada", "acme", "ada@example.com", frozenset({"board", "staff"}))
