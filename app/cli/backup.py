"""Roof, command line: take a backup, and take one back."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from app.backup.restore import Restored

T = TypeVar("T")
FAILED, UNAVAILABLE = 1, 5
_WORD = "replace"
JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object per line: progress, then the result.")]


def backup(
    to: Annotated[Path, typer.Argument(help="The file to write, .tar or .tar.gz; there must be none yet.")],
    *,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Put the platform's secret key into it: whoever has it has all.")
    ] = False,
    without_vectors: Annotated[
        bool, typer.Option("--without-vectors", help="Smaller; whoever takes it back embeds all texts anew.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Write everything the platform knows into one file, while it goes on serving.

    Examples:
      scaigrid backup /backups/monday.tar.gz
      scaigrid backup --with-secrets /safe/monday.tar
      scaigrid backup --json /backups/monday.tar.gz
    """
    from app.backup.take import Wishes, take_backup
    from app.settings import read_settings

    wishes = Wishes(secrets=with_secrets, vectors=not without_vectors)
    manifest = done(take_backup(quiet(read_settings()), to, wishes, Telling(as_json)))
    told = {"rows": manifest.rows, "blobs": manifest.blobs, "vectors": manifest.vectors, "amended": manifest.amended}
    if as_json:
        typer.echo(json.dumps({"done": "backup", "file": str(to), "taken_at": manifest.taken_at, **told}))
        return
    typer.echo(f"{to}: {manifest.rows} rows, {manifest.blobs} files, {manifest.vectors} vectors")
    if not with_secrets:
        typer.echo("The platform's secret key is not in it: keep secret.key, or SCAIGRID_SECRET_KEY, apart.", err=True)


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="A file that `scaigrid backup` wrote.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Take away everything that is here now.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    without_key: Annotated[
        bool,
        typer.Option("--without-key", help="Go on without the secret key it was taken with; what is sealed is lost."),
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Fill an empty platform from a backup. Stop its servers and workers first.

    Examples:
      scaigrid restore /backups/monday.tar.gz
      scaigrid restore --replace /backups/monday.tar.gz
      scaigrid restore --replace --yes --json /backups/monday.tar.gz
    """
    from app.backup.restore import Consent, restore_backup
    from app.settings import read_settings

    if replace and not yes:
        _confirm()
    consent = Consent(replace=replace, without_key=without_key)
    restored = done(restore_backup(quiet(read_settings()), source, consent, Telling(as_json)))
    _say_restored(restored, as_json=as_json)
    if restored.broken_chains:
        raise typer.Exit(FAILED)


class Telling:
    """Says how far it is: lines for programs on stdout, plain ones for people beside it."""

    def __init__(self, as_json: bool) -> None:  # noqa: FBT001 - as the option is
        self._as_json = as_json

    def __call__(self, stage: str, **numbers: Any) -> None:
        """Say one thing."""
        if self._as_json:
            typer.echo(json.dumps({"stage": stage, **numbers}))
        else:
            typer.echo(f"{stage}: " + ", ".join(f"{name} {value}" for name, value in numbers.items()), err=True)


def _say_restored(restored: Restored, *, as_json: bool) -> None:
    told = {name: value for name, value in asdict(restored).items() if name != "manifest"}
    if as_json:
        typer.echo(json.dumps({"done": "restore", "taken_at": restored.manifest.taken_at, **told}))
        return
    typer.echo(
        f"As of {restored.manifest.taken_at}: {restored.rows} rows, {restored.blobs} files, "
        f"{restored.vectors} vectors. Graphs and what is missing are built from them once the platform runs, "
        "or now: scaigrid maintenance rebuild"
    )
    for tenant, sentence in restored.broken_chains.items():
        typer.echo(f"audit of {tenant}: {sentence}", err=True)


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter("asks at a terminal; say --yes as well where there is none", param_hint="--replace")
    typed = typer.prompt(f"Everything that is here now will be gone. Type '{_WORD}' to go on", err=True)
    if typed != _WORD:
        raise typer.Exit(FAILED)


def quiet(settings: Any) -> Any:
    """Say nothing on the way but errors."""
    from app.telemetry.logging import configure_logging

    configure_logging("error", settings.log_format)
    return settings


def done(work: Coroutine[Any, Any, T]) -> T:
    """Do something to its end; a refusal is a sentence and an exit code."""
    from app.backup.errors import BackupRefused
    from app.errors import PlatformError

    try:
        return asyncio.run(work)
    except BackupRefused as refused:
        typer.echo(f"scaigrid: {refused}", err=True)
        raise typer.Exit(FAILED) from None
    except PlatformError as away:
        typer.echo(f"scaigrid: {away.message}", err=True)
        raise typer.Exit(UNAVAILABLE) from None
