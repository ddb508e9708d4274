"""Roof, command line: vectors and graphs built from rows and files."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Work on what is kept.")


@commands.callback()
def _group() -> None:
    """Work on what is kept."""


@commands.command()
def rebuild(
    *,
    collection: Annotated[str | None, typer.Option(help="Id of the one collection; all of them without it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Build what vector and graph stores lack from rows and files, beside servers that go on answering.

    Examples:
      scaigrid maintenance rebuild
      scaigrid maintenance rebuild --collection col_9
      scaigrid maintenance rebuild --json
    """
    from app.settings import read_settings
    from app.telemetry.logging import configure_logging

    settings = read_settings()
    configure_logging("error", settings.log_format)
    if not asyncio.run(_rebuilt(settings, collection, as_json=as_json)):
        raise typer.Exit(1)


async def _rebuilt(settings: Settings, collection: str | None, *, as_json: bool) -> bool:
    """Say what is found of each as it comes; whether all is well in the end."""
    from app.cli.doctor import said
    from app.wiring import open_platform
    from app.wiring.workshop import workshop_of
    from indexing.reconciling.everything import examine

    well, looked_at = True, 0
    async with open_platform(settings) as platform:
        async for found in examine(workshop_of(platform), healing=True, only=collection):
            well, looked_at = well and found.is_well, looked_at + 1
            if as_json:
                typer.echo(json.dumps({"of": type(found).__name__, "well": found.is_well, **asdict(found)}))
            else:
                for line in said(found):
                    typer.echo(line)
    if collection is not None and not looked_at:
        typer.echo(f"scaigrid: there is no collection {collection!r}", err=True)
        raise typer.Exit(3)
    if not as_json:
        typer.echo("All is in its stores." if well else "What is named above could not be put right now.")
    return well
