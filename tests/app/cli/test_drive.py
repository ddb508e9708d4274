"""A drive that cannot be served says why in one sentence, before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.clock import SystemClock
from app.drive.opening import AUDIENCE, people_of
from app.drive.rights import RIGHTS, Reader
from tests.world.drive import SECRET, filled
from tests.world.typing_commands import typed


@pytest.fixture(autouse=True)
def log_of_all_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive that is served logs to its terminal, which here is gone as soon as it has answered."""
    monkeypatch.setattr("app.telemetry.logging.configure_logging", lambda _level, _style: None)


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
    names = {name: str(tmp_path / name) for name in ("home", "nowhere", "good", "broken", "empty", "short", "secret")}
    done = await typed("drive", *(word.format(**names) for word in words), SCAIGRID_HOME=names["home"])
    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert len(done.err.strip().splitlines()) == 1


async def test_a_token_that_is_printed_is_good(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    options = ["--email", "ada@example.com", "--group", "board", "--group", "staff", "--tenant", "acme"]
    asked = ("token", "ada", "--secret-file", str(tmp_path / "secret"))
    done = await typed("drive", *asked, *options, SCAIGRID_HOME=str(tmp_path))
    assert done.code == 0
    reader = await people_of(SECRET, AUDIENCE, SystemClock()).reader_of(done.out.strip())
    assert reader == Reader("ada", "acme", "ada@example.com", frozenset({"board", "staff"}))
