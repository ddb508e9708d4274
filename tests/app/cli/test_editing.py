"""An assistant is edited in an editor: what was changed meanwhile is not overwritten, and nothing written is lost."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.world.models import data
from tests.world.people import Organisation
from tests.world.personas import at, persona
from tests.world.typing_commands import Typed, Typist

_NINE = """sed -i 's/"rag_top_k": [0-9]*/"rag_top_k": 9/' "$1"\n"""


class Desk:
    """Somebody with an editor that does what a script says, and the assistant that is edited."""

    def __init__(self, typist: Typist, made: dict[str, Any], editor: Path):
        self.typist, self.made, self.editor = typist, made, editor

    async def edits(self, script: str, *words: str) -> Typed:
        self.editor.write_text(f"#!/bin/sh\n{script}")
        self.editor.chmod(0o700)
        return await self.typist.types("personas", "edit", self.made["slug"], *words, VISUAL=str(self.editor))

    async def now(self) -> dict[str, Any]:
        found: dict[str, Any] = data(await self.typist.acme.client("admin").get(at(self.made)))
        return found


@pytest.fixture
async def desk(acme: Organisation, tmp_path: Path) -> Desk:
    return Desk(Typist(acme, tmp_path), await persona(acme.client("admin")), tmp_path / "editor")


def kept(typed: Typed) -> str:
    """What was kept where it is said to be, for its writer alone."""
    found = re.search(r"is kept in (\S+)\.$", typed.err, re.MULTILINE)
    assert found, typed.err
    file = Path(found[1])
    assert file.stat().st_mode & 0o777 == 0o600
    written = file.read_text()
    file.unlink()
    return written


async def test_an_editor_changes_only_what_was_changed(desk: Desk) -> None:
    edited = await desk.edits(_NINE)
    assert (edited.code, edited.err) == (0, f"{desk.made['name']}: changed rag_top_k.\n")
    assert (await desk.edits("exit 0\n")).err == "Nothing is changed.\n"
    assert {**desk.made, "rag_top_k": 9} == {**(await desk.now()), "updated_at": desk.made["updated_at"]}


async def test_what_others_changed_meanwhile_stays_and_nothing_written_is_lost(desk: Desk) -> None:
    slug = shlex.quote(desk.made["slug"])
    meanwhile = f"{shlex.quote(sys.executable)} -m app.cli personas edit {slug} --set rag_top_k=3 2>/dev/null\n"
    refused = await desk.edits(meanwhile + _NINE)
    assert (refused.code, refused.out) == (1, "")
    assert f"scaigrid: {desk.made['name']} was changed by others while you edited it." in refused.err
    assert (await desk.now())["rag_top_k"] == 3
    mine = desk.editor.with_name("mine.json")
    mine.write_text(kept(refused))
    taken_up = await desk.edits(f'cat {shlex.quote(str(mine))} > "$1"\n', "--json")
    assert (taken_up.code, taken_up.json["rag_top_k"]) == (0, 9)


@pytest.mark.parametrize(
    ("script", "exit_code", "why"),
    [
        ("echo '{' > \"$1\"\n", 2, "That is no JSON"),
        ("echo '[]' > \"$1\"\n", 2, "That is no object"),
        ('echo \'{"rag_top_k": 0}\' > "$1"\n', 2, "rag_top_k"),
    ],
)
async def test_what_cannot_be_taken_is_kept_for_its_writer(desk: Desk, script: str, exit_code: int, why: str) -> None:
    refused = await desk.edits(script)
    assert (refused.code, why in refused.err) == (exit_code, True), refused.err
    assert kept(refused).strip() in {"{", "[]", '{"rag_top_k": 0}'}
    assert (await desk.now())["rag_top_k"] == desk.made["rag_top_k"]


async def test_an_editor_that_fails_changes_nothing(desk: Desk) -> None:
    refused = await desk.edits(_NINE + "exit 3\n")
    assert (refused.code, "did not end well" in refused.err, "kept" in refused.err) == (1, True, False)
    assert (await desk.now())["rag_top_k"] == desk.made["rag_top_k"]
