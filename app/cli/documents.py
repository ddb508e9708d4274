"""Roof, command line: documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli import naming
from app.cli.following import Following, line_of
from app.cli.remote import Exit, Stop, asking
from app.cli.spoken import Done, DryRun, Json, Yes, as_json, note, plain, say, size, sure, table

commands = typer.Typer(no_args_is_help=True, help="Documents of collections.")
_Which = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Id, or collection/name.")]
_In = Annotated[str, typer.Option("--in", help="Id, slug or name of a collection.")]


@commands.command("list")
def list_documents(
    within: _In,
    *,
    status: Annotated[str | None, typer.Option(help="Only those in a status: indexed, failed…")] = None,
    json: Json = False,
) -> None:
    """List those of a collection.

    Examples:
      scaigrid documents list --in handbook
      scaigrid documents list --in handbook --status failed
    """
    with asking() as grid:
        found = grid.documents.list(naming.collection(grid, within), status=status)
        if json:
            say(as_json([one.raw for one in found]))
            return
        table((one.name, *line_of(one), one.id) for one in found)


@commands.command()
def show(which: _Which, *, json: Json = False) -> None:
    """Say what there is to say of one."""
    with asking() as grid:
        one = naming.document(grid, which)
        if json:
            say(as_json(one.raw))
            return
        stage, told = line_of(one)
        rows = [("name", one.name), ("id", one.id), ("collection", one.collection_id), ("status", stage), ("", told)]
        rows += [("size", size(one.size_bytes)), ("type", one.mime_type or "-"), ("from", one.source_url or one.source)]
        table(rows + [("warning", warning) for warning in one.warnings])


@commands.command()
def watch(
    which: Annotated[str | None, typer.Argument(metavar="[DOCUMENT]", help="Id, or collection/name.")] = None,
    *,
    within: Annotated[str | None, typer.Option("--in", help="A collection: until all in it are done.")] = None,
    json: Json = False,
) -> None:
    """Wait until a document, or everything in a collection, can be found or has failed."""
    if (which is None) == (within is None):
        raise typer.BadParameter("one document, or a collection with --in", param_hint="DOCUMENT")
    again = f"scaigrid documents watch {which or f'--in {within}'}"
    with asking(come_back=f"Work goes on without you: {again}") as grid:
        if which is not None:
            one = naming.document(grid, which)
            following = Following(grid, one.collection_id, {one.id: one.name}, json=json)
        else:
            following = Following(grid, naming.collection(grid, str(within)).id, None, json=json)
        if not following.to_the_end():
            raise typer.Exit(Exit.FAILED)


@commands.command()
def retry(which: _Which, *, json: Json = False) -> None:
    """Try again now what has failed or waits."""
    with asking() as grid:
        taken = grid.documents.retry(naming.document(grid, which))
        say(as_json(taken.document.raw) if json else f"{plain(taken.document.name)}\t{taken.document.status}")


@commands.command()
def delete(
    which: Annotated[list[str], typer.Argument(metavar="DOCUMENT…", help="Ids, or collection/name.")],
    *,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Done = False,
) -> None:
    """Delete documents: unreadable at once, and soon erased from every store."""
    with asking() as grid:
        found = [naming.document(grid, one) for one in which]
        said = ", ".join(plain(one.name) for one in found)
        if dry_run:
            note(f"Would delete {said}.")
            return
        sure(f"Delete {said}?", yes=yes)
        for one in found:
            grid.documents.delete(one)
        note(f"Deleted {said}.")
        if json:
            say(as_json([one.raw for one in found]))


@commands.command()
def download(
    which: _Which,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", "-o", help="A file, or - for stdout; else its own name here.")
    ] = None,
) -> None:
    """Fetch the file itself.

    Examples:
      scaigrid documents download handbook/refunds.pdf
      scaigrid documents download doc_… --to - | less
    """
    with asking() as grid:
        one = naming.document(grid, which)
        if str(to) == "-":
            for piece in grid.documents.content(one):
                sys.stdout.buffer.write(piece)
            return
        file = to or Path(_file_name(one.name))
        try:
            with file.open("xb") as written:
                for piece in grid.documents.content(one):
                    written.write(piece)
        except FileExistsError:
            raise Stop(f"{file} is there already; say another with --to.", Exit.WRONG) from None
        except OSError as error:
            raise Stop(f"{file}: {error.strerror}", Exit.WRONG) from None
        note(f"{file}: {size(file.stat().st_size)}")


def _file_name(name: str) -> str:
    """A name from elsewhere as one of a file here: never hidden, never of another folder."""
    return Path(plain(name).replace("\\", "_")).name.lstrip(".") or "document"
