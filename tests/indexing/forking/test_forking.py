"""A fork holds the same documents for the same people, and lets whoever makes it at nothing more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from acl.errors import CollectionNotFound
from acl.facts import Effect, PrincipalType
from acl.permission import EDITOR, MANAGER, VIEWER
from acl.tables import AccessEntry, AccessList
from app.blobs.ports import BlobStore
from app.db.tenancy import Reach
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from app.jobs.work import Held, Later
from indexing.collections.access import open_collection
from indexing.documents.tables import Document
from indexing.forking.asking import Differing, ask_for_fork
from indexing.forking.fork import ForkRun, copy_id, note_failed
from indexing.graphs.tables import EDGE, NODE, WRITTEN, GraphEdit
from indexing.wording.names import edge_id, node_id
from tests.indexing.collections.shelving import COLLECTIONS, MANAGING, VIEWING, make, seen
from tests.indexing.maintenance.conftest import DeafQueue, hold_back
from tests.world.models import code, data, fields
from tests.world.people import Organisation
from tests.world.platform import unique
from tests.world.shelves import enter
from tests.world.stacks import Stack

MODEL = {"embedding_model": "local/minilm"}


async def source_of(acme: Organisation, *names: str, **said: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A collection of the admin with documents, by name."""
    made = await make(acme.client("admin"), **said)
    papers = Stack(acme.running.platform, acme.id, acme.people["admin"].id, made["id"])
    return made, {name: await papers.add(name, f"The words of {name}.".encode()) for name in names}


async def fork(client: httpx.AsyncClient, id_: str, **said: Any) -> dict[str, Any]:
    body = {"name": unique("fork")} | MODEL | said
    made: dict[str, Any] = data(await client.post(f"{COLLECTIONS}/{id_}/fork", json=body), 202)
    return made


async def copied(client: httpx.AsyncClient, id_: str) -> dict[str, Any]:
    """Wait until a fork has copied all."""
    async with asyncio.timeout(60):
        while True:
            state: dict[str, Any] = data(await client.get(f"{COLLECTIONS}/{id_}/fork"))
            if state["status"] in {"completed", "failed"}:
                return state
            await asyncio.sleep(0.05)


async def documents_of(acme: Organisation, id_: str) -> dict[str, Document]:
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        found = await transaction.session.scalars(select(Document).where(Document.collection_id == id_))
        return {document.name: document for document in found}


async def statuses_of(acme: Organisation, id_: str) -> set[str]:
    return {copy.status for copy in (await documents_of(acme, id_)).values()}


async def entries_of(acme: Organisation, id_: str) -> list[tuple[Any, ...]]:
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        found = await transaction.session.scalars(select(AccessEntry).where(AccessEntry.resource_id == id_))
        return sorted((row.ace_type, row.principal_type, row.principal_id or "", row.permissions) for row in found)


async def list_of(acme: Organisation, id_: str) -> AccessList:
    async with acme.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        return await transaction.session.get_one(AccessList, id_)


def about(acme: Organisation, name: str) -> tuple[PrincipalType, str]:
    return PrincipalType.USER, acme.people[name].id


async def test_a_fork_has_the_same_documents_read_anew(acme: Organisation) -> None:
    made, documents = await source_of(acme, "one.txt", "two.txt", description="Plans", chunk_size=256)
    admin = acme.client("admin")
    forked = await fork(admin, made["id"], chunk_size=128)
    assert (forked["forked_from"], forked["description"], forked["chunk_size"]) == (made["id"], "Plans", 128)
    assert forked["slug"] != made["slug"]
    assert (await copied(admin, forked["id"]))["status"] == "completed"
    copies, originals = await documents_of(acme, forked["id"]), await documents_of(acme, made["id"])
    assert copies.keys() == originals.keys()
    for name, copy in copies.items():
        assert copy.id == copy_id(forked["id"], documents[name])
        assert copy.blob_key != originals[name].blob_key
        assert (copy.size_bytes, copy.sha256) == (originals[name].size_bytes, originals[name].sha256)
        assert await acme.running.platform.blobs.get(copy.blob_key or "") == f"The words of {name}.".encode()
    async with asyncio.timeout(60):
        while await statuses_of(acme, forked["id"]) != {"indexed"}:  # noqa: ASYNC110 - it tells nobody else
            await asyncio.sleep(0.05)
    assert (await seen(admin, forked["id"]))["document_count"] == 2


