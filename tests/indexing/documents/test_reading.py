"""Documents are listed, shown, given and changed for those who may, and are not there for all others."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from acl.permission import EDITOR, MANAGER, OWNER, VIEWER, Permission
from app.db.tenancy import Reach
from app.ids import new_id
from indexing.documents.tables import Document
from indexing.editions.tables import READY, ChunkRow, Edition
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.documents.filing import MATRIX, blobs_of, deny, filed, let, path_of, send, sent
from tests.world.models import code, data
from tests.world.people import Organisation


async def names_in(client: httpx.AsyncClient, path: str, **query: Any) -> list[str]:
    return [found["name"] for found in data(await client.get(path, params=query))]


async def walk(client: httpx.AsyncClient, path: str, **query: Any) -> list[list[Any]]:
    """Every page of a list."""
    pages: list[list[Any]] = []
    cursor = None
    while True:
        answer = await client.get(path, params=query | ({"cursor": cursor} if cursor else {}))
        pages.append(data(answer))
        cursor = answer.json()["meta"]["next_cursor"]
        assert (cursor is not None) == answer.json()["meta"]["has_more"]
        if cursor is None:
            return pages


async def index(acme: Organisation, document_id: str, *texts: str) -> None:
    """Have a document found by these passages, as if it had been read."""
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(Document, document_id)
        edition = new_id("edn")
        now = transaction.clock.now()
        facts = {"document_id": row.id, "collection_id": row.collection_id, "tenant_id": acme.id}
        transaction.session.add(
            Edition(id=edition, generation=1, content_version=1, state=READY, created_at=now, **facts)
        )
        await transaction.session.flush()
        for place, text in enumerate(texts):
            transaction.session.add(
                ChunkRow(
                    id=new_id("chk"),
                    edition_id=edition,
                    chunk_index=place,
                    content=text,
                    start=place * 100,
                    end=place * 100 + len(text),
                    section="Part" if place else None,
                    tokens=3,
                    digest=f"{place:064}",
                    **facts,
                )
            )
        row.edition_id, row.chunk_count = edition, len(texts)


async def test_a_list_shows_what_its_caller_may_read_in_full_pages(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve", "bob")
    await let(acme, plans["id"], "eve", VIEWER)
    made = [await sent(people["admin"], plans["id"], filename=f"{number:02}.md") for number in range(12)]
    for hidden in made[::2]:
        await deny(acme, hidden["id"], "eve", OWNER)
    path = f"{COLLECTIONS}/{plans['id']}/documents"
    seen = await walk(people["eve"], path, limit=4, order="asc")
    assert [[found["name"] for found in page] for page in seen] == [
        ["01.md", "03.md", "05.md", "07.md"],
        ["09.md", "11.md"],
    ]
    newest_first = await walk(people["eve"], path, limit=6)
    assert [found["name"] for found in newest_first[0]] == [f"{n:02}.md" for n in range(11, 0, -2)]
    assert len(newest_first) == 1
    assert code(await people["bob"].get(path)) == (404, "COLLECTION_NOT_FOUND")


async def test_whoever_may_read_few_gets_them_all(acme: Organisation) -> None:
    """The collection is theirs to read, its documents are not, but for some."""
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", VIEWER)
    made = [await sent(people["admin"], plans["id"], filename=f"{number:02}.md") for number in range(9)]
    admin = people["admin"]
    for document in made:
        path = f"{MATRIX}/permissions/document/{document['id']}/inheritance"
        data(await admin.put(path, json={"inherit": False, "copy": False}))
    for document in (made[1], made[8]):
        await let(acme, document["id"], "eve", VIEWER)
    await let(acme, made[4]["id"], "eve", int(Permission.READ))  # read, but not listed
    listed = await walk(people["eve"], f"{COLLECTIONS}/{plans['id']}/documents", limit=1, order="asc")
    assert [found["name"] for page in listed for found in page] == ["01.md", "08.md"]
    assert data(await people["eve"].get(path_of(made[4])))["name"] == "04.md"


async def test_a_list_is_filtered_by_status_and_by_how_names_begin(acme: Organisation) -> None:
    plans, people = await filed(acme)
    for name in ("Plan a.md", "plan b.md", "100%.md", "100x.md"):
        await sent(people["admin"], plans["id"], filename=name)
    path = f"{COLLECTIONS}/{plans['id']}/documents"
    assert await names_in(people["admin"], path, name="plan") == ["plan b.md"]
    assert await names_in(people["admin"], path, name="100%") == ["100%.md"]
    assert len(await names_in(people["admin"], path, status="pending")) == 4
    assert await names_in(people["admin"], path, status="indexed") == []
    assert (await people["admin"].get(path, params={"status": "nonsense"})).status_code == 422


async def test_a_cursor_belongs_to_one_list(acme: Organisation) -> None:
    plans, people = await filed(acme)
    for _ in range(2):
        await sent(people["admin"], plans["id"])
    path = f"{COLLECTIONS}/{plans['id']}/documents"
    cursor = (await people["admin"].get(path, params={"limit": 1})).json()["meta"]["next_cursor"]
    other, _ = await filed(acme)
    for wrong, order in ((f"{COLLECTIONS}/{other['id']}/documents", "desc"), (path, "asc")):
        assert (await people["admin"].get(wrong, params={"cursor": cursor, "order": order})).status_code == 422


async def test_one_document_is_reached_without_its_collection(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    made = await sent(people["admin"], plans["id"])
    await let(acme, made["id"], "eve", VIEWER)
    assert code(await people["eve"].get(path_of(made))) == (404, "COLLECTION_NOT_FOUND")
    short = f"{MATRIX}/documents/{made['id']}"
    assert data(await people["eve"].get(short))["name"] == "plan.md"
    assert (await people["eve"].get(f"{short}/content")).content == b"What it says."
    assert data(await people["eve"].get(f"{short}/chunks")) == []


async def test_a_document_is_not_there_under_another_collection(acme: Organisation) -> None:
    plans, people = await filed(acme)
    other, _ = await filed(acme)
    made = await sent(people["admin"], plans["id"])
    for rest in ("", "/content", "/chunks", "/events"):
        path = f"{COLLECTIONS}/{other['id']}/documents/{made['id']}{rest}"
        assert code(await people["admin"].get(path)) == (404, "DOCUMENT_NOT_FOUND")


async def test_hidden_is_missing_byte_for_byte(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", MANAGER)
    made = await sent(people["admin"], plans["id"])
    await deny(acme, made["id"], "eve", OWNER)
    missing, eve = new_id("doc"), people["eve"]
    tried: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "", {}),
        ("GET", "/content", {}),
        ("GET", "/content", {"headers": {"Range": "bytes=0-1"}}),
        ("GET", "/chunks", {}),
        ("GET", "/events", {}),
        ("GET", "/events", {"headers": {"Last-Event-ID": "1"}}),
        ("PATCH", "", {"json": {"name": "x"}}),
        ("PATCH", "", {"json": {"nonsense": "x"}}),
        ("PUT", "/content", {"files": {"file": ("a.md", b"x")}}),
        ("POST", "/retry", {}),
        ("DELETE", "", {}),
        ("DELETE", "", {"headers": {"If-Match": '"7"'}}),
    ]
    for method, rest, sending in tried:
        base = f"{COLLECTIONS}/{plans['id']}/documents"
        hidden = await eve.request(method, f"{base}/{made['id']}{rest}", **sending)
        absent = await eve.request(method, f"{base}/{missing}{rest}", **sending)
        assert same(hidden) == same(absent), (method, rest)
        assert code(hidden) == (404, "DOCUMENT_NOT_FOUND")
    assert data(await people["admin"].get(path_of(made)))["name"] == "plan.md"
    assert len(blobs_of(acme.running, acme.id)) == 1


def same(answer: httpx.Response) -> tuple[dict[str, str], str]:
    headers = {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
    return headers, answer.text.replace(answer.headers["x-request-id"], "")


async def test_a_reader_is_told_what_they_may_not_do(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve", "kim")
    await let(acme, plans["id"], "eve", VIEWER)
    await let(acme, plans["id"], "kim", EDITOR)
    made = await sent(people["admin"], plans["id"])
    path = path_of(made)
    for answer in (
        await people["eve"].patch(path, json={"name": "x"}),
        await people["eve"].put(f"{path}/content", files={"file": ("a.md", b"x")}),
        await people["eve"].post(f"{path}/retry"),
        await people["eve"].delete(path),
        await people["kim"].delete(path),
    ):
        assert code(answer) == (403, "AUTHZ_PERMISSION_DENIED")
    assert data(await people["kim"].patch(path, json={"name": "Kim's"}))["name"] == "Kim's"


async def test_a_name_and_metadata_change_and_an_old_version_does_not(acme: Organisation) -> None:
    plans, people = await filed(acme)
    admin = people["admin"]
    made = await sent(admin, plans["id"])
    path = path_of(made)
    before = (await admin.get(path)).headers["etag"]
    answer = await admin.patch(path, json={"name": " a/b\\Final.md "}, headers={"If-Match": before})
    assert (data(answer)["name"], data(answer)["metadata"]) == ("Final.md", {})
    assert answer.headers["etag"] != before
    stale = await admin.patch(path, json={"name": "Other"}, headers={"If-Match": before})
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert data(await admin.patch(path, json={"metadata": {"a": [1]}, "name": None}))["metadata"] == {"a": [1]}
    now = await admin.get(path)
    assert (data(now)["name"], data(now)["metadata"]) == ("Final.md", {"a": [1]})
    kept = await admin.get(path, headers={"If-None-Match": now.headers["etag"]})
    assert kept.status_code == 304
    refused: list[dict[str, Any]] = [{"name": ""}, {"name": "../.."}, {"name": "a\nb"}, {"metadata": []}, {"nam": "x"}]
    for wrong in refused:
        assert code(await admin.patch(path, json=wrong)) == (422, "VALIDATION_ERROR")
    unchanged = await admin.patch(path, json={"name": "Final.md"})
    assert unchanged.headers["etag"] == now.headers["etag"]


async def test_a_file_is_given_back_as_it_came(acme: Organisation) -> None:
    plans, people = await filed(acme)
    content = bytes(range(256)) * 5000
    name = 'r\u00e9sum\u00e9 "x"; a=b \u8ba1.html'
    made = await sent(people["admin"], plans["id"], content, filename="a.html", media="text/html", name=name)
    answer = await people["admin"].get(f"{path_of(made)}/content")
    assert answer.content == content
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"] == (
        'attachment; filename="r_sum_ _x__ a=b _.html"; '
        "filename*=UTF-8''r%C3%A9sum%C3%A9%20%22x%22%3B%20a%3Db%20%E8%AE%A1.html"
    )
    again = await people["admin"].get(f"{path_of(made)}/content", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_file_that_is_not_what_was_brought_is_never_given_whole(acme: Organisation) -> None:
    plans, people = await filed(acme)
    for content in (b"short and spoilt", bytes(range(256)) * 5000):
        made = await sent(people["admin"], plans["id"], content)
        (kept,) = [file for file in blobs_of(acme.running, acme.id) if made["id"] in file.parts]
        kept.write_bytes(content[:-1] + b"?")
        with pytest.raises(httpx.RemoteProtocolError):
            await people["admin"].get(f"{path_of(made)}/content")


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-0", 206, 0, 0),
        ("bytes=10-19", 206, 10, 19),
        ("bytes=300000-", 206, 300_000, 399_999),
        ("bytes=-5", 206, 399_995, 399_999),
        ("bytes=0-99999999", 206, 0, 399_999),
        ("bytes=400000-", 416, 0, -1),
        ("bytes=-0", 416, 0, -1),
        ("bytes=9-3", 200, 0, 399_999),
        ("bytes=1-2,4-5", 200, 0, 399_999),
        ("bytes=-", 200, 0, 399_999),
        ("lines=1-2", 200, 0, 399_999),
    ],
)
async def test_a_part_of_a_file_can_be_asked_for(
    acme: Organisation, asked: str, status: int, first: int, last: int
) -> None:
    plans, people = await filed(acme)
    content = bytes(number % 251 for number in range(400_000))
    made = await sent(people["admin"], plans["id"], content)
    answer = await people["admin"].get(f"{path_of(made)}/content", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, content[first : last + 1])
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {first}-{last}/400000"
    if status == 416:
        assert answer.headers["content-range"] == "bytes */400000"
    outdated = {"Range": asked, "If-Range": '"older"'}
    assert (await people["admin"].get(f"{path_of(made)}/content", headers=outdated)).status_code == 200


async def test_passages_are_shown_in_their_order(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await sent(people["admin"], plans["id"])
    assert data(await people["admin"].get(f"{path_of(made)}/chunks")) == []
    await index(acme, made["id"], *(f"passage {number}" for number in range(5)))
    pages = await walk(people["admin"], f"{path_of(made)}/chunks", limit=2)
    assert [[chunk["chunk_index"] for chunk in page] for page in pages] == [[0, 1], [2, 3], [4]]
    first = pages[0][0]
    assert (first["content"], first["start"], first["end"], first["page"], first["section"]) == (
        "passage 0", 0, 9, None, None,
    )  # fmt: skip
    backwards = await walk(people["admin"], f"{path_of(made)}/chunks", limit=3, order="desc")
    assert [[chunk["chunk_index"] for chunk in page] for page in backwards] == [[4, 3, 2], [1, 0]]


async def test_what_is_deleted_is_gone_at_once_and_only_once(acme: Organisation) -> None:
    plans, people = await filed(acme)
    admin = people["admin"]
    made = await sent(admin, plans["id"])
    path = path_of(made)
    stale = await admin.delete(path, headers={"If-Match": '"99"'})
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert data(await admin.delete(path)) == {"deleted": True}
    missing = path.replace(made["id"], new_id("doc"))
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/content"), ("GET", "/chunks"), ("GET", "/events")):
        gone = await admin.request(method, f"{path}{rest}")
        assert code(gone) == (404, "DOCUMENT_NOT_FOUND")
        assert same(gone) == same(await admin.request(method, f"{missing}{rest}"))
    assert data(await admin.get(f"{COLLECTIONS}/{plans['id']}/documents")) == []


async def test_other_content_is_another_version_and_the_old_text_answers(acme: Organisation) -> None:
    plans, people = await filed(acme)
    admin = people["admin"]
    made = await sent(admin, plans["id"], b"old words")
    await index(acme, made["id"], "old words")
    answer = await admin.put(f"{path_of(made)}/content", files={"file": ("plan.txt", b"newer words", "text/plain")})
    now = data(answer)
    assert (now["status"], now["content_version"], now["size_bytes"]) == ("pending", 2, 11)
    assert (now["name"], now["mime_type"], now["id"]) == ("plan.md", "text/plain", made["id"])
    assert now["chunk_count"] == 1
    assert [chunk["content"] for chunk in data(await admin.get(f"{path_of(made)}/chunks"))] == ["old words"]
    assert (await admin.get(f"{path_of(made)}/content")).content == b"newer words"
    stale = {"If-Match": '"1"'}
    refused = await admin.put(f"{path_of(made)}/content", files={"file": ("a", b"x")}, headers=stale)
    assert code(refused) == (412, "PRECONDITION_FAILED")


async def test_a_quota_counts_what_replaces_instead_of_what_was(acme: Organisation) -> None:
    plans, people = await filed(acme, storage_quota_bytes=100)
    made = await sent(people["admin"], plans["id"], b"x" * 90)
    path = f"{path_of(made)}/content"
    assert code(await people["admin"].put(path, files={"file": ("a", b"y" * 101)})) == (429, "QUOTA_EXCEEDED")
    data(await people["admin"].put(path, files={"file": ("a", b"y" * 100)}))
    assert code(await send(people["admin"], plans["id"], b"z")) == (429, "QUOTA_EXCEEDED")


async def test_two_replacements_at_once_are_one_after_the_other(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await sent(people["admin"], plans["id"])
    path = f"{path_of(made)}/content"
    answers = await asyncio.gather(
        *(people["admin"].put(path, files={"file": ("a.md", f"text {number}".encode())}) for number in range(4))
    )
    assert sorted(data(answer)["content_version"] for answer in answers) == [2, 3, 4, 5]
    last = max(answers, key=lambda answer: answer.json()["data"]["content_version"])
    given = (await people["admin"].get(path)).content
    assert given == f"text {answers.index(last)}".encode()


async def test_what_failed_is_tried_again_and_what_is_found_is_not(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await sent(people["admin"], plans["id"])
    await put_status(acme, made["id"], "failed", error_code="NO_TEXT", error_message="It holds no text.")
    failed = data(await people["admin"].get(path_of(made)))
    assert (failed["error_code"], failed["error_message"]) == ("NO_TEXT", "It holds no text.")
    again = data(await people["admin"].post(f"{path_of(made)}/retry"), 202)
    assert (again["status"], again["error_code"], again["attempt"]) == ("pending", None, 0)
    await put_status(acme, made["id"], "indexed")
    assert code(await people["admin"].post(f"{path_of(made)}/retry")) == (409, "NOTHING_TO_RETRY")
    await put_status(acme, made["id"], "embedding", run="run_1")
    assert code(await people["admin"].post(f"{path_of(made)}/retry")) == (409, "NOTHING_TO_RETRY")
    await put_status(acme, made["id"], "embedding", run=None, waiting_for="the embedding model")
    assert data(await people["admin"].post(f"{path_of(made)}/retry"), 202)["status"] == "pending"


async def put_status(acme: Organisation, document_id: str, status: str, **values: Any) -> None:
    """Have a document be where the pipeline would have brought it."""
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(Document, document_id)
        row.status, row.changes, row.updated_at = status, row.changes + 1, transaction.clock.now()
        for name, value in values.items():
            setattr(row, name, value)
