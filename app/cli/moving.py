"""Roof, command line: write one collection into a file, and take one in; here, with the platform's own settings."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.cli.backup import JsonLines, Telling, done, quiet

if TYPE_CHECKING:
    from app.moving.importing import Imported
    from app.settings import Settings
    from app.wiring import Platform

T = TypeVar("T")


def export_collection(
    collection: Annotated[str, typer.Argument(metavar="COLLECTION", help="Id, or tenant/collection by their slugs.")],
    to: Annotated[Path, typer.Argument(help="The file to write, .tar or .tar.gz; there must be none yet.")],
    *,
    without_vectors: Annotated[
        bool, typer.Option("--without-vectors", help="Smaller; whoever takes it in embeds all texts anew.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Write one collection with its documents, its graph and who may what into a file, while all goes on.

    Examples:
      scaigrid export acme/handbook /exports/handbook.tar.gz
      scaigrid export col_9 --without-vectors /exports/nine.tar
    """
    from app.moving.export import Export
    from app.moving.snapshot import collection_id_of

    async def run(platform: Platform) -> Any:
        id_ = await collection_id_of(platform.transactions, collection)
        return await Export(platform, Telling(as_json)).run(id_, to, vectors=not without_vectors)

    manifest = done(_opened(run))
    told = {"documents": manifest.documents, "files": manifest.files, "vectors": manifest.vectors}
    if as_json:
        typer.echo(json.dumps({"done": "export", "file": str(to), "taken_at": manifest.taken_at, **told}))
        return
    typer.echo(f"{to}: {manifest.documents} documents, {manifest.chunks} passages, {manifest.vectors} vectors")


def import_collection(  # noqa: PLR0913 - an option is an argument
    source: Annotated[Path, typer.Argument(metavar="FROM", help="A file that `scaigrid export` wrote.")],
    *,
    tenant: Annotated[str, typer.Option(help="Slug or id of the tenant it goes to.")],
    owner: Annotated[
        str, typer.Option(help="Address of who pays for it, and owns it where nobody here is its own owner.")
    ],
    name: Annotated[str | None, typer.Option(help="Another name than it had.")] = None,
    embedding_model: Annotated[str | None, typer.Option(help="Another model; all texts are embedded anew.")] = None,
    graph_model: Annotated[str | None, typer.Option(help="Another model that reads its graph.")] = None,
    from_elsewhere: Annotated[
        bool, typer.Option("--from-elsewhere", help="Another platform wrote it: its seal says nothing here.")
    ] = False,
    without_denials: Annotated[
        bool, typer.Option("--without-denials", help="Leave out what is denied to those whom nobody knows here.")
    ] = False,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="What everybody of its tenant could, everybody of this one may.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Make a new collection of an export; nobody sees it before all of it is there.

    Examples:
      scaigrid import /exports/handbook.tar.gz --tenant acme --owner ada@acme.example
      scaigrid import --from-elsewhere --tenant globex --owner eve@globex.example /exports/handbook.tar.gz
    """
    from app.moving.importing import Import, Place
    from app.moving.matching import Consent

    place = Place(tenant, owner, name, embedding_model, graph_model)
    consent = Consent(unsealed=from_elsewhere, without_denials=without_denials, everyone=everyone)

    async def run(platform: Platform) -> Imported:
        return await Import(platform, Telling(as_json)).run(source, place, consent)

    _say_imported(done(_opened(run)), as_json=as_json)


def _say_imported(made: Imported, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"done": "import", **asdict(made)}))
        return
    typer.echo(f"{made.slug}\t{made.collection_id}\t{made.documents} documents, {made.vectors} vectors")
    if made.vectors_refused:
        typer.echo(f"Texts are embedded anew: {made.vectors_refused}", err=True)
    left = made.left_out
    for what, whose in (("may nothing by it", left.allowances), ("own nothing of it", left.owners)):
        if whose:
            typer.echo(f"Nobody knows them here, so they {what}: {', '.join(whose)}", err=True)
    if left.denials:
        typer.echo(f"What was denied to these is not: {', '.join(left.denials)}", err=True)
    if left.everyone:
        typer.echo("It was open to everybody of its tenant; here only who is let in sees it (--everyone).", err=True)


async def _opened(run: Callable[[Platform], Awaitable[T]]) -> T:
    from app.settings import read_settings
    from app.wiring import open_platform

    settings: Settings = quiet(read_settings())
    async with open_platform(settings) as platform:
        return await run(platform)
