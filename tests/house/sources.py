"""The house as text: every Python file of it, parsed once."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STOREYS = ("app", "acl", "indexing", "rag", "evals", "tasks")
BESIDE = ("tests", "scripts", "bench")
GENERATED = "app/migrations/versions/"


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file under some folders, but for what a tool made."""
    return tuple(_read(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if _ours(path))


def _ours(path: Path) -> bool:
    inside = path.relative_to(ROOT)
    return not inside.as_posix().startswith(GENERATED) and "node_modules" not in inside.parts


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


@cache
def configuration() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name it is made by; what is computed before a dot is left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.AST) -> str:
    """`a.b.c` as it is written; `.c` where it hangs on something that is no name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def definitions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Every class and function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node
