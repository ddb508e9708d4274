"""Roof, command line: a server asked through the SDK; what goes wrong is a sentence and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import typer

from app.cli.spoken import note, plain
from app.cli.stored import login

if TYPE_CHECKING:
    from app.sdk import Refused, ScaiGrid


class Exit(IntEnum):
    """What a command says to whoever called it."""

    FAILED = 1
    WRONG = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    UNAVAILABLE = 5
    UNDER_THE_FLOOR = 6


_EXITS = {401: Exit.NOT_ALLOWED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND, 400: Exit.WRONG, 422: Exit.WRONG}
_AWAY = {429, 502, 503, 504}


class Stop(Exception):
    """A command cannot go on; the message is for people."""

    def __init__(self, message: str, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def asking(*, come_back: str = "") -> Iterator[ScaiGrid]:
    """The server and key in force; whoever stops waiting is told how to come back."""
    from app.sdk import NotConfigured, Refused, ScaiGrid, ScaiGridError

    try:
        kept = login()
        with ScaiGrid(kept.url, kept.key) as grid:
            yield grid
    except Stop as stop:
        _ended(str(stop), stop.exit_code)
    except Refused as refused:
        _ended(sentence(refused), exit_of(refused))
    except NotConfigured as wrong:
        _ended(f"{wrong} (scaigrid login keeps both)", Exit.WRONG)
    except ScaiGridError as away:
        _ended(str(away), Exit.UNAVAILABLE)
    except KeyboardInterrupt:
        _ended(f"stopped waiting. {come_back}".rstrip(), Exit.FAILED)


def sentence(refused: Refused) -> str:
    """What a server said of why not, with what is wrong where."""
    lines = [plain(refused)]
    lines += [f"  {plain(issue.field)}: {plain(issue.message)}" for issue in refused.details]
    return "\n".join(lines)


def exit_of(refused: Refused) -> Exit:
    """The exit code of a refusal."""
    return _EXITS.get(refused.status, Exit.UNAVAILABLE if refused.status in _AWAY else Exit.FAILED)


def _ended(why: str, exit_code: Exit) -> None:
    note(f"scaigrid: {why}")
    raise typer.Exit(exit_code) from None
