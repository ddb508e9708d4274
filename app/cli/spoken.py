"""Roof, command line: results on stdout, all else on stderr, and nothing that steers a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print what the server says, as JSON.")]
Done = Annotated[bool, typer.Option("--json", help="Print what it was done to, as JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether it is meant.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]

# Whoever names a document must not move cursors, set titles or turn the direction of writing of its readers.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def plain(text: Any, *, lines: bool = False) -> str:
    """A text of somebody else's, safe to be shown; on one line unless it may have several."""
    said = _STEERING.sub("", "" if text is None else str(text).replace("\r\n", "\n"))
    return said if lines else " ".join(said.split())


def say(text: str) -> None:
    """Say a result."""
    typer.echo(text)


def note(text: str) -> None:
    """Say something beside results."""
    typer.echo(text, err=True)


def as_json(value: Any, *, line: bool = False) -> str:
    """JSON in which nothing steers a terminal either."""
    written = json.dumps(value, ensure_ascii=False, indent=None if line else 2)
    return _STEERING.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", written)


def table(rows: Iterable[Sequence[Any]]) -> None:
    """Say rows: in columns where a person reads, with tabs where a program does."""
    cells = [[plain(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            say("\t".join(row))
        return
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def sure(question: str, *, yes: bool) -> None:
    """Ask whether it is meant; where nobody can be asked it has to be said beforehand."""
    if yes:
        return
    if not sys.stdin.isatty():
        note(f"scaigrid: {question} Say --yes to do it without being asked.")
        raise typer.Exit(2)
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


def size(count: int) -> str:
    """So many bytes, for people."""
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
