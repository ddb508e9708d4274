"""Roof, command line: collections."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import naming
from app.cli.remote import asking
from app.cli.spoken import Done, DryRun, Json, Yes, as_json, note, plain, say, size, sure, table

commands = typer.Typer(no_args_is_help=True, help="Collections of documents.")
_Which = Annotated[str, typer.Argument(metavar="COLLECTION", help="Id, slug or name.")]


@commands.command("list")
def list_collections(*, json: Json = False) -> None:
    """List those you may read.

    Examples:
      scaigrid collections list
      scaigrid collections list --json | jq '.[].slug'
    """
    with asking() as grid:
        found = list(grid.collections.list())
        if json:
            say(as_json([one.raw for one in found]))
            return
        if not found:
            note("There is none yet that you can read: scaigrid collections create NAME")
        table((one.slug, f"{one.document_count} documents", one.user_permission or "-", one.name) for one in found)


@commands.command()
def create(  # noqa: PLR0913 - an option is an argument
    name: Annotated[str, typer.Argument(help="What to call it.")],
    *,
    slug: Annotated[str | None, typer.Option(help="Its short name; without it, made of the name.")] = None,
    description: Annotated[str | None, typer.Option(help="What it holds.")] = None,
    embedding_model: Annotated[str | None, typer.Option(help="Slug; without it, the one that is built in.")] = None,
    chunking: Annotated[str | None, typer.Option(help="fixed, paragraph, semantic, markdown or code.")] = None,
    restricted: Annotated[bool, typer.Option("--restricted", help="Only who is let in reads it.")] = False,
    json: Json = False,
) -> None:
    """Make one.

    Examples:
      scaigrid collections create handbook
      scaigrid collections create Salaries --restricted
    """
    more = {"slug": slug, "description": description, "chunking_strategy": chunking}
    access = "restricted" if restricted else None
    with asking() as grid:
        made = grid.collections.create(name, embedding_model=embedding_model, default_access=access, **more)
        say(as_json(made.raw) if json else f"{made.slug}\t{made.id}")


@commands.command()
def show(which: _Which, *, json: Json = False) -> None:
    """Say what there is to say of one."""
    with asking() as grid:
        one = naming.collection(grid, which)
        if json:
            say(as_json(one.raw))
            return
        table(
            (
                ("name", one.name),
                ("slug", one.slug),
                ("id", one.id),
                ("description", one.description),
                ("documents", one.document_count),
                ("chunks", one.chunk_count),
                ("size", size(one.total_size_bytes)),
                ("embedding model", one.embedding_model),
                ("read by", "everybody of the tenant" if one.default_access == "tenant" else "whoever is let in"),
                ("you may", one.user_permission or "-"),
            )
        )


@commands.command()
def delete(which: _Which, *, yes: Yes = False, dry_run: DryRun = False, json: Done = False) -> None:
    """Delete one with all that is in it."""
    with asking() as grid:
        one = naming.collection(grid, which)
        said = f"{plain(one.name)} with {one.document_count} documents"
        if dry_run:
            note(f"Would delete {said}.")
            return
        sure(f"Delete {said}?", yes=yes)
        grid.collections.delete(one)
        note(f"Deleted {said}.")
        if json:
            say(as_json(one.raw))
