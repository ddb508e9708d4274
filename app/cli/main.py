"""Roof, command line: the command tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from app.cli import (
    access,
    accounts,
    audit,
    backup,
    chat,
    collections,
    crawl,
    doctor,
    documents,
    drive,
    evals,
    ingest,
    logging_in,
    maintenance,
    moving,
    operate,
    personas,
    requests,
    searching,
)
from app.cli.migrate import migrate
from app.cli.scheduler import scheduler
from app.cli.worker import worker
from app.errors import CannotStart

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show what was typed, and with it keys
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, group in {
    "collections": collections.commands,
    "documents": documents.commands,
    "crawl": crawl.commands,
    "access": access.commands,
    "personas": personas.commands,
    "evals": evals.commands,
    "requests": requests.commands,
    "keys": accounts.keys,
    "audit": audit.commands,
    "drive": drive.commands,
    "config": operate.config,
    "maintenance": maintenance.commands,
}.items():
    cli.add_typer(group, name=name)
for deed in (
    *(logging_in.login, logging_in.logout, accounts.whoami, ingest.ingest, searching.search, chat.chat),
    *(accounts.usage, accounts.models),
    *(operate.serve, worker, scheduler, migrate, operate.seed, doctor.doctor, operate.completion),
    *(backup.backup, backup.restore),
):
    cli.command()(deed)
cli.command("export")(moving.export_collection)
cli.command("import")(moving.import_collection)


@cli.callback()
def root() -> None:
    """ScaiGrid: permission-aware assistants over your own documents.

    Examples:
      scaigrid serve
      scaigrid ingest examples/handbook --into handbook
      scaigrid chat demo/guide "How long do refunds take?"
    """


@cli.command()
def record(folder: Path = Path("docs/reference")) -> None:
    """Write the reference pages: commands, error codes, settings and the OpenAPI description."""
    from app.cli import reference

    reference.record(folder)


def command_tree() -> Any:
    """Every command, its help with the examples on lines of their own."""
    tree = typer.main.get_command(cli)
    _with_lines(tree)
    return tree


def _with_lines(command: Any) -> None:
    if command.help:
        command.help = command.help.replace("Examples:\n", "\b\nExamples:\n")
    for inner in getattr(command, "commands", {}).values():
        _with_lines(inner)


def main() -> None:
    """Run a command; a wrong setting is one sentence and exit code 2."""
    from typer.completion import completion_init  # type: ignore[attr-defined] # as in operate.py

    completion_init()
    try:
        command_tree()(prog_name="scaigrid")
    except CannotStart as wrong:
        typer.echo(f"scaigrid: {wrong}", err=True)
        raise SystemExit(2) from None
