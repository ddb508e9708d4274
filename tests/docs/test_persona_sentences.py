"""Every sentence that was promised of assistants names tests, and those are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGES = ("persona-architecture.md", "persona-troubleshooting.md")


def entries(page: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each sentence of a page with the tests behind it, by file and name."""
    _, *parts = re.split(r"(?m)^> ", (HERE / page).read_text(encoding="utf-8"))
    return [(part.split("\n")[0], re.findall(r"(?m)^- `([\w/.]+)::(\w+)`$", part)) for part in parts]


@cache
def named_in(file: str) -> frozenset[str]:
    """The names of the tests of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(("page", "sentences"), [(PAGES[0], 46), (PAGES[1], 61)])
def test_behind_every_sentence_stand_tests_that_are_there(page: str, sentences: int) -> None:
    found = entries(page)
    assert len(found) == sentences
    assert [sentence for sentence, tests in found if not tests] == []
    assert [f"{file}::{name}" for _, tests in found for file, name in tests if name not in named_in(file)] == []
