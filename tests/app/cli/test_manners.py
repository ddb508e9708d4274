"""Commands as a shell meets them: signals, pipes, settings that nobody reads, completion."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli.ingest import Local, Sending
from app.settings import PREFIX
from tests.world.people import Organisation
from tests.world.surroundings import surroundings
from tests.world.typing_commands import Typist


def around(acme: Organisation | None = None, /, **more: str) -> dict[str, str]:
    asking = {"URL": acme.running.url, "API_KEY": acme.people["admin"].key} if acme is not None else {}
    return surroundings(**asking) | more


async def begun(*words: str, env: dict[str, str], stdout: int = asyncio.subprocess.PIPE) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "app.cli", *words)
    return await asyncio.create_subprocess_exec(*command, env=env, stdout=stdout, stderr=asyncio.subprocess.PIPE)


async def test_who_stops_waiting_is_told_how_to_come_back(acme: Organisation, tmp_path: Path) -> None:
    env = around(acme, XDG_CONFIG_HOME=str(tmp_path))
    await (await begun("collections", "create", "quay", env=env)).communicate()
    (tmp_path / "a.txt").write_text("The harbour closes at dusk.")
    watching = await begun("ingest", str(tmp_path / "a.txt"), "--into", "quay", "--watch", env=env)
    assert watching.stderr is not None
    async for line in watching.stderr:
        if line.startswith(b"Watching"):
            break
    watching.send_signal(signal.SIGINT)
    _, told = await watching.communicate()
    assert watching.returncode == 1
    assert "scaigrid documents watch --in quay" in told.decode()
    assert "Traceback" not in told.decode()


async def test_what_changes_while_it_is_sent_is_sent_again(
    acme: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typist, file = Typist(acme, tmp_path), tmp_path / "a.txt"
    await typist.types("collections", "create", "quay")
    file.write_text("The harbour closes at dusk.")
    sent, looks = [], iter(range(3))

    def send(_sending: Sending, files: list[Local]) -> None:
        sent.append([one.called for one in files])
        if len(sent) == 1:
            file.write_text("The harbour closes at noon, and nobody knows why.")

    def sleep(_seconds: float) -> None:
        if next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(Sending, "send", send)
    monkeypatch.setattr("app.cli.ingest.time", SimpleNamespace(sleep=sleep))
    stopped = await typist.types("ingest", str(file), "--into", "quay", "--watch")
    assert (stopped.code, sent) == (1, [["a.txt"], ["a.txt"]])


async def test_who_reads_no_further_hears_nothing_of_it(acme: Organisation, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = await begun("models", "--json", env=around(acme, XDG_CONFIG_HOME=str(tmp_path)), stdout=writing)
    os.close(writing)
    _, told = await process.communicate()
    assert told == b""


async def test_settings_are_checked_and_no_secret_is_shown(tmp_path: Path) -> None:
    secret = "sgk_" + "s" * 40
    said = {
        f"{PREFIX}HOME": str(tmp_path),
        f"{PREFIX}API_KEY": secret,
        f"{PREFIX}DATABASE_URL": f"mysql+aiomysql://grid:{secret}@db:3306/grid",
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    good = await begun("config", "check", "--json", env=around(None, **said))
    out, err = await good.communicate()
    assert (good.returncode, err) == (0, b"")
    rows = {row["name"]: row for row in json.loads(out)["settings"]}
    assert rows[f"{PREFIX}DATABASE_URL"]["value"] == "mysql+aiomysql://****@db:3306/grid"
    assert rows[f"{PREFIX}PORT"] == {"name": f"{PREFIX}PORT", "value": "8000", "from": "default"}
    assert secret.encode() not in out
    for name, value, sentence in (("PROT", "9000", "did you mean SCAIGRID_PORT?"), ("PORT", "many", "SCAIGRID_PORT")):
        wrong = await begun("config", "check", env=around(None, **said, **{f"{PREFIX}{name}": value}))
        _, err = await wrong.communicate()
        assert (wrong.returncode, sentence in err.decode()) == (2, True)


async def test_a_shell_completes_what_is_begun() -> None:
    printed = await begun("completion", "bash", env=around())
    script, _ = await printed.communicate()
    assert b"_SCAIGRID_COMPLETE" in script
    typed = around(_SCAIGRID_COMPLETE="complete_bash", COMP_WORDS="scaigrid coll", COMP_CWORD="1")
    completed = await begun(env=typed)
    offered, _ = await completed.communicate()
    assert offered.split() == [b"collections"]