async def test_copies_stand_in_the_order_of_their_originals(acme: Organisation) -> None:
    ids = [new_id("doc") for _ in range(3)]
    later = "doc_" + "Z" * 26
    copies = [copy_id("col_x", id_) for id_ in (*ids, later)]
    assert len(set(copies)) == 4
    assert max(copies) == copies[-1]
    assert copies == [copy_id("col_x", id_) for id_ in (*ids, later)]
    assert not set(copies) & {copy_id("col_y", id_) for id_ in ids}


async def test_everybody_may_do_in_the_fork_what_they_could(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    await acme.person("author", permissions=VIEWING)
    made, documents = await source_of(acme, "open.txt", "closed.txt", "own.txt")
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "reader"), permissions=EDITOR)
    ended = acme.running.platform.clock.now() - timedelta(seconds=1)
    await enter(acme, made["id"], Effect.ALLOW, (PrincipalType.EVERYONE, None), expires_at=ended)
    await enter(acme, documents["closed.txt"], Effect.DENY, about(acme, "reader"), permissions=VIEWER)
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        own = await transaction.session.get_one(AccessList, documents["own.txt"])
        own.inherits, own.owner_id = False, acme.people["author"].id
    forked = await fork(acme.client("admin"), made["id"])
    await copied(acme.client("admin"), forked["id"])
    copies = await documents_of(acme, forked["id"])

    assert await entries_of(acme, forked["id"]) == [("allow", "user", acme.people["reader"].id, EDITOR)]
    assert await entries_of(acme, copies["closed.txt"].id) == await entries_of(acme, documents["closed.txt"])
    own = await list_of(acme, copies["own.txt"].id)
    assert (own.inherits, own.owner_id, own.collection_id) == (False, acme.people["author"].id, forked["id"])
    assert (await list_of(acme, forked["id"])).default_access == "restricted"
    found = await seen(acme.client("reader"), forked["id"])
    assert (found["document_count"], found["user_permission"]) == (1, "write")


async def test_whoever_forks_sees_no_more_than_before_and_owns_nothing(acme: Organisation) -> None:
    await acme.person("forker", permissions=MANAGING)
    made, documents = await source_of(acme, "open.txt", "secret.txt")
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "forker"), permissions=MANAGER)
    await enter(acme, documents["secret.txt"], Effect.DENY, about(acme, "forker"), permissions=MANAGER)
    forker = acme.client("forker")
    forked = await fork(forker, made["id"])
    await copied(forker, forked["id"])
    assert (forked["owner_id"], forked["user_permission"]) == (acme.people["admin"].id, "manage")
    assert (await seen(forker, forked["id"]))["document_count"] == 1
    assert (await seen(acme.client("admin"), forked["id"]))["document_count"] == 2
    secret = (await documents_of(acme, forked["id"]))["secret.txt"].id
    hidden = await forker.get(f"/v1/modules/scaimatrix/documents/{secret}")
    assert code(hidden) == (404, "DOCUMENT_NOT_FOUND")
    taken = await forker.put(
        f"/v1/modules/scaimatrix/permissions/document/{secret}/owner", json={"owner_id": acme.people["forker"].id}
    )
    assert code(taken) == (404, "DOCUMENT_NOT_FOUND")
    assert {row.uploaded_by for row in (await documents_of(acme, forked["id"])).values()} == {acme.people["forker"].id}


