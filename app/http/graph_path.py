"""Roof, HTTP: the graph of the collection in a path: what looks at it, and what writes in it, for the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response

from acl.permission import Permission
from acl.visible import Visible
from app.context import request_id
from app.http.collection_path import collection_to
from app.http.envelope import PageMeta, Wire
from app.http.gate import gate_of
from app.http.keyed import fingerprint_of, key_of, once
from app.http.transacting import Finish, in_transaction, transaction_of
from app.http.visit import Visit, VisitDep, list_name
from app.http.wire.graph import GraphPage, GraphRead
from app.paging import PageRequest
from indexing.collections.access import OpenCollection
from indexing.graphs.edits import Overwritten
from rag.graphs.answers import GraphAnswer
from rag.graphs.editing import GraphPlanning, Plan
from rag.graphs.reading import GraphReading
from rag.graphs.writing import GraphWriting, Held
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question
from rag.search import CollectionSearch

to_write = collection_to(Permission.WRITE)
_LONGEST_CURSOR = 4_000  # a relation is in it, with three names of 200 letters
_MOST_NAMED = 20
Show = Callable[[], Awaitable[Response]]
Planning = Callable[[GraphPlanning], Awaitable[Plan]]
Expecting = Callable[[], Awaitable[None]]


def onlooker_of(visit: Visit) -> Onlooker:
    """The caller, looking."""
    platform = visit.platform
    return Onlooker(platform.chokepoint, platform.transactions, visit.caller, visit.tenant_id)


def reading_of(visit: Visit) -> GraphReading:
    """What looks at graphs with the eyes of the caller."""
    platform, onlooker = visit.platform, onlooker_of(visit)

    async def find(collection_id: str, question: Question) -> Sequence[Visible[Passage]]:
        search = CollectionSearch(
            platform.access,
            onlooker,
            platform.vectors,
            platform.questions,
            visit.epochs,
            platform.reranker,
            platform.graphs,
        )
        return (await search.run(collection_id, question)).passages

    return GraphReading(platform.access, onlooker, platform.graphs, find)


def planning_of(visit: Visit) -> GraphPlanning:
    """What plans what the caller writes in the graph of the collection in the path."""
    return GraphPlanning(reading_of(visit), visit.subject.id)


async def writing_of(visit: Visit) -> GraphWriting:
    """What writes in that graph; refused while it cannot."""
    opened: OpenCollection = visit.subject
    return await GraphWriting.of(visit.platform.transactions, visit.platform.graphs, opened.row, visit.caller.user_id)


async def write(
    visit: Visit, endpoint: Callable[..., object], planning: Planning, action: str, expect: Expecting | None = None
) -> str:
    """Plan, keep and tell; says what its writer is to be shown. In the audit trail is what was done, by its id.

    `expect` refuses what its writer has not seen so; what changes after it has looked is refused too.
    """
    writing = await writing_of(visit)
    plan = await planning(planning_of(visit))
    held: Held | None = None
    if expect is not None and visit.request.headers.get("if-match", "*").strip() != "*":
        held = await writing.held(plan)
        await expect()
    before = Overwritten()

    async def keep(_: Request) -> Response:
        nonlocal before
        before = await writing.keep(visit.transaction, plan, held)
        ids = sorted(str(row["id"]) for row in before.rows)[:_MOST_NAMED]
        visit.record(action, ("collection", visit.subject.id), ids=ids, count=len(before.rows))
        return Response()

    await writing.after_others(lambda: in_transaction(visit, gate_of(endpoint), keep))
    await writing.tell(before)
    return plan.shown


def version_of(shown: Wire) -> int:
    """The version of what is put together from many things for who looks: the same for the same, to the letter."""
    return int(hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:12], 16)


async def once_or_now(visit: Visit, said: object, deed: Show) -> Response:
    """Do it; where the request has a key, do it once and give its repetitions the same answer."""
    key = key_of(visit)
    if key is None:
        return await deed()

    async def done(finish: Finish) -> Response:
        response = await deed()
        async with transaction_of(visit, writes=True):
            await finish(response)
        return response

    return await once(visit, key, fingerprint_of(visit, said), done)


async def _page(
    visit: VisitDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=_LONGEST_CURSOR)] = None,
    order: Annotated[Literal["asc"], Query(description="Always in the order of names.")] = "asc",
) -> PageRequest:
    after = visit.platform.cursors.open(cursor, list_name(visit, order)) if cursor else None
    return PageRequest(limit, after, order)


GraphPageDep = Annotated[PageRequest, Depends(_page)]


def graph_page(visit: Visit, found: GraphAnswer) -> GraphPage:
    """Wrap a page of a graph, with the cursor of the next one."""
    after = found.next_after
    cursor = None if after is None else visit.platform.cursors.seal(after, list_name(visit, "asc"))
    meta = PageMeta(request_id=request_id.get(), next_cursor=cursor, has_more=after is not None)
    return GraphPage.model_construct(status="ok", data=GraphRead.of(found), meta=meta)
