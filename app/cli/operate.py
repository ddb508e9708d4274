"""Roof, command line: what is done where the platform runs, and what it would run with."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from app.cli.remote import Exit
from app.cli.spoken import Json, as_json, note, say, table

config = typer.Typer(no_args_is_help=True, help="Settings.")


def serve() -> None:
    """Run the platform here; nothing else needs to be installed.

    Examples:
      scaigrid serve
      SCAIGRID_PORT=9000 SCAIGRID_HOME=/var/lib/scaigrid scaigrid serve
      SCAIGRID_DEMO=0 scaigrid serve
    """
    from app import serving
    from app.cli.greeting import greeting
    from app.settings import read_settings

    settings = read_settings()
    prepared = asyncio.run(serving.prepare(settings))
    typer.echo(greeting(settings, prepared))
    serving.serve(settings)


def seed(*, json: Json = False) -> None:
    """Make the demo tenant unless it is or was there, and print the keys of its people."""
    from app.serving import prepare
    from app.settings import read_settings

    settings = read_settings().model_copy(update={"demo": True})
    prepared = asyncio.run(prepare(settings))
    if prepared.made_key:
        note(f"Super-admin key, shown this once: {prepared.made_key}")
    if json:
        say(as_json([{"name": person.name, "does": person.does, "key": key} for person, key in prepared.demo]))
    else:
        table((person.name, person.does, key) for person, key in prepared.demo)


@config.callback()
def _group() -> None:
    """Settings."""


@config.command()
def check(*, json: Json = False) -> None:
    """Say what would be used, with secrets masked; exits with 2 where anything is wrong or unknown.

    Examples:
      scaigrid config check
      SCAIGRID_PROT=9000 scaigrid config check
    """
    from app.cli.settings_check import examined

    found = examined()
    if json:
        say(as_json({"settings": found.rows, "wrong": found.wrong}))
    else:
        table((row["name"], row["value"], row["from"]) for row in found.rows)
    for sentence in found.wrong:
        note(f"scaigrid: {sentence}")
    if found.wrong:
        raise typer.Exit(Exit.WRONG)


def completion(shell: Annotated[str, typer.Argument(help="bash, zsh or fish.")]) -> None:
    """Print what a shell needs to complete commands.

    Examples:
      source <(scaigrid completion bash)
      scaigrid completion zsh > ~/.zfunc/_scaigrid
      scaigrid completion fish > ~/.config/fish/completions/scaigrid.fish
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined] # it is there, and said nowhere

    if shell not in {"bash", "zsh", "fish"}:
        raise typer.BadParameter("bash, zsh or fish", param_hint="SHELL")
    say(get_completion_script(prog_name="scaigrid", complete_var="_SCAIGRID_COMPLETE", shell=shell))
