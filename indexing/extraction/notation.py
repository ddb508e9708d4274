"""Knowing, extraction: how Markdown writes what is neither heading nor sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_READ_AS_HEADING = re.compile(r"^( {0,3})(#{1,6}(?=\s)|`{3}|~{3})", re.MULTILINE)
_LINE_ENDS = re.compile(r"\s*\n\s*")
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n"} | {0x0B: "\n", 0x0C: "\n", 0x7F: None}


def paragraph(text: str) -> str:
    """Text that must not be read as a heading or a code block, whatever it begins with."""
    return _READ_AS_HEADING.sub(r"\1\\\2", without_controls(text).strip())


def list_item(text: str, depth: int) -> str:
    """One point of a list, indented by its depth."""
    indent = "  " * min(depth, 8)
    return f"{indent}- " + without_controls(text).strip().replace("\n", f"\n{indent}  ")


def code(text: str, language: str = "") -> str:
    """A code block, with a fence longer than any inside."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def table(rows: Iterable[Sequence[str]]) -> str:
    """A table; the first row is its head. Rows that are shorter than the longest are filled up."""
    cells = [[cell(each) for each in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    if not width:
        return ""
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in cells]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def cell(text: str) -> str:
    """What stands in one cell: one line, its bars not read as borders."""
    if not text.isprintable():
        text = _LINE_ENDS.sub("<br>", without_controls(text).strip())
    return text.strip().replace("|", "\\|")


def without_controls(text: str) -> str:
    """Text without the characters that steer a terminal; line ends of every kind become one."""
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
