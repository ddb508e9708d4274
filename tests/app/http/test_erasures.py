"""Receipts of what was erased are shown to who administers the tenant, and to nobody else."""

from __future__ import annotations

from pathlib import Path

from app.jobs.kinds import JobKind
from tests.indexing.erasing.leavings import Leavings
from tests.world.models import code, data
from tests.world.own_vectors import own_vectors
from tests.world.people import Organisation, organisation
from tests.world.platform import Running
from tests.world.stacks import stack

PATH = "/v1/modules/scaimatrix/erasures"


async def test_receipts_are_listed_newest_first_and_by_what_was_erased(acme: Organisation) -> None:
    leavings = Leavings(await stack(acme))
    gone = [await leavings.indexed(), await leavings.indexed()]
    for document_id in gone:
        await leavings.remove(document_id)
        await leavings.erasing().erase_document(leavings.held(JobKind.ERASE_DOCUMENT, document_id))
    admin = acme.client("admin")
    page = (await admin.get(PATH, params={"limit": 4})).json()
    rest = (await admin.get(PATH, params={"limit": 4, "cursor": page["meta"]["next_cursor"]})).json()
    told = [*page["data"], *rest["data"]]
    assert [one["subject_id"] for one in told] == [gone[1]] * 4 + [gone[0]] * 4
    assert all(one["erased_at"] >= one["requested_at"] for one in told)
    mine = data(await admin.get(PATH, params={"subject_id": gone[0]}))
    assert {one["store"]: one["removed"] for one in mine} == {"database": 5, "blobs": 2, "vectors": 3, "graph": 0}
    assert {one["subject_type"] for one in mine} == {"document"}


async def test_what_is_still_being_erased_says_so(acme: Organisation, tmp_path: Path) -> None:
    async with own_vectors(tmp_path) as vectors:
        leavings = Leavings(await stack(acme), vectors)
        gone = await leavings.indexed()
        await leavings.remove(gone)
        vectors.go_away()
        await leavings.erasing().erase_document(leavings.held(JobKind.ERASE_DOCUMENT, gone))
    told = data(await acme.client("admin").get(PATH))
    assert {one["store"]: one["erased_at"] for one in told} == {
        "database": None,
        "blobs": None,
        "vectors": None,
        "graph": None,
    }


async def test_only_administrators_of_the_tenant_see_receipts(acme: Organisation, running: Running) -> None:
    leavings = Leavings(await stack(acme))
    gone = await leavings.indexed()
    await leavings.remove(gone)
    await leavings.erasing().erase_document(leavings.held(JobKind.ERASE_DOCUMENT, gone))
    await acme.person("keeper", permissions=["scaimatrix:manage", "scaimatrix:view"])
    assert code(await acme.client("keeper").get(PATH)) == (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await acme.client("user").get(PATH)) == (403, "AUTHZ_PERMISSION_DENIED")
    other = await organisation(running)
    assert data(await other.client("admin").get(PATH, params={"subject_id": gone})) == []
    await other.aclose()
