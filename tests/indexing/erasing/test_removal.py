"""What is removed is there for nobody at once, and its erasing is promised once."""

from __future__ import annotations

from sqlalchemy import select

from acl.tables import AccessList
from app.db.tenancy import Reach
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.erasing.removal import remove_collection, remove_document
from tests.world.people import Organisation
from tests.world.stacks import stack


async def jobs_of(organisation: Organisation, subject_id: str) -> dict[str, str]:
    """The jobs about one thing, and their kinds."""
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id), writes=False) as seen:
        rows = await seen.session.execute(select(Job.id, Job.kind).where(Job.subject_id == subject_id))
        return {id_: kind for id_, kind in rows}  # noqa: C416 - rows are no pairs to mypy


async def test_a_removed_document_is_there_for_nobody_and_one_job_erases_it(acme: Organisation) -> None:
    papers = await stack(acme)
    made, kept = [await papers.add(name, b"x") for name in ("a.md", "b.md")]
    platform = acme.running.platform
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        removed = await transaction.session.get_one(Document, made)
        jobs = {await remove_document(transaction, platform.jobs, removed) for _ in range(2)}
        assert removed.deleted_at is not None
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as seen:
        assert set(await seen.session.scalars(select(AccessList.resource_id))) == {papers.id, kept}
    assert dict.fromkeys(jobs, JobKind.ERASE_DOCUMENT) == await jobs_of(acme, made)


async def test_a_removed_collection_goes_with_its_documents_and_frees_its_slug(acme: Organisation) -> None:
    papers = await stack(acme, slug="plans")
    await papers.add("a.md", b"x")
    platform = acme.running.platform
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        removed = await transaction.session.get_one(Collection, papers.id)
        job = await remove_collection(transaction, platform.jobs, removed)
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as seen:
        assert list(await seen.session.scalars(select(AccessList.resource_id))) == []
    assert await jobs_of(acme, papers.id) == {job: JobKind.ERASE_COLLECTION}
    assert (await stack(acme, slug="plans")).id != papers.id
