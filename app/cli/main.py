"""Roof, command line: the command tree."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from app.cli import audit, doctor, drive, evals
from app.cli.worker import worker
from app.errors import CannotStart
from app.settings import read_settings

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they hold keys
    help="ScaiGrid: assistants over your own documents.",
)
cli.add_typer(audit.commands, name="audit")
cli.add_typer(drive.commands, name="drive")
cli.add_typer(evals.commands, name="evals")
cli.command("doctor")(doctor.doctor)
cli.command()(worker)


@cli.callback()
def root() -> None:
    """ScaiGrid: permission-aware assistants over your own documents."""


@cli.command()
def serve() -> None:
    """Run the platform here; nothing else needs to be installed."""
    from app import serving
    from app.cli.greeting import greeting

    settings = read_settings()
    prepared = asyncio.run(serving.prepare(settings))
    typer.echo(greeting(settings, prepared))
    serving.serve(settings)


@cli.command()
def record(folder: Path = Path("docs/reference")) -> None:
    """Write the reference pages: error codes, settings and the OpenAPI description."""
    from app.cli import reference

    reference.record(folder)


def main() -> None:
    """Run a command; a wrong setting is one sentence and exit code 2."""
    try:
        cli()
    except CannotStart as wrong:
        typer.echo(f"scaigrid: {wrong}", err=True)
        raise SystemExit(2) from None
