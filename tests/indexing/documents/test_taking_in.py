"""A file comes in: kept first, then in one transaction a document, or nothing at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from acl.permission import EDITOR, MANAGER, OWNER, VIEWER, Permission
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.documents.filing import (
    begin,
    blobs_of,
    deny,
    filed,
    form,
    let,
    path_of,
    send,
    sent,
)
from tests.world.models import code, data
from tests.world.patience import PATIENCE, until
from tests.world.people import Organisation, organisation
from tests.world.platform import fresh


async def test_a_file_becomes_a_document_of_its_sender(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve")
    said = {"name": "The plan", "metadata": json.dumps({"year": 2026})}
    made = await sent(people["eve"], plans["id"], b"# Plan\n", **said)
    assert made["status"] == "pending"
    assert made["stage"] == {"name": "pending", "done": 0, "of": 0, "since": made["stage"]["since"]}
    assert (made["name"], made["metadata"], made["source"]) == ("The plan", {"year": 2026}, "upload")
    assert (made["owner_id"], made["size_bytes"], made["content_version"]) == (acme.people["eve"].id, 7, 1)
    assert made["mime_type"] == "text/markdown"
    assert made["waiting_for"]
    for path in (path_of(made), f"/v1/modules/scaimatrix/documents/{made['id']}"):
        assert data(await people["eve"].get(path))["id"] == made["id"]
    assert len(blobs_of(acme.running, acme.id)) == 1


async def test_two_uploads_of_one_name_are_two_documents(acme: Organisation) -> None:
    plans, people = await filed(acme)
    one, two = await sent(people["admin"], plans["id"]), await sent(people["admin"], plans["id"])
    assert one["id"] != two["id"]
    assert one["name"] == two["name"] == "plan.md"
    assert len(blobs_of(acme.running, acme.id)) == 2


@pytest.mark.parametrize(("permissions", "status"), [(VIEWER, 403), (EDITOR, 201), (MANAGER, 201), (0, 404)])
async def test_who_may_ingest_sends_and_nobody_else(acme: Organisation, permissions: int, status: int) -> None:
    plans, people = await filed(acme, "eve")
    if permissions:
        await let(acme, plans["id"], "eve", permissions)
    answer = await send(people["eve"], plans["id"])
    assert answer.status_code == status, answer.text
    assert len(blobs_of(acme.running, acme.id)) == (status == 201)


async def test_a_collection_that_takes_files_without_being_read(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve", int(Permission.INGEST))
    made = await sent(people["eve"], plans["id"])
    assert (await people["eve"].get(path_of(made))).json()["error"]["code"] == "COLLECTION_NOT_FOUND"
    assert data(await people["eve"].get(f"/v1/modules/scaimatrix/documents/{made['id']}"))["id"] == made["id"]


async def test_the_modules_own_permission_comes_first(acme: Organisation) -> None:
    plans, _ = await filed(acme)
    viewer = acme.client("viewer")
    await let(acme, plans["id"], "viewer")
    answer = await send(viewer, plans["id"])
    assert code(answer) == (403, "AUTHZ_PERMISSION_DENIED")


async def test_a_deny_of_ingesting_counts_against_a_role(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve")
    await deny(acme, plans["id"], "eve", int(Permission.INGEST))
    assert (await send(people["eve"], plans["id"])).status_code == 403


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\eve\\plan.docx", "plan.docx"),
        ("a\r\nb: c.md", "a b: c.md"),
        ("annual\u202efdp.exe", "annualfdp.exe"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/absolute", "absolute"),
        ("nul\x00byte.txt", "nul byte.txt"),
        ("héllo wörld.md", "héllo wörld.md"),
        ("计划.md", "计划.md"),
        ("dir/", "dir"),
    ],
)
async def test_no_name_is_a_path(acme: Organisation, filename: str, name: str) -> None:
    plans, people = await filed(acme)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="'
        + filename.encode().replace(b"\\", b"\\\\").replace(b"\r\n", b" ")
        + b'"\r\n\r\nhello\r\n--x--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    path = f"/v1/modules/scaimatrix/collections/{plans['id']}/documents"
    made = data(await people["admin"].post(path, content=body, headers=headers), 201)
    assert made["name"] == name
    (kept,) = blobs_of(acme.running, acme.id)
    assert kept.parent.name == made["id"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"filename": "x" * 256}, "name"),
        ({"filename": "../.."}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"metadata": "no json"}, "metadata"),
        ({"metadata": "[1]"}, "metadata"),
        ({"metadata": '{"x": NaN}'}, "metadata"),
        ({"metadata": json.dumps({"x": "y" * 70_000})}, "metadata"),
        ({"title": "x"}, "title"),
    ],
)
async def test_what_is_said_of_a_file_is_checked(acme: Organisation, said: dict[str, Any], field: str) -> None:
    plans, people = await filed(acme)
    answer = await send(people["admin"], plans["id"], **said)
    assert code(answer) == (422, "VALIDATION_ERROR"), answer.text
    assert field in answer.json()["error"]["message"]
    assert blobs_of(acme.running, acme.id) == []


async def test_an_empty_file_is_taken_in_and_its_reading_will_say_so(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = data(await send(people["admin"], plans["id"], b""), 201)
    assert (made["status"], made["size_bytes"]) == ("pending", 0)
    content = await people["admin"].get(f"{path_of(made)}/content")
    assert (content.status_code, content.content) == (200, b"")


@pytest.mark.parametrize(
    ("filename", "declared", "kind"),
    [
        ("plan.md", "text/plain", "text/markdown"),
        ("plan.md", "application/octet-stream", "text/markdown"),
        ("plan", "text/markdown; charset=utf-8", "text/markdown"),
        ("plan.txt", "text/csv", "text/csv"),
        ("plan.pdf", "text/plain", "text/plain"),
        ("plan", "text/plain", "text/plain"),
    ],
)
async def test_a_file_is_what_it_is_called_however_its_document_is_called(
    acme: Organisation, filename: str, declared: str, kind: str
) -> None:
    plans, people = await filed(acme)
    files = {"file": (filename, b"# A plan", declared)}
    path = f"{COLLECTIONS}/{plans['id']}/documents"
    made = data(await people["admin"].post(path, files=files, data={"name": "The plan"}), 201)
    assert (made["name"], made["mime_type"]) == ("The plan", kind)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"<a/>", {"Content-Type": "text/xml"}, 415),
        (b"x", {"Content-Type": "multipart/form-data"}, 415),
        (b"nonsense", {"Content-Type": "multipart/form-data; boundary=x"}, 422),
        (b"--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}, 422),
        (b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nx\r\n--x--\r\n", None, 422),
        (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf', None, 422),
        (b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--x--\r\n', None, 422),
        (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\r\n--x--\r\n', None, 422),
        (b"--x\r\n" + b"a: b\r\n" * 5000, None, 422),
        (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"y" * 300_000 + b"\r\n--x--\r\n", None, 422),
    ],
)
async def test_what_is_no_form_with_a_file_leaves_nothing(
    acme: Organisation, body: bytes, headers: dict[str, str] | None, status: int
) -> None:
    plans, people = await filed(acme)
    headers = headers or {"Content-Type": "multipart/form-data; boundary=x"}
    path = f"{COLLECTIONS}/{plans['id']}/documents"
    answer = await people["admin"].post(path, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]
    assert blobs_of(acme.running, acme.id) == []
    assert data(await people["admin"].get(path)) == []


async def test_a_second_file_in_a_form_is_refused(acme: Organisation) -> None:
    plans, people = await filed(acme)
    files = [("file", ("a.md", b"a")), ("file", ("b.md", b"b"))]
    answer = await people["admin"].post(f"{COLLECTIONS}/{plans['id']}/documents", files=files)
    assert code(answer) == (422, "VALIDATION_ERROR")
    assert blobs_of(acme.running, acme.id) == []


async def test_what_is_too_large_is_refused_while_it_is_read(acme: Organisation) -> None:
    async with fresh(deeds={}, max_upload_bytes=100_000) as small:
        there = await organisation(small)
        plans, people = await filed(there)
        for size, status in ((100_000, 201), (100_001, 413), (5_000_000, 413)):
            answer = await send(people["admin"], plans["id"], b"x" * size)
            assert answer.status_code == status, answer.text
        assert len(blobs_of(small, there.id)) == 1
        await there.aclose()


async def test_the_same_key_and_file_are_one_document(acme: Organisation) -> None:
    plans, people = await filed(acme)
    keyed: dict[str, Any] = {"headers": {"Idempotency-Key": "once"}}
    first = await send(people["admin"], plans["id"], **keyed)
    again = await send(people["admin"], plans["id"], **keyed)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.content.partition(b'"meta"')[0] == again.content.partition(b'"meta"')[0]
    other = await send(people["admin"], plans["id"], b"something else", **keyed)
    assert code(other) == (422, "IDEMPOTENCY_MISMATCH")
    renamed = await send(people["admin"], plans["id"], name="other", **keyed)
    assert code(renamed) == (422, "IDEMPOTENCY_MISMATCH")
    assert len(blobs_of(acme.running, acme.id)) == 1
    long = await send(people["admin"], plans["id"], headers={"Idempotency-Key": "k" * 256})
    assert code(long) == (422, "VALIDATION_ERROR")


async def test_two_at_once_with_one_key_are_one_document(acme: Organisation) -> None:
    plans, people = await filed(acme)
    keyed: dict[str, Any] = {"headers": {"Idempotency-Key": "at once"}}
    answers = await asyncio.gather(*(send(people["admin"], plans["id"], **keyed) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len(data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/documents"))) == 1
    assert len(blobs_of(acme.running, acme.id)) == 1


async def test_a_key_that_was_refused_can_be_used_again(acme: Organisation) -> None:
    plans, people = await filed(acme, storage_quota_bytes=5)
    keyed: dict[str, Any] = {"headers": {"Idempotency-Key": "again"}}
    refused = await send(people["admin"], plans["id"], b"too large", **keyed)
    assert code(refused) == (429, "QUOTA_EXCEEDED")
    assert blobs_of(acme.running, acme.id) == []
    data(await people["admin"].patch(f"{COLLECTIONS}/{plans['id']}", json={"storage_quota_bytes": 50}))
    assert (await send(people["admin"], plans["id"], b"too large", **keyed)).status_code == 201


async def test_whoever_goes_away_in_the_middle_leaves_nothing(acme: Organisation) -> None:
    plans, people = await filed(acme)
    first, _, headers = form(b"x" * 2_000_000)
    line = f"POST {COLLECTIONS}/{plans['id']}/documents"
    _, writer = await begin(acme, "admin", line, headers, first)
    await until(lambda: bool(blobs_of(acme.running, acme.id)))
    writer.close()
    await until(lambda: not blobs_of(acme.running, acme.id))
    assert data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/documents")) == []


async def suspend(acme: Organisation, plans: str) -> None:
    async with acme.running.client(acme.running.root_key) as root:
        data(await root.patch(f"/v1/users/{acme.people['eve'].id}", json={"status": "suspended"}))


async def close(acme: Organisation, plans: str) -> None:
    await deny(acme, plans, "eve", OWNER)


async def forbid(acme: Organisation, plans: str) -> None:
    await deny(acme, plans, "eve", int(Permission.INGEST))


@pytest.mark.parametrize(("loss", "status"), [(suspend, 401), (close, 404), (forbid, 403)])
async def test_a_right_lost_in_the_middle_of_an_upload_is_lost(
    acme: Organisation, loss: Callable[[Organisation, str], Awaitable[None]], status: int
) -> None:
    plans, people = await filed(acme, "eve")
    await let(acme, plans["id"], "eve")
    first, rest, headers = form(b"x" * 1_000_000)
    reader, writer = await begin(acme, "eve", f"POST {COLLECTIONS}/{plans['id']}/documents", headers, first)
    await until(lambda: bool(blobs_of(acme.running, acme.id)))
    await loss(acme, plans["id"])
    writer.write(rest)
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readline()).startswith(f"HTTP/1.1 {status}".encode())
    writer.close()
    assert data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/documents")) == []
    assert blobs_of(acme.running, acme.id) == []


async def test_a_collection_deleted_in_the_middle_of_an_upload_takes_nothing(acme: Organisation) -> None:
    plans, people = await filed(acme)
    first, rest, headers = form(b"x" * 1_000_000)
    reader, writer = await begin(acme, "admin", f"POST {COLLECTIONS}/{plans['id']}/documents", headers, first)
    await until(lambda: bool(blobs_of(acme.running, acme.id)))
    data(await people["admin"].delete(f"{COLLECTIONS}/{plans['id']}"))
    writer.write(rest)
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    writer.close()
    assert blobs_of(acme.running, acme.id) == []


async def test_a_slow_sender_holds_nobody_else_up(acme: Organisation) -> None:
    plans, people = await filed(acme)
    first, _, headers = form(b"x" * 1_000_000)
    _, writer = await begin(acme, "admin", f"POST {COLLECTIONS}/{plans['id']}/documents", headers, first)
    await until(lambda: bool(blobs_of(acme.running, acme.id)))
    async with asyncio.timeout(PATIENCE):
        await sent(people["admin"], plans["id"])
    writer.close()


async def test_a_full_disk_is_said_and_leaves_nothing(acme: Organisation) -> None:
    plans, people = await filed(acme)
    folder = acme.running.settings.home / "blobs" / "documents" / acme.id
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"in the way of every file of this tenant")
    answer = await send(people["admin"], plans["id"])
    assert code(answer) == (502, "STORAGE_ERROR")
    folder.unlink()
    assert data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/documents")) == []
    assert (await send(people["admin"], plans["id"])).status_code == 201


async def test_a_super_admin_sends_into_the_tenant_they_name(acme: Organisation, root: httpx.AsyncClient) -> None:
    plans, people = await filed(acme)
    path = f"{COLLECTIONS}/{plans['id']}/documents?tenant_id={acme.id}"
    made = data(await root.post(path, files={"file": ("a.md", b"hello")}), 201)
    assert data(await people["admin"].get(path_of(made)))["size_bytes"] == 5


async def test_what_was_taken_in_is_in_the_trail_without_its_name(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await sent(people["admin"], plans["id"], filename="secret-merger.md")
    answer = await people["admin"].get(f"/v1/audit/events?target_id={made['id']}")
    (event,) = answer.json()["data"]["items"]
    assert (event["action"], event["details"]["collection_id"]) == ("document.created", plans["id"])
    assert "secret-merger" not in answer.text
