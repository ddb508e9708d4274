"""What was deleted is erased everywhere, wherever it is broken off, and a receipt says so for every store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.audit.tables import AuditEvent
from app.blobs.errors import StorageError
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.tables import RUNNING, Job
from app.jobs.work import Later, Outcome
from indexing.errors import StoreUnavailable
from tests.indexing.erasing.leavings import Leavings
from tests.world.own_vectors import OwnVectors, own_vectors
from tests.world.people import Organisation
from tests.world.stacks import stack

# Of a document with three chunks: its row and an edition's too.
EVERYTHING = {"database": 5, "blobs": 2, "vectors": 3, "graph": 3}


@pytest.fixture
async def vectors(tmp_path: Path) -> AsyncIterator[OwnVectors]:
    async with own_vectors(tmp_path) as store:
        yield store


@pytest.fixture
async def leavings(acme: Organisation, vectors: OwnVectors) -> Leavings:
    kept: dict[str, Any] = {"graph_enabled": True, "graph_extraction_model": "local/quote", "graph_generation": 1}
    return Leavings(await stack(acme, **kept), vectors, known=True)


async def erased(leavings: Leavings, kind: JobKind, subject_id: str) -> None:
    assert await leavings.erasing().__getattribute__(kind.value)(leavings.held(kind, subject_id)) is None


async def audited(leavings: Leavings, action: str) -> list[tuple[str | None, Any]]:
    async with leavings.papers.platform.transactions.open(leavings.reach, writes=False) as transaction:
        wanted = select(AuditEvent).where(AuditEvent.action == action)
        return [(event.target_id, event.details["removed"]) for event in await transaction.session.scalars(wanted)]


async def test_a_deleted_document_is_erased_everywhere_and_its_neighbour_nowhere(leavings: Leavings) -> None:
    kept, gone = await leavings.indexed(), await leavings.indexed()
    before = await leavings.left()
    await leavings.remove(gone)
    await erased(leavings, JobKind.ERASE_DOCUMENT, gone)
    mark = gone.removeprefix("doc_")
    left = await leavings.left()
    assert left["Document"] == [kept]
    assert [len(left[store]) for store in ("vectors", "graph", "blobs", "Edition", "ChunkRow")] == [3, 1, 2, 1, 3]
    assert left["vectors"] == [name for name in before["vectors"] if mark not in name]
    assert await leavings.receipts() == {gone: EVERYTHING}
    assert await audited(leavings, "document.erased") == [(gone, EVERYTHING)]


async def test_what_was_not_deleted_is_not_erased(leavings: Leavings) -> None:
    kept = await leavings.indexed()
    before = await leavings.left()
    await erased(leavings, JobKind.ERASE_DOCUMENT, kept)
    await erased(leavings, JobKind.ERASE_COLLECTION, leavings.papers.id)
    await erased(leavings, JobKind.ERASE_DOCUMENT, "doc_nobody")
    assert (await leavings.left(), await leavings.receipts()) == (before, {})


async def test_a_deleted_collection_is_erased_with_every_document_and_all_its_files(leavings: Leavings) -> None:
    documents = [await leavings.indexed(chunks=1) for _ in range(23)]  # more than are erased at once
    await leavings.remove_all()
    await erased(leavings, JobKind.ERASE_COLLECTION, leavings.papers.id)
    assert not any((await leavings.left()).values())
    receipts = await leavings.receipts()
    together = {"database": 23 * 3 + 1, "blobs": 23 * 2, "vectors": 23, "graph": 23}
    assert receipts.pop(leavings.papers.id) == together
    assert receipts == {document: {"database": 3, "blobs": 2, "vectors": 1, "graph": 1} for document in documents}
    assert await audited(leavings, "collection.erased") == [(leavings.papers.id, together)]


class Stumble(BaseException):
    """This process has ended here."""


class Stumbling:
    """Reaches ports, and fails before the so-many-th time, or never."""

    def __init__(self, at: int, how: type[BaseException]) -> None:
        self.left, self.how = at, how

    def through(self, port: Any) -> Any:
        """A port that is reached through here."""
        return Reached(self, port)

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.how("here")


class Reached:
    def __init__(self, stumbling: Stumbling, port: Any) -> None:
        self._stumbling, self._port = stumbling, port

    def __getattr__(self, name: str) -> Any:
        if name == "clock":
            return self._port.clock
        self._stumbling.step()
        return getattr(self._port, name)


@pytest.mark.parametrize("how", [Stumble, StorageError, StoreUnavailable])
@pytest.mark.parametrize("kind", [JobKind.ERASE_DOCUMENT, JobKind.ERASE_COLLECTION])
async def test_stopped_before_any_step_and_begun_again_the_end_is_the_same(
    leavings: Leavings, kind: JobKind, how: type[BaseException]
) -> None:
    documents = [await leavings.indexed() for _ in range(2)]
    if kind is JobKind.ERASE_DOCUMENT:
        subject = documents[0]
        await leavings.remove(subject)
    else:
        subject = leavings.papers.id
        await leavings.remove_all()
    stopped = 0
    outcome: Outcome = Later(0, "its turn")
    while isinstance(outcome, Later):
        stopped += 1
        erase = getattr(leavings.erasing(Stumbling(stopped, how).through), kind.value)
        with contextlib.suppress(Stumble):
            outcome = await erase(leavings.held(kind, subject))
    assert stopped > 8
    receipts = await leavings.receipts()
    assert receipts[documents[0]] == EVERYTHING
    if kind is JobKind.ERASE_COLLECTION:
        assert receipts[subject] == {"database": 11, "blobs": 4, "vectors": 6, "graph": 6}
        assert not any((await leavings.left()).values())
    else:
        assert (await leavings.left())["Document"] == [documents[1]]
    assert len(await audited(leavings, kind.value.replace("erase_", "") + ".erased")) == 1


@pytest.mark.parametrize("kind", [JobKind.ERASE_DOCUMENT, JobKind.ERASE_COLLECTION])
async def test_two_who_erase_at_once_write_one_receipt_and_one_event(leavings: Leavings, kind: JobKind) -> None:
    documents = [await leavings.indexed() for _ in range(3)]
    subject = documents[0] if kind is JobKind.ERASE_DOCUMENT else leavings.papers.id
    await (leavings.remove(subject) if kind is JobKind.ERASE_DOCUMENT else leavings.remove_all())
    await asyncio.gather(*(erased(leavings, kind, subject) for _ in range(3)))
    assert len(await audited(leavings, kind.value.replace("erase_", "") + ".erased")) == 1
    receipts = await leavings.receipts()
    assert receipts[documents[0]] == EVERYTHING
    if kind is JobKind.ERASE_COLLECTION:
        assert receipts[subject] == {"database": 16, "blobs": 6, "vectors": 9, "graph": 9}


@pytest.mark.parametrize("kind", [JobKind.ERASE_DOCUMENT, JobKind.ERASE_COLLECTION])
async def test_a_store_that_is_away_is_waited_for(leavings: Leavings, vectors: OwnVectors, kind: JobKind) -> None:
    gone = await leavings.indexed()
    subject = gone if kind is JobKind.ERASE_DOCUMENT else leavings.papers.id
    await (leavings.remove(gone) if kind is JobKind.ERASE_DOCUMENT else leavings.remove_all())
    vectors.go_away()
    for attempt in (1, 9):
        outcome = await getattr(leavings.erasing(), kind.value)(leavings.held(kind, subject, attempt))
        assert isinstance(outcome, Later)
        assert outcome.reason.startswith("the vector store")
        assert 0 < outcome.seconds <= 300
    vectors.come_back()
    await erased(leavings, kind, subject)
    assert (await leavings.receipts())[gone] == EVERYTHING


@pytest.mark.parametrize("kind", [JobKind.ERASE_DOCUMENT, JobKind.ERASE_COLLECTION])
async def test_a_graph_store_that_is_away_keeps_nothing_in_the_others(leavings: Leavings, kind: JobKind) -> None:
    gone = await leavings.indexed()
    subject = gone if kind is JobKind.ERASE_DOCUMENT else leavings.papers.id
    await (leavings.remove(gone) if kind is JobKind.ERASE_DOCUMENT else leavings.remove_all())
    erasing = leavings.erasing(lambda port: Away() if port is leavings.graphs else port)
    outcome = await getattr(erasing, kind.value)(leavings.held(kind, subject))
    assert isinstance(outcome, Later)
    assert outcome.reason.startswith("the graph store")
    left = await leavings.left()
    assert (left["vectors"], left["blobs"], len(left["graph"])) == ([], [], 1)
    assert (await leavings.receipts())[gone] == {"blobs": 2, "vectors": 3}
    await erased(leavings, kind, subject)
    assert (await leavings.receipts())[gone] == EVERYTHING


async def test_a_graph_store_that_is_away_keeps_what_no_document_of_a_collection_said(leavings: Leavings) -> None:
    documents = [await leavings.indexed(chunks=1) for _ in range(23)]  # more than are erased at once
    await leavings.remove_all()
    erasing = leavings.erasing(lambda port: Away() if port is leavings.graphs else port)
    for attempt in (1, 2):
        outcome = await erasing.erase_collection(leavings.held(JobKind.ERASE_COLLECTION, leavings.papers.id, attempt))
        assert isinstance(outcome, Later)
        assert outcome.reason.startswith("the graph store")
        left = await leavings.left()
        assert not any(left[store] for store in ("vectors", "blobs", "ChunkRow", "GraphExtraction"))
        assert await leavings.receipts() == {document: {"blobs": 2, "vectors": 1} for document in documents}
    await erased(leavings, JobKind.ERASE_COLLECTION, leavings.papers.id)
    assert not any((await leavings.left()).values())
    assert (await leavings.receipts())[documents[22]] == {"database": 3, "blobs": 2, "vectors": 1, "graph": 1}


async def test_a_collection_that_never_had_a_graph_waits_for_no_graph_store(acme: Organisation) -> None:
    leavings = Leavings(await stack(acme))
    gone = await leavings.indexed()
    await leavings.remove_all()
    erasing = leavings.erasing(lambda port: Away() if port is leavings.graphs else port)
    assert await erasing.erase_collection(leavings.held(JobKind.ERASE_COLLECTION, leavings.papers.id)) is None
    assert (await leavings.receipts())[gone] == EVERYTHING | {"graph": 0}


class Away:
    """A graph store that does not answer."""

    def __getattr__(self, name: str) -> Any:
        raise StoreUnavailable("The graph store does not answer.")


@pytest.mark.parametrize("kind", [JobKind.ERASE_DOCUMENT, JobKind.ERASE_COLLECTION])
async def test_nobody_erases_under_the_hands_of_who_works_on_it(leavings: Leavings, kind: JobKind) -> None:
    gone = await leavings.indexed()
    subject = gone if kind is JobKind.ERASE_DOCUMENT else leavings.papers.id
    await (leavings.remove(gone) if kind is JobKind.ERASE_DOCUMENT else leavings.remove_all())
    platform, job_id = leavings.papers.platform, new_id("job")
    async with platform.transactions.open(leavings.reach) as transaction:
        now = transaction.clock.now()
        until = now.replace(year=now.year + 1)
        work = {"id": job_id, "kind": JobKind.INGEST_DOCUMENT, "lane": "nobodys", "subject_id": gone}
        transaction.session.add(Job(**work, state=RUNNING, lease="l", lease_until=until, due_at=now, created_at=now))
    outcome = await getattr(leavings.erasing(), kind.value)(leavings.held(kind, subject))
    assert isinstance(outcome, Later)
    assert "still work on it" in outcome.reason
    assert gone not in await leavings.receipts()
    async with platform.transactions.open(leavings.reach) as transaction:
        await transaction.session.execute(update(Job).where(Job.id == job_id).values(state="done"))
    await erased(leavings, kind, subject)
    assert (await leavings.receipts())[gone] == EVERYTHING
