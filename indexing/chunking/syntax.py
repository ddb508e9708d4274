"""Knowing, chunking: source code as the tree its grammar sees."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Node

MOST_CHARACTERS = 100_000  # parsed at once: over more of what is no code some grammars brood for minutes
_READ = 65_536
# Code takes up to 0.01 steps a character.
_FEWEST_STEPS, _STEPS_A_CHARACTER = 1_000, 0.05

_GRAMMARS = {
    "bash": ("tree_sitter_bash", "language"),
    "c": ("tree_sitter_c", "language"),
    "c-sharp": ("tree_sitter_c_sharp", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "python": ("tree_sitter_python", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
}
_ALSO_CALLED = {
    "sh": "bash", "shell": "bash", "zsh": "bash", "csharp": "c-sharp", "c_sharp": "c-sharp", "c#": "c-sharp",
    "cs": "c-sharp", "c++": "cpp", "cc": "cpp", "js": "javascript", "jsx": "javascript", "ts": "typescript",
    "py": "python", "rb": "ruby", "rs": "rust", "golang": "go",
}  # fmt: skip
_BEYOND = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")


def tree(text: str, language: str | None) -> Node | None:
    """Parse a source; None if there is no grammar for it, it is too long, or hardly anything of it was understood.

    A node's offsets in bytes are twice its offsets in characters.
    """
    grammar = _grammar(_named(language))
    if grammar is None or len(text) > MOST_CHARACTERS:
        return None
    from tree_sitter import Parser  # noqa: PLC0415 - only for who has code

    # Two bytes for every character, so that offsets need no table.
    source = _BEYOND.sub("\ufffd", text).encode("utf-16-le")
    steps = count()

    def read(offset: int, _point: object) -> bytes:
        return source[offset : offset + _READ]

    def too_long(_offset: int, _has_error: bool) -> bool:  # noqa: FBT001 - the parser's signature
        return next(steps) > _FEWEST_STEPS + len(text) * _STEPS_A_CHARACTER

    try:
        root = Parser(grammar).parse(read, encoding="utf16le", progress_callback=too_long).root_node
    except ValueError:  # given up
        return None
    return None if root.type == "ERROR" else root


def _named(language: str | None) -> str:
    name = (language or "").lower()
    return _ALSO_CALLED.get(name, name)


@cache
def _grammar(name: str) -> Language | None:
    if name not in _GRAMMARS:
        return None
    from tree_sitter import Language  # noqa: PLC0415

    module, maker = _GRAMMARS[name]
    return Language(getattr(import_module(module), maker)())
