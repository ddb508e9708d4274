"""Roof, command line: the reference page of commands, made of the help that they print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_HEAD = (
    "# Commands\n\n"
    "`scaigrid --help` says the same. Results are on stdout, everything else on stderr. Exit codes: 0 done, 1 failed,\n"
    "2 wrong use, 3 not found, 4 not allowed, 5 unavailable, 6 an evaluation under its floor. Made by `make record`.\n"
)
_WIDTH = 100


def commands_page() -> str:
    """Every command with its help."""
    return _HEAD + "".join(f"\n## {path}\n\n```\n{text}```\n" for path, text in _pages())


def _pages() -> Iterator[tuple[str, str]]:
    from app.cli.main import command_tree

    yield from _of(command_tree(), "scaigrid", None)


def _of(command: Any, path: str, parent: Any) -> Iterator[tuple[str, str]]:
    settings = {**command.context_settings, "max_content_width": _WIDTH, "terminal_width": _WIDTH}
    context = command.context_class(command, info_name=path.rpartition(" ")[2], parent=parent, **settings)
    yield path, command.get_help(context).rstrip() + "\n"
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _of(inner, f"{path} {name}", context)
