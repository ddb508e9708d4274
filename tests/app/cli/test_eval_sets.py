"""Sets are brought in from files and taken out again from a command line."""

from __future__ import annotations

from pathlib import Path

from tests.world.evaluating import asks, jsonl
from tests.world.people import Organisation
from tests.world.typing_commands import Typed, Typist


async def types(acme: Organisation, *words: str, person: str = "admin") -> Typed:
    return await Typist(acme, Path("/nowhere"), person).types("evals", "sets", *words, COLUMNS="300")


async def test_a_file_becomes_a_set_and_each_difference_a_version(acme: Organisation, tmp_path: Path) -> None:
    file = tmp_path / "Quay questions.jsonl"
    file.write_bytes(jsonl(asks(1), asks(2)))
    first = await types(acme, "import", str(file), "--note", "The first")
    assert (first.code, first.err) == (0, "quay-questions is a new set\n")
    assert first.out.endswith(" version 1: 2 cases (2 added, 0 changed, 0 removed)\n")
    again = await types(acme, "import", str(file), "--set", "quay-questions")
    assert again.out.endswith(" version 1: 2 cases (0 added, 0 changed, 0 removed)\n")
    listed = await types(acme, "list")
    assert listed.out == "quay-questions\tversion 1, 2 cases\tQuay questions\n"
    table = tmp_path / "quay-questions.csv"
    table.write_text((await types(acme, "export", "quay-questions", "--format", "csv")).out, newline="")
    same = await types(acme, "import", str(table))
    assert same.out.endswith(" version 1: 2 cases (0 added, 0 changed, 0 removed)\n")


async def test_bad_lines_are_said_before_any_server_is_asked(acme: Organisation, tmp_path: Path) -> None:
    file = tmp_path / "quay.jsonl"
    file.write_bytes(jsonl(asks(1), asks(2, colour="red"), asks(3, tags=[""])))
    said = await types(acme, "import", str(file))
    assert said.code == 2
    assert [line.removeprefix(f"{file}, ").partition(": ")[0] for line in said.err.splitlines()] == [
        "line 2.colour",
        "line 3.tags.0",
    ]
    file.write_bytes(jsonl(asks(1)))
    checked = await types(acme, "import", str(file), "--check")
    assert (checked.code, checked.out) == (0, f"{file}: 1 cases, nothing wrong with any\n")
    assert (await types(acme, "list")).out == ""


async def test_who_may_not_and_what_is_not_there_have_exit_codes_of_their_own(
    acme: Organisation, tmp_path: Path
) -> None:
    file = tmp_path / "quay.jsonl"
    file.write_bytes(jsonl(asks(1)))
    assert (await types(acme, "import", str(file), person="user")).code == 4
    missing = await types(acme, "export", "quay")
    assert missing.code == 3
    assert "EVALUATION_SET_NOT_FOUND" in missing.err
