"""The project speaks of itself alone: not of the machine it was written on, nor of where its parts came from."""

from __future__ import annotations

import re

from tests.house.sources import ROOT

FOLDERS = re.compile(r"(?<![\w.$}/-])/(root|home|work|Users|mnt|workspace)/\w+")
PLACES = re.compile(r"^--(index-url|extra-index-url|find-links|trusted-host)|://", re.MULTILINE)
LEFT_OUT = {
    ".venv",
    ".git",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "__pycache__",
    ".scaigrid",
    "node_modules",
    "built",
}
TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".txt", ".cfg", ".ini", ".sh", ".mako", ".html", ""}


def texts() -> dict[str, str]:
    """Every text of the project."""
    found = {}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT)
        if (
            path.is_file()
            and path.suffix in TEXTS
            and not LEFT_OUT & set(inside.parts)
            and not inside.parts[0].startswith(".venv")
        ):
            found[inside.as_posix()] = path.read_text(encoding="utf-8", errors="replace")
    return found


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{path}: {match.group()}"
        for path, text in texts().items()
        if path != "tests/house/test_plain_speech.py"
        for match in FOLDERS.finditer(text)
    ]
    assert found == []


def test_the_locks_name_no_place() -> None:
    locks = {path: text for path, text in texts().items() if path.startswith("requirements/")}
    assert locks
    assert [path for path, text in locks.items() if PLACES.search(text)] == []


def test_no_text_is_left_to_do() -> None:
    todo = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    assert [path for path, text in texts().items() if path.endswith((".py", ".md")) and todo.search(text)] == []