async def test_forking_needs_all_of_manager_and_hidden_is_missing(acme: Organisation) -> None:
    for name in ("stranger", "editor"):
        await acme.person(name, permissions=MANAGING)
    await acme.person("manager", permissions=VIEWING)
    made, _ = await source_of(acme)
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "editor"), permissions=EDITOR)
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "manager"), permissions=MANAGER)
    path, body = f"{COLLECTIONS}/{made['id']}/fork", {"name": unique("fork")} | MODEL
    assert code(await acme.client("stranger").post(path, json=body)) == (404, "COLLECTION_NOT_FOUND")
    assert code(await acme.client("editor").post(path, json=body)) == (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await acme.client("manager").post(path, json=body)) == (403, "AUTHZ_PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"embedding_model": "no/such"}, (404, "MODEL_NOT_FOUND")),
        ({"embedding_model": "local/quote"}, (422, "VALIDATION_ERROR")),
        ({"chunk_size": 20}, (422, "VALIDATION_ERROR")),
        ({"graph_enabled": True}, (422, "VALIDATION_ERROR")),
        ({"default_access": "tenant"}, (422, "VALIDATION_ERROR")),
    ],
)
async def test_what_a_fork_cannot_be_is_refused(
    acme: Organisation, said: dict[str, Any], expected: tuple[int, str]
) -> None:
    made, _ = await source_of(acme)
    body = {"name": unique("fork")} | MODEL | said
    assert code(await acme.client("admin").post(f"{COLLECTIONS}/{made['id']}/fork", json=body)) == expected


async def test_a_fork_needs_a_name_and_a_model_and_a_slug_of_its_own(acme: Organisation) -> None:
    made, _ = await source_of(acme)
    admin, path = acme.client("admin"), f"{COLLECTIONS}/{made['id']}/fork"
    assert fields(await admin.post(path, json={})) == ["name", "embedding_model"]
    taken = await admin.post(path, json={"name": "x", "slug": made["slug"]} | MODEL)
    assert code(taken) == (409, "SLUG_CONFLICT")


async def test_where_it_comes_from_is_told_to_those_who_may_see_that(acme: Organisation) -> None:
    await acme.person("reader", permissions=VIEWING)
    made, _ = await source_of(acme)
    forked = await fork(acme.client("admin"), made["id"])
    await enter(acme, forked["id"], Effect.ALLOW, about(acme, "reader"))
    assert (await seen(acme.client("reader"), forked["id"]))["forked_from"] is None
    await enter(acme, made["id"], Effect.ALLOW, about(acme, "reader"))
    assert (await seen(acme.client("reader"), forked["id"]))["forked_from"] == made["id"]


def held(acme: Organisation, id_: str) -> Held:
    return Held(new_id("job"), acme.id, JobKind.FORK_COLLECTION, id_, new_id("lse"), 1)


async def forked_by_hand(acme: Organisation, *names: str) -> tuple[ForkRun, str, str, dict[str, str]]:
    """A fork that the test alone copies, a document at a time; its id, its source's, and the originals by name."""
    made, documents = await source_of(acme, *names)
    platform = acme.running.platform
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        session = transaction.session
        source = await open_collection(session, await session.get_one(AccessList, made["id"]))
        differing = Differing("local/minilm", {"name": unique("fork")})
        forked = await ask_for_fork(transaction, DeafQueue(), source, differing, user_id=acme.people["admin"].id)
        await hold_back(transaction, forked.id)
    run = ForkRun(platform.transactions, platform.blobs, DeafQueue(), seconds=-1, at_once=1)
    return run, forked.id, made["id"], documents


async def finish(acme: Organisation, run: ForkRun, id_: str) -> None:
    while await run.run(held(acme, id_)) is not None:
        pass


async def test_broken_off_anywhere_and_done_twice_it_copies_everything_once(acme: Organisation) -> None:
    run, id_, _, documents = await forked_by_hand(acme, *(f"{number}.txt" for number in range(5)))
    first = await asyncio.gather(*(run.run(held(acme, id_)) for _ in range(3)))
    assert all(outcome is None or isinstance(outcome, Later) for outcome in first)
    await finish(acme, run, id_)
    await finish(acme, run, id_)
    assert {copy.id for copy in (await documents_of(acme, id_)).values()} == {
        copy_id(id_, original) for original in documents.values()
    }


async def test_what_is_deleted_in_the_fork_stays_deleted(acme: Organisation) -> None:
    run, id_, _, _ = await forked_by_hand(acme, "one.txt", "two.txt", "three.txt")
    while not (there := await documents_of(acme, id_)):
        await run.run(held(acme, id_))
    gone = next(iter(there.values()))
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        await transaction.session.delete(await transaction.session.get_one(AccessList, gone.id))
        await transaction.session.delete(await transaction.session.get_one(Document, gone.id))
    await finish(acme, run, id_)
    assert gone.id not in {copy.id for copy in (await documents_of(acme, id_)).values()}
    assert len(await documents_of(acme, id_)) == 2


