"""Roof, command line: searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import naming
from app.cli.remote import Exit, Stop, asking
from app.cli.spoken import Json, as_json, note, plain, say

if TYPE_CHECKING:
    from app.sdk.shapes.knowing import Found, Hit, Took, Why

_WIDTH = 300


def search(  # noqa: PLR0913 - an option is an argument
    query: Annotated[str, typer.Argument(help="What to look for.")],
    *,
    within: Annotated[
        list[str] | None, typer.Option("--in", help="A collection; may be said again. Without it, all you may read.")
    ] = None,
    strategy: Annotated[str, typer.Option("--strategy", help="vector, keyword, hybrid, graph or combined.")] = "hybrid",
    top_k: Annotated[int, typer.Option("-k", min=1, max=100, help="At most so many passages.")] = 8,
    min_score: Annotated[float | None, typer.Option(help="Leave out what scores less.")] = None,
    rerank: Annotated[bool, typer.Option("--rerank", help="Put the best in a better order.")] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Say what scores are made of, and what the time went into.")
    ] = False,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="WHO", help="What somebody else would find in collections that you manage."),
    ] = None,
    json: Json = False,
) -> None:
    """Look for passages in what you may read.

    Examples:
      scaigrid search "refund" --in handbook
      scaigrid search "notice period" --strategy keyword -k 3 --why
      scaigrid search "salaries" --in handbook --as ben
      scaigrid search "refund" --in handbook --json | jq '.results[].document_name'
    """
    with asking() as grid:
        where = [naming.collection(grid, one) for one in within] if within else list(grid.collections.list())
        if not where:
            raise Stop("There is no collection that you can read.", Exit.NOT_FOUND)
        found = grid.search(
            query,
            collection=where[0] if len(where) == 1 else where,
            search_type=strategy,
            top_k=top_k,
            min_score=min_score,
            rerank=rerank or None,
            why=why or None,
            as_user=None if as_ is None else naming.user(grid, as_),
        )
        if json:
            say(as_json(found.raw["whole"]["data"]))
            return
        _told(found, as_)


def _told(found: Found, other: str | None) -> None:
    if found.away:
        note(f"Search works without {', '.join(map(plain, found.away))} right now.")
    if not found.hits:
        note("Nothing found that you can read." if other is None else "Nothing found that both of you can read.")
    for number, hit in enumerate(found.hits, start=1):
        say(f"{number}. {_title(hit)}   {hit.score:.2f}")
        words = plain(hit.quote or hit.content)
        say(f"   {words[:_WIDTH]}{'…' if len(words) > _WIDTH else ''}")
        if hit.why is not None:
            say(f"   {_parts(hit.why)}")
    if found.took is not None:
        note(_times(found.took))
    for one in found.withheld:
        note(f"Not shown to {other}: {plain(one.document_name)} ({one.document_id})   {one.score:.2f}")
    if found.withheld:
        note(f"Why: scaigrid access explain {other} {found.withheld[0].document_id}")


def _parts(why: Why) -> str:
    said = {"vector": why.vector, "keyword": why.keyword, "graph": why.graph, "rerank": why.rerank}
    return " · ".join(f"{ranker} {part:.2f}" for ranker, part in said.items() if part is not None)


def _times(took: Took) -> str:
    return f"{took.total_ms} ms: {' · '.join(f'{plain(one.stage)} {one.ms}' for one in took.stages)}"


def _title(hit: Hit) -> str:
    place = f", p. {hit.page}" if hit.page is not None else f", {plain(hit.section)}" if hit.section else ""
    return plain(hit.document_name) + place
