"""A document moves as the table says, and only in the hands of whoever works on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.clock import FixedClock
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.db.writer import Writing
from app.jobs.tables import Job
from indexing.documents.forgotten import ask_for_forgotten
from indexing.documents.status import MOVES, STALLED_AFTER, DocumentStatus, MoveRefused, Run, RunLost, Waiting
from indexing.documents.status import begin_again as move_back
from indexing.documents.tables import Document
from tests.world.people import Organisation
from tests.world.stacks import Stack, stack

S = DocumentStatus


@pytest.fixture
async def papers(acme: Organisation) -> Stack:
    return await stack(acme)


@asynccontextmanager
async def opened(papers: Stack) -> AsyncIterator[Transaction]:
    async with papers.platform.transactions.open(Reach.one(papers.tenant_id)) as transaction:
        yield transaction


async def set_to(papers: Stack, document_id: str, **values: object) -> None:
    async with opened(papers) as transaction:
        await transaction.session.execute(update(Document).where(Document.id == document_id).values(**values))


async def enter(papers: Stack, run: Run, to: DocumentStatus) -> None:
    async with opened(papers) as transaction:
        await transaction.write(lambda on: run.enter(on, to))


def test_every_status_that_is_not_an_end_has_an_age_at_which_it_is_asked_about() -> None:
    assert set(STALLED_AFTER) == {status for status in S if not status.is_terminal}


@pytest.mark.parametrize("held", list(S))
async def test_only_the_moves_of_the_table_are_made(papers: Stack, held: DocumentStatus) -> None:
    document_id = await papers.add("a.md", b"A.")
    run = Run(document_id, "lease-1")
    for to in (S.PROCESSING, S.CHUNKING, S.EMBEDDING, S.GRAPH_EXTRACTING):
        await set_to(papers, document_id, status=held, run=run.lease)
        if to in MOVES[held] or to is held:
            await enter(papers, run, to)
            assert (await papers.document(document_id)).status == to
        else:
            with pytest.raises(RunLost):
                await enter(papers, run, to)
            assert (await papers.document(document_id)).status == held


async def test_every_change_is_counted_and_none_of_them_is_a_new_version(papers: Stack) -> None:
    document_id = await papers.add("a.md", b"A.")
    run, before = Run(document_id, "lease-1"), await papers.document(document_id)
    async with opened(papers) as transaction:
        assert await transaction.write(lambda on: run.take(on, attempt=3))
        await transaction.write(lambda on: run.enter(on, S.PROCESSING))
        await transaction.write(lambda on: run.enter(on, S.CHUNKING, mime_type="text/markdown"))
        await transaction.write(lambda on: run.enter(on, S.EMBEDDING, stage_of=9))
        await transaction.write(lambda on: run.progress(on, 4, 9))
    after = await papers.document(document_id)
    assert (after.status, after.stage_done, after.stage_of, after.mime_type) == ("embedding", 4, 9, "text/markdown")
    assert (after.attempt, after.waiting_for) == (3, None)
    assert (after.changes, after.version) == (before.changes + 4, before.version)


async def test_a_lost_lease_writes_nothing(papers: Stack) -> None:
    document_id = await papers.add("a.md", b"A.")
    lost, held = Run(document_id, "lease-1"), Run(document_id, "lease-2")
    async with opened(papers) as transaction:
        await transaction.write(lambda on: lost.take(on, attempt=1))
        await transaction.write(lambda on: held.take(on, attempt=2))
    until = papers.platform.clock.now()
    before = await papers.document(document_id)
    deeds: list[Callable[[Writing], None]] = [
        lambda on: lost.enter(on, S.PROCESSING),
        lambda on: lost.progress(on, 1, 2),
        lambda on: lost.wait(on, Waiting("a model", until, "X", "x")),
        lambda on: lost.fail(on, "X", "x"),
        lost.finish,
        lost.start_over,
    ]
    for deed in deeds:
        with pytest.raises(RunLost):
            async with opened(papers) as transaction:
                await transaction.write(deed)
    after = await papers.document(document_id)
    assert (after.changes, after.status, after.run) == (before.changes, before.status, "lease-2")


async def test_what_waits_says_for_what_and_until_when_and_goes_on_where_it_stood(papers: Stack) -> None:
    document_id = await papers.add("a.md", b"A.")
    run, until = Run(document_id, "lease-1"), papers.platform.clock.now() + timedelta(seconds=30)
    async with opened(papers) as transaction:
        await transaction.write(lambda on: run.take(on, attempt=1))
        await transaction.write(lambda on: run.enter(on, S.PROCESSING))
        await transaction.write(lambda on: run.enter(on, S.EMBEDDING))
        await transaction.write(
            lambda on: run.wait(on, Waiting("the embedding model", until, "BACKEND_ERROR", "It is away."))
        )
    waits = await papers.document(document_id)
    assert (waits.status, waits.run, waits.waiting_for) == ("embedding", None, "the embedding model")
    assert (waits.next_try_at, waits.error_code, waits.error_message) == (until, "BACKEND_ERROR", "It is away.")
    async with opened(papers) as transaction:
        assert await transaction.write(lambda on: Run(document_id, "lease-2").take(on, attempt=2))
    taken = await papers.document(document_id)
    assert (taken.status, taken.waiting_for, taken.next_try_at) == ("embedding", None, None)


async def test_a_document_that_is_deleted_is_nobodys_work(papers: Stack) -> None:
    document_id = await papers.add("a.md", b"A.")
    run = Run(document_id, "lease-1")
    async with opened(papers) as transaction:
        await transaction.write(lambda on: run.take(on, attempt=1))
    await set_to(papers, document_id, deleted_at=papers.platform.clock.now())
    with pytest.raises(RunLost):
        await enter(papers, run, S.PROCESSING)
    async with opened(papers) as transaction:
        assert not await transaction.write(lambda on: Run(document_id, "lease-2").take(on, attempt=2))


async def test_beginning_again_takes_it_from_whoever_works_on_it(papers: Stack) -> None:
    document_id = await papers.add("a.md", b"A.")
    run = Run(document_id, "lease-1")
    async with opened(papers) as transaction:
        await transaction.write(lambda on: run.take(on, attempt=1))
        await transaction.write(lambda on: run.enter(on, S.PROCESSING))
    async with opened(papers) as transaction:
        document = await transaction.session.get_one(Document, document_id)
        document.content_version += 1
        await move_back(transaction, document)
        assert (document.status, document.run, document.content_version) == ("pending", None, 2)
        assert document.waiting_for
        assert document.next_try_at
    with pytest.raises(RunLost):
        await enter(papers, run, S.CHUNKING)


async def test_what_cannot_be_tried_again_says_so(papers: Stack) -> None:
    document_id = await papers.add("a.md", b"A.", status=S.INDEXED)
    with pytest.raises(MoveRefused, match="indexed"):
        async with opened(papers) as transaction:
            document = await transaction.session.get_one(Document, document_id)
            await move_back(transaction, document, among=[S.FAILED])
    assert (await papers.document(document_id)).status == "indexed"


async def test_the_forgotten_are_asked_for_again_and_nobody_else_is(papers: Stack) -> None:
    platform, long_ago = papers.platform, papers.platform.clock.now() - timedelta(hours=1)
    forgotten = [await papers.add("a.md", b"A.", status=status) for status in STALLED_AFTER]
    others = [
        await papers.add("new.md", b"A."),
        await papers.add("done.md", b"A.", status=S.INDEXED),
        await papers.add("failed.md", b"A.", status=S.FAILED),
        await papers.add("gone.md", b"A.", deleted_at=long_ago),
        await papers.add("waits.md", b"A."),
    ]
    for document_id in forgotten + others[1:]:
        await set_to(papers, document_id, updated_at=long_ago, next_try_at=None)
    await set_to(papers, others[-1], next_try_at=platform.clock.now() + timedelta(hours=1))
    # At one moment: documents that other tests have left here become old while this one looks.
    then = Transactions(platform.database, FixedClock(platform.clock.now()))
    assert await ask_for_forgotten(then, platform.jobs) >= len(forgotten)
    assert 0 in [await ask_for_forgotten(then, platform.jobs) for _ in range(9)], "nobody is asked for twice"
    async with opened(papers) as transaction:
        asked = set(await transaction.session.scalars(select(Job.subject_id)))
        await transaction.session.execute(delete(Job))
    assert asked == set(forgotten)
