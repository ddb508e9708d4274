"""Files nobody names are removed once they are old, never sooner; documents whose file is gone are reported."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.clock import FixedClock, SystemClock
from indexing.reconciling.files import FileReconciling
from tests.indexing.erasing.leavings import Leavings
from tests.world.people import Organisation
from tests.world.stacks import stack


@pytest.fixture
async def leavings(acme: Organisation) -> Leavings:
    return Leavings(await stack(acme))


def looking(leavings: Leavings, *, later: timedelta = timedelta()) -> FileReconciling:
    platform = leavings.papers.platform
    clock = FixedClock(SystemClock().now() + later)
    return FileReconciling(dataclasses.replace(platform.transactions, clock=clock), platform.blobs)


async def test_files_that_documents_name_are_left_alone_however_old(leavings: Leavings) -> None:
    await leavings.indexed()
    found = await looking(leavings, later=timedelta(days=9)).reconcile(leavings.papers.tenant_id, healing=True)
    assert (found.is_well, found.held, found.orphaned) == (True, 2, 0)
    assert len((await leavings.left())["blobs"]) == 2


async def test_files_nobody_names_are_removed_after_an_hour_and_not_before(leavings: Leavings) -> None:
    named = await leavings.indexed()
    tenant = leavings.papers.tenant_id
    orphans = [f"documents/{tenant}/{key}" for key in ("doc_gone/1", "doc_gone/1/text", f"{named}/0", f"{named}/11")]
    for key in orphans:
        await leavings.blobs.put(key, b"x")
    young = await looking(leavings, later=timedelta(minutes=50)).reconcile(tenant, healing=True)
    assert (young.orphaned, young.removed, young.held) == (0, 0, 6)
    looked = await looking(leavings, later=timedelta(minutes=70)).reconcile(tenant, healing=False)
    assert (looked.is_well, looked.orphaned, looked.removed) == (False, 4, 0)
    healed = await looking(leavings, later=timedelta(minutes=70)).reconcile(tenant, healing=True)
    assert (healed.is_well, healed.orphaned, healed.removed) == (True, 4, 4)
    assert (await leavings.left())["blobs"] == [f"documents/{tenant}/{named}/1", f"documents/{tenant}/{named}/1/text"]


async def test_files_of_a_deleted_document_are_left_to_who_erases_it(leavings: Leavings) -> None:
    gone = await leavings.indexed()
    await leavings.remove(gone)
    found = await looking(leavings, later=timedelta(days=1)).reconcile(leavings.papers.tenant_id, healing=True)
    assert (found.orphaned, found.missing, found.is_well) == (0, 0, True)
    assert len((await leavings.left())["blobs"]) == 2


async def test_a_document_whose_file_is_gone_is_reported_and_kept(leavings: Leavings) -> None:
    there, bare = await leavings.indexed(), await leavings.indexed()
    await leavings.blobs.delete(f"documents/{leavings.papers.tenant_id}/{bare}/1")
    found = await looking(leavings).reconcile(leavings.papers.tenant_id, healing=True)
    assert (found.is_well, found.missing, found.missing_of) == (False, 1, [bare])
    assert (await leavings.left())["Document"] == sorted([there, bare])
