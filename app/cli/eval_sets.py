"""Roof, command line: sets of cases on a server: listed, brought in from files, and taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.remote import Exit, asking
from app.cli.spoken import Json, as_json, say, table

if TYPE_CHECKING:
    from evals.files import FileForm

commands = typer.Typer(no_args_is_help=True, help="Sets of cases on a server.")
_Set = Annotated[str, typer.Argument(metavar="SET", help="Id or slug of a set.")]
_ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson"}


@commands.callback()
def _group() -> None:
    """Sets of cases on a server."""


@commands.command("list")
def list_sets(*, json: Json = False) -> None:
    """List the sets there are."""
    with asking() as grid:
        found = list(grid.evals.sets())
    if json:
        say(as_json([one.raw for one in found]))
        return
    versions = ("empty" if one.version is None else f"version {one.version}, {one.case_count} cases" for one in found)
    table((one.slug, version, one.name) for one, version in zip(found, versions, strict=True))


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Cases as JSON on each line (.jsonl), or a table (.csv).")],
    *,
    into: Annotated[
        str | None, typer.Option("--set", help="Slug of the set; without it, the name of the file.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What a set that is not there yet is to be called.")] = None,
    note: Annotated[str | None, typer.Option(help="What is to be said of the version.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only read the file; no server is asked.")] = False,
    json: Json = False,
) -> None:
    """Have a set ask the cases of a file and no others: its next version, unless it asks just these already.

    Examples:
      scaigrid evals sets import refunds.jsonl
      scaigrid evals sets import questions.csv --set refunds --note "After the audit"
      scaigrid evals sets import refunds.jsonl --check
    """
    form = _form_of(file)
    body = _read(file)
    counted = _checked(file, body, form)
    if check:
        typer.echo(f"{file}: {counted} cases, nothing wrong with any")
        return
    changed = _imported(into or _slug(file), name or file.stem, body, form, note)
    if json:
        say(as_json(changed))
        return
    version = changed["version"]
    differences = ", ".join(f"{changed[what]} {what}" for what in ("added", "changed", "removed"))
    typer.echo(f"{version['set_id']} version {version['version']}: {version['case_count']} cases ({differences})")


@commands.command()
def export(
    set_: _Set,
    *,
    form: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    version: Annotated[int | None, typer.Option(help="Number of a version; without it, the newest.")] = None,
) -> None:
    """Print all that a set asks as a file that can be brought in again."""
    if form not in _TYPES:
        raise typer.BadParameter("jsonl or csv", param_hint="--format")
    with asking() as grid:
        typer.echo(grid.evals.export(set_, form=form, version=version), nl=False)


def _imported(slug: str, name: str, body: bytes, form: str, note: str | None) -> Mapping[str, Any]:
    from app.sdk import NotFound

    with asking() as grid:
        try:
            one = grid.evals.set(slug)
        except NotFound:
            one = grid.evals.create_set(name, slug)
            typer.echo(f"{slug} is a new set", err=True)
        return grid.evals.replace_cases(one, body, _TYPES[form], note=note)
    raise AssertionError("a refusal has ended the command")


def _form_of(file: Path) -> FileForm:
    from evals.files import FileForm

    form = _ENDINGS.get(file.suffix.lower())
    if form is None:
        raise typer.BadParameter(f"{file} ends neither in .jsonl nor in .csv", param_hint="FILE")
    return FileForm(form)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="FILE") from None


def _checked(file: Path, body: bytes, form: FileForm) -> int:
    """How many cases there are; where anything is wrong, every line of it is said, as the server would say it."""
    from app.errors import PlatformError
    from evals.files import read_cases

    try:
        return len(read_cases(body, form))
    except PlatformError as wrong:
        lines = [f"{issue.field}: {issue.message}" for issue in wrong.details] or [wrong.message]
        for line in lines:
            typer.echo(f"{file}, {line}", err=True)
        raise typer.Exit(Exit.WRONG) from None


def _slug(file: Path) -> str:
    from indexing.collections.naming import slug_of

    slug = slug_of(file.stem)
    if not slug:
        raise typer.BadParameter(f"{file} gives no slug; say one", param_hint="--set")
    return slug