async def test_a_collection_that_is_gone_ends_its_fork_in_words(acme: Organisation) -> None:
    run, id_, source_id, _ = await forked_by_hand(acme, "one.txt")
    await acme.client("admin").delete(f"{COLLECTIONS}/{source_id}")
    with pytest.raises(CollectionNotFound, match="deleted before"):
        await run.run(held(acme, id_))
    await note_failed(acme.running.platform.transactions, held(acme, id_), "COLLECTION_NOT_FOUND", "It was deleted.")
    state = data(await acme.client("admin").get(f"{COLLECTIONS}/{id_}/fork"))
    assert (state["status"], state["error_code"]) == ("failed", "COLLECTION_NOT_FOUND")
    assert await run.run(held(acme, id_)) is None


async def test_a_file_that_is_replaced_while_it_is_copied_is_copied_as_it_is_then(acme: Organisation) -> None:
    run, id_, _, documents = await forked_by_hand(acme, "one.txt")
    platform = acme.running.platform
    blobs: Any = Replacing(platform.blobs, acme, documents["one.txt"])
    await finish(acme, replace(run, blobs=blobs), id_)
    (copy,) = (await documents_of(acme, id_)).values()
    assert await platform.blobs.get(copy.blob_key or "") == b"Other words."


class Replacing:
    """Blobs, of which one is replaced at the first copying."""

    def __init__(self, blobs: BlobStore, acme: Organisation, document_id: str) -> None:
        self._blobs, self._acme, self._document_id = blobs, acme, document_id
        self._done = False

    async def copy(self, source: str, target: str) -> bool:
        if not self._done:
            self._done = True
            await self._blobs.put(f"{source}2", b"Other words.")
            async with self._acme.running.platform.transactions.open(Reach.one(self._acme.id)) as transaction:
                (await transaction.session.get_one(Document, self._document_id)).blob_key = f"{source}2"
        return await self._blobs.copy(source, target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)


async def test_a_fork_that_is_deleted_is_copied_into_no_more(acme: Organisation) -> None:
    run, id_, _, _ = await forked_by_hand(acme, "one.txt", "two.txt")
    await acme.client("admin").delete(f"{COLLECTIONS}/{id_}")
    assert await run.run(held(acme, id_)) is None


async def test_what_people_wrote_in_a_graph_is_in_the_graph_of_the_fork_too(acme: Organisation) -> None:
    admin, graph = acme.client("admin"), {"graph_enabled": True, "graph_extraction_model": "local/quote"}
    made, _ = await source_of(acme, "one", **graph)
    platform, now = acme.running.platform, acme.running.platform.clock.now()
    written = [("ada", "", "", NODE), ("bob", "", "", NODE), ("ada", "KNOWS", "bob", EDGE)]
    by = {"state": WRITTEN, "said": {"name": "X"}, "written_by": "usr_x", "created_at": now, "updated_at": now}
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        for source, type_, target, kind in written:
            id_ = node_id(made["id"], source) if kind == NODE else edge_id(made["id"], source, type_, target)
            of = {"id": id_, "collection_id": made["id"], "kind": kind, "source": source, "type": type_}
            transaction.session.add(GraphEdit(**of, **by, target=target, revision=new_id("rev"), settled=True))
    copy = await fork(admin, made["id"])
    await copied(admin, copy["id"])
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        found = (await transaction.session.scalars(select(GraphEdit).order_by(GraphEdit.target))).all()
        jobs = list(await transaction.session.scalars(select(Job.kind).where(Job.subject_id == copy["id"])))
    mine = [one for one in found if one.collection_id == copy["id"]]
    assert {one.id for one in mine} == {
        node_id(copy["id"], "ada"),
        node_id(copy["id"], "bob"),
        edge_id(copy["id"], "ada", "KNOWS", "bob"),
    }
    assert len(found) == 6
    assert JobKind.RECONCILE_COLLECTION in jobs
