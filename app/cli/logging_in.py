"""Roof, command line: a server and a key, kept for later commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.cli import stored
from app.cli.remote import Exit, exit_of, sentence
from app.cli.spoken import Json, as_json, note, plain, say

_Forgotten = Annotated[bool, typer.Option("--json", help="Print whether there was one, as JSON.")]


def login(
    url: Annotated[str | None, typer.Argument(help="Address of the server; without it, it is asked for.")] = None,
    *,
    json: Json = False,
) -> None:
    """Keep a server and a key for it; SCAIGRID_URL and SCAIGRID_API_KEY, where they are set, go before.

    Examples:
      scaigrid login
      scaigrid login https://grid.example
      scaigrid login http://127.0.0.1:8000 < key.txt
    """
    from app.sdk import NotConfigured, Refused, ScaiGrid, ScaiGridError

    known = stored.login()
    if sys.stdin.isatty():
        where = url or typer.prompt("Server", default=known.url or "http://127.0.0.1:8000", err=True)
        key = typer.prompt("Key", hide_input=True, err=True)
    else:
        where, key = url or known.url or "http://127.0.0.1:8000", sys.stdin.readline()
    try:
        with ScaiGrid(where, key.strip() or "-") as grid:
            mine = grid.me()
            file = stored.keep(grid.url, key.strip())
    except Refused as refused:
        note(f"scaigrid: {sentence(refused)}")
        raise typer.Exit(exit_of(refused)) from None
    except NotConfigured as wrong:
        note(f"scaigrid: {wrong}")
        raise typer.Exit(Exit.WRONG) from None
    except ScaiGridError as away:
        note(f"scaigrid: {away}")
        raise typer.Exit(Exit.UNAVAILABLE) from None
    note(f"You are {plain(mine.name)} of {plain(mine.tenant_slug)}; the key is kept in {file}.")
    if json:
        say(as_json(mine.raw))


def logout(*, json: _Forgotten = False) -> None:
    """Keep no key any longer; the key itself stays good until it is revoked."""
    forgotten = stored.forget()
    note("Forgotten." if forgotten else "There was nothing to forget.")
    if json:
        say(as_json({"forgotten": forgotten}))
