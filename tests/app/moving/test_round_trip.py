"""What was written down is taken in as a new collection that answers the same people as the old one did."""

from __future__ import annotations

import stat
from pathlib import Path

from sqlalchemy import select

from acl.tables import AccessList
from app.audit.tables import AuditEvent
from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from tests.app.moving.conftest import Moved
from tests.app.moving.world import MATRIX, TEXTS, exported, found, imported, names, people
from tests.world.models import data
from tests.world.people import Organisation


async def test_the_same_people_find_the_same_passages_and_what_is_hidden_stays_so(moved: Moved) -> None:
    acme, model = moved.library.organisation, moved.model
    assert stat.S_IMODE(moved.file.stat().st_mode) == 0o600
    asked, read = len(model.calls), moved.reader.passages.total()
    made = await imported(moved.running, moved.file, acme)
    again = [text for texts in model.calls[asked:] for text in texts if text in TEXTS.values()]
    assert len(again) == 1  # to see that it is the same model
    assert read
    assert moved.reader.passages.total() == read
    assert (made.documents, made.vectors, made.vectors_refused) == (3, moved.manifest.chunks, None)
    before = {name: await moved.library.found(name) for name in ("admin", "ada", "ben", "eve")}
    after = {name: await found(acme, name, made.collection_id) for name in before}
    assert after == before
    assert names(before["ada"]) == {"plans.md", "secrets.md", "own.md"}
    assert names(before["ben"]) == {"plans.md"}
    assert names(before["eve"]) == {"plans.md", "secrets.md"}


async def test_its_settings_its_graph_and_its_files_come_along(moved: Moved) -> None:
    acme, admin = moved.library.organisation, moved.library.organisation.client("admin")
    made = await imported(moved.running, moved.file, acme, name="Other")
    old, new = [data(await admin.get(f"{MATRIX}/collections/{id_}")) for id_ in (moved.library.id, made.collection_id)]
    own = {"id", "name", "slug", "created_at", "updated_at", "version"}
    assert {name: value for name, value in new.items() if name not in own} == {
        name: value for name, value in old.items() if name not in own
    }
    assert new["name"] == "Other"
    graphs = [
        data(await admin.get(f"{MATRIX}/collections/{id_}/graph/stats"))
        for id_ in (moved.library.id, made.collection_id)
    ]
    assert graphs[0] == graphs[1]
    assert graphs[0]["node_count"] == 3  # two that were read, one that was written by hand
    documents = data(await admin.get(f"{MATRIX}/collections/{made.collection_id}/documents"))
    assert {one["name"] for one in documents} == set(moved.library.documents)
    plans = next(one for one in documents if one["name"] == "plans.md")
    content = await admin.get(f"{MATRIX}/collections/{made.collection_id}/documents/{plans['id']}/content")
    original = moved.library.documents["plans.md"]
    old_content = await admin.get(f"{MATRIX}/collections/{moved.library.id}/documents/{original}/content")
    assert (content.status_code, content.content) == (200, old_content.content)


async def test_taken_in_twice_it_is_two_collections(moved: Moved) -> None:
    acme = moved.library.organisation
    one, other = [await imported(moved.running, moved.file, acme) for _ in range(2)]
    assert one.collection_id != other.collection_id
    assert one.slug != other.slug
    assert await found(acme, "ben", one.collection_id) == await found(acme, "ben", other.collection_id)


async def test_in_another_tenant_only_those_are_let_in_who_are_certainly_meant(
    moved: Moved, acme: Organisation
) -> None:
    await people(acme)  # others of the same names, at another address
    made = await imported(moved.running, moved.file, acme)
    assert made.left_out.everyone
    assert made.left_out.denials == []  # its Team is the one group of that name here
    ada = moved.library.organisation.people["ada"].email
    assert made.left_out.allowances == [f"user {ada}"]
    assert {name: await found(acme, name, made.collection_id) for name in ("ada", "ben", "eve")} == dict.fromkeys(
        ("ada", "ben", "eve"), 404
    )
    assert names(await found(acme, "admin", made.collection_id)) == set(moved.library.documents)
    assert await found(moved.library.organisation, "admin", made.collection_id) == 404
    async with moved.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        lists = list(await transaction.session.scalars(select(AccessList)))
        assert {one.owner_id for one in lists if one.kind == "document"} == {None}
        assert {one.owner_id for one in lists if one.kind == "collection"} == {acme.people["admin"].id}
        payers = set(await transaction.session.scalars(select(Document.uploaded_by)))
        assert payers == {acme.people["admin"].id}


async def test_everybody_there_is_everybody_here_only_if_that_is_said(moved: Moved, acme: Organisation) -> None:
    await people(acme)
    made = await imported(moved.running, moved.file, acme, everyone=True)
    assert not made.left_out.everyone
    assert names(await found(acme, "eve", made.collection_id)) == {"plans.md", "secrets.md"}
    assert names(await found(acme, "ben", made.collection_id)) == {"plans.md"}


async def test_without_vectors_texts_are_embedded_anew(moved: Moved, tmp_path: Path) -> None:
    file, acme = tmp_path / "small.tar", moved.library.organisation
    manifest = await exported(moved.running, moved.library.id, file, vectors=False)
    assert manifest.vectors == 0
    made = await imported(moved.running, file, acme)
    assert made.vectors == 0
    assert await found(acme, "ada", made.collection_id) == await moved.library.found("ada")


async def test_vectors_of_a_model_that_gives_others_here_are_not_mixed_with_its_own(moved: Moved) -> None:
    moved.model.spoil = lambda rows: [[*row[1:], row[0]] for row in rows]
    try:
        made = await imported(moved.running, moved.file, moved.library.organisation)
    finally:
        moved.model.spoil = None
    assert made.vectors == 0
    assert "other vectors" in str(made.vectors_refused)


async def test_another_model_embeds_all_anew(moved: Moved) -> None:
    acme = moved.library.organisation
    made = await imported(moved.running, moved.file, acme, embedding_model="local/minilm")
    assert (made.vectors, made.documents) == (0, 3)
    async with moved.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        row = await transaction.session.get_one(Collection, made.collection_id)
        assert (row.embedding_model, row.dimensions) == ("local/minilm", 384)


async def test_both_are_remembered_in_the_tenants_chain(moved: Moved) -> None:
    acme = moved.library.organisation
    made = await imported(moved.running, moved.file, acme)
    async with moved.running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        wanted = select(AuditEvent.action, AuditEvent.target_id).where(AuditEvent.action.like("collection.%ported"))
        events = set((await transaction.session.execute(wanted)).all())
    assert ("collection.exported", moved.library.id) in events
    assert ("collection.imported", made.collection_id) in events
