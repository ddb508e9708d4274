"""Roof, command line: crawls of websites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import naming
from app.cli.remote import Exit, asking
from app.cli.spoken import Json, as_json, note, plain, say, table

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.working import CrawlJob

commands = typer.Typer(no_args_is_help=True, help="Crawls of websites.")
_Job = Annotated[str, typer.Argument(metavar="CRAWL", help="Id of a run.")]
_In = Annotated[str | None, typer.Option("--in", help="Its collection; without it, all are looked through.")]


@commands.command()
def start(  # noqa: PLR0913 - an option is an argument
    url: Annotated[str, typer.Argument(help="Where to begin.")],
    *,
    into: Annotated[str, typer.Option("--into", help="Id, slug or name of a collection.")],
    depth: Annotated[int | None, typer.Option(min=0, help="So many links away, at most.")] = None,
    pages: Annotated[int | None, typer.Option(min=1, help="So many pages, at most.")] = None,
    include: Annotated[list[str] | None, typer.Option(help="Only addresses like this; may be said again.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No addresses like this; may be said again.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait for its end.")] = True,
    json: Json = False,
) -> None:
    """Fetch the pages of a website into a collection.

    Examples:
      scaigrid crawl start https://example.org --into handbook --depth 2 --pages 200
      scaigrid crawl start https://example.org/docs/ --into handbook --include 'https://example.org/docs/*'
      scaigrid crawl start https://example.org --into handbook --no-wait
    """
    limits = {"max_depth": depth, "max_pages": pages, "include_patterns": include, "exclude_patterns": exclude}
    with asking() as grid:
        held = naming.collection(grid, into)
        job = grid.crawls.start(url, into=held, **{name: one for name, one in limits.items() if one is not None})
        if not wait:
            say(as_json(job.raw) if json else job.id)
            return
    _watched(job.id, held.id, json=json)


@commands.command()
def watch(job: _Job, *, within: _In = None, json: Json = False) -> None:
    """Wait for the end of a run."""
    with asking() as grid:
        found = naming.crawl_job(grid, job, within)
    _watched(found.id, found.collection_id, json=json)


@commands.command("list")
def list_crawls(
    within: Annotated[str | None, typer.Option("--in", help="A collection; without it, all.")] = None,
    *,
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    json: Json = False,
) -> None:
    """List the runs of a collection, or of all that you may list, the newest first."""
    with asking() as grid:
        held = None if within is None else naming.collection(grid, within)
        found = list(grid.crawls.list(held, status=status))
        if json:
            say(as_json([one.raw for one in found]))
            return
        table((one.id, one.status, f"{one.pages_fetched} pages", one.seed_url) for one in found)


@commands.command()
def show(job: _Job, *, within: _In = None, json: Json = False) -> None:
    """Say how far a run is, and what became of each address."""
    with asking() as grid:
        found = naming.crawl_job(grid, job, within)
        if json:
            say(as_json(found.raw))
            return
        say(_line(found))
        pages = grid.crawls.pages(found, collection=found.collection_id)
        table((one.verdict, one.reason or "", one.url) for one in pages)


@commands.command()
def cancel(job: _Job, *, within: _In = None, json: Json = False) -> None:
    """Have a run end; what it has brought stays."""
    with asking() as grid:
        found = naming.crawl_job(grid, job, within)
        ended = grid.crawls.cancel(found, collection=found.collection_id)
        say(as_json(ended.raw) if json else f"{ended.id}\t{ended.status}")


def _watched(job_id: str, collection_id: str, *, json: bool) -> None:
    back = (
        f"The crawl goes on; come back to it: scaigrid crawl watch {job_id}, or end it: scaigrid crawl cancel {job_id}"
    )
    with asking(come_back=back) as grid:
        ended = _followed(grid, job_id, collection_id, json=json)
        if not json:
            say(_line(ended))
        if ended.status != "completed":
            raise typer.Exit(Exit.FAILED)


def _followed(grid: ScaiGrid, job_id: str, collection_id: str, *, json: bool) -> CrawlJob:
    told = ""
    for job in grid.crawls.follow(job_id, collection=collection_id):
        if json:
            say(as_json(job.raw, line=True))
        elif not job.is_over and told != (line := _line(job)):
            note(line)
            told = line
    return grid.crawls.get(job_id, collection=collection_id)


def _line(job: CrawlJob) -> str:
    counts = f"{job.pages_fetched} fetched, {job.pages_unchanged} unchanged, {job.pages_skipped} skipped"
    why = f"; {plain(job.error_message)} ({job.error_code})" if job.error_code else ""
    stopped = f"; stopped by {plain(job.stopped_by)}" if job.stopped_by else ""
    return f"{job.id} {job.status}: {counts}, {job.pages_failed} failed, {job.pages_queued} waiting{stopped}{why}"
