"""What a container's health check finds out, and how little it needs for that."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from app.alive import OLDEST_BEAT, main
from tests.world.patience import PATIENCE
from tests.world.platform import Running
from tests.world.ports import kept_port


async def test_a_server_that_answers_lives_and_one_that_does_not_is_dead(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.alive._ANSWER_SECONDS", PATIENCE)
    with kept_port() as nobodys:
        assert await asyncio.to_thread(main, [f"{running.url}/livez"]) == 0
        assert await asyncio.to_thread(main, [f"{running.url}/nowhere"]) == 1
        assert await asyncio.to_thread(main, [f"http://127.0.0.1:{nobodys}/livez"]) == 1


def test_a_file_that_was_touched_lately_is_a_beat(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    assert main([str(beat)]) == 1
    beat.touch()
    assert main([str(beat)]) == 0
    long_ago = time.time() - OLDEST_BEAT - 1
    os.utime(beat, (long_ago, long_ago))
    assert main([str(beat)]) == 1


def test_what_is_typed_wrong_is_said() -> None:
    assert main([]) == 2


async def test_it_loads_nothing_but_python() -> None:
    look = "import sys, app.alive; print(*{name.partition('.')[0] for name in sys.modules})"
    asked = await asyncio.create_subprocess_exec(sys.executable, "-c", look, stdout=asyncio.subprocess.PIPE)
    loaded = set((await asked.communicate())[0].decode().split())
    assert "app" in loaded
    assert not loaded & {"pydantic", "httpx", "sqlalchemy", "typer"}
