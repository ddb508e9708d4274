"""A signed call starts a saved crawl, once; every other call is refused in the same words."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from app.ids import new_id
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.crawls.http.crawling import crawl_path, put_run, save
from tests.indexing.documents.filing import filed
from tests.world.models import code, data
from tests.world.patience import eventually
from tests.world.people import Organisation
from tests.world.platform import Running

BODY = b'{"ref": "refs/heads/main"}'


def mac(secret: str, signed: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def ours(running: Running, secret: str, body: bytes = BODY, later: int = 0) -> dict[str, str]:
    """Headers as we ask for them."""
    time = int(running.platform.clock.now().timestamp()) + later
    return {"X-ScaiGrid-Signature": mac(secret, f"{time}.".encode() + body), "X-ScaiGrid-Timestamp": str(time)}


def githubs(secret: str, body: bytes = BODY, delivery: str = "") -> dict[str, str]:
    """Headers as GitHub sends them."""
    return {"X-Hub-Signature-256": mac(secret, body), "X-GitHub-Delivery": delivery or new_id("gh")}


async def listening(acme: Organisation, **said: Any) -> tuple[dict[str, Any], str, httpx.AsyncClient]:
    """A crawl that a call can start, its secret, and its admin."""
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"], webhook={"enabled": True}, **said)
    assert made["webhook_secret"].startswith("cws_")
    return made, made["webhook_secret"], people["admin"]


async def call(running: Running, crawl: dict[str, Any], headers: dict[str, str], body: bytes = BODY) -> httpx.Response:
    """Call without any credential."""
    async with running.client() as anybody:
        return await anybody.post(f"{crawl_path(crawl)}/trigger", content=body, headers=headers)


async def verdicts(admin: httpx.AsyncClient, crawl: dict[str, Any], number: int) -> list[str]:
    """What became of the calls, the newest first, once there are so many."""

    async def noted() -> list[str]:
        found = [one["verdict"] for one in data(await admin.get(f"{crawl_path(crawl)}/calls"))]
        return found if len(found) == number else []

    return await eventually(noted)


@pytest.mark.parametrize("way", ["ours", "github"])
async def test_a_signed_call_starts_the_crawl_with_its_owners_rights(
    running: Running, acme: Organisation, way: str
) -> None:
    crawl, secret, admin = await listening(acme)
    headers = ours(running, secret) if way == "ours" else githubs(secret)
    answer = await call(running, crawl, headers)
    assert data(answer, 202) == {"id": data(answer, 202)["id"], "status": "pending"}
    (job,) = data(await admin.get(f"{COLLECTIONS}/{crawl['collection_id']}/crawl"))
    assert job["id"] == data(answer, 202)["id"]
    assert (job["trigger"], job["started_by"], job["crawl_id"]) == ("webhook", acme.people["admin"].id, crawl["id"])
    (told,) = data(await admin.get(f"{crawl_path(crawl)}/calls"))
    assert (told["verdict"], told["job_id"]) == ("started", job["id"])


async def test_every_refusal_is_the_same_to_the_byte(running: Running, acme: Organisation) -> None:
    crawl, secret, admin = await listening(acme)
    missing = crawl | {"id": "crw_01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    deaf = await save(admin, crawl["collection_id"])
    good = ours(running, secret)
    refused = [
        await call(running, crawl, {}),
        await call(running, crawl, ours(running, "another")),
        await call(running, crawl, good, BODY + b" "),
        await call(running, crawl, ours(running, secret, later=-400)),
        await call(running, crawl, ours(running, secret, later=400)),
        await call(running, crawl, githubs("another")),
        await call(running, crawl, {"X-Hub-Signature-256": mac(secret, BODY)}),
        await call(running, missing, good),
        await call(running, deaf, good),
        await call(running, crawl | {"id": "x"}, good),
    ]
    assert {code(answer) for answer in refused} == {(401, "WEBHOOK_SIGNATURE_INVALID")}
    texts = {answer.text.replace(answer.headers["x-request-id"], "") for answer in refused}
    assert len(texts) == 1
    assert data(await admin.get(f"{COLLECTIONS}/{crawl['collection_id']}/crawl")) == []


@pytest.mark.parametrize("way", ["ours", "github"])
async def test_a_call_is_heard_once_though_it_comes_often_and_at_once(
    running: Running, acme: Organisation, way: str
) -> None:
    crawl, secret, admin = await listening(acme)
    headers = ours(running, secret) if way == "ours" else githubs(secret)
    answers = await asyncio.gather(*(call(running, crawl, headers) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 401, 401, 401, 401]
    (job,) = data(await admin.get(f"{COLLECTIONS}/{crawl['collection_id']}/crawl"))
    await put_run(acme, job["id"], status="completed")
    assert code(await call(running, crawl, headers)) == (401, "WEBHOOK_SIGNATURE_INVALID")
    assert sorted(await verdicts(admin, crawl, 6)) == ["replayed"] * 5 + ["started"]
    other = ours(running, secret, later=1) if way == "ours" else githubs(secret)
    data(await call(running, crawl, other), 202)


async def test_a_call_while_the_crawl_runs_may_come_again(running: Running, acme: Organisation) -> None:
    crawl, secret, admin = await listening(acme)
    job = data(await admin.post(f"{crawl_path(crawl)}/run"), 202)
    headers = githubs(secret)
    assert code(await call(running, crawl, headers)) == (409, "JOB_ALREADY_RUNNING")
    await put_run(acme, job["id"], status="completed")
    data(await call(running, crawl, headers), 202)
    assert sorted(await verdicts(admin, crawl, 2)) == ["already_running", "started"]


async def test_the_last_ten_calls_are_told_with_what_became_of_them(running: Running, acme: Organisation) -> None:
    crawl, secret, admin = await listening(acme)
    data(await call(running, crawl, githubs(secret)), 202)
    for _ in range(12):
        await call(running, crawl, ours(running, "another"))
    assert await verdicts(admin, crawl, 10) == ["bad_signature"] * 10


async def test_a_secret_is_shown_once_and_another_with_every_switching_on(running: Running, acme: Organisation) -> None:
    crawl, secret, admin = await listening(acme)
    for answer in (
        await admin.get(crawl_path(crawl)),
        await admin.patch(crawl_path(crawl), json={"name": "x", "webhook": {"enabled": True}}),
        await admin.get(f"{COLLECTIONS}/{crawl['collection_id']}/crawls"),
    ):
        assert secret not in answer.text
        assert "cws_" not in answer.text
    off = data(await admin.patch(crawl_path(crawl), json={"webhook": {"enabled": False}}))
    assert (off["webhook"], off["webhook_secret"]) == ({"enabled": False}, None)
    assert code(await call(running, crawl, githubs(secret))) == (401, "WEBHOOK_SIGNATURE_INVALID")
    fresh = data(await admin.patch(crawl_path(crawl), json={"webhook": {"enabled": True}}))["webhook_secret"]
    assert fresh != secret
    assert code(await call(running, crawl, githubs(secret))) == (401, "WEBHOOK_SIGNATURE_INVALID")
    data(await call(running, crawl, githubs(fresh)), 202)
    assert sorted(await verdicts(admin, crawl, 3)) == ["bad_signature", "disabled", "started"]


async def test_nothing_is_started_for_who_is_suspended_or_has_the_module_off(
    running: Running, acme: Organisation, root: httpx.AsyncClient
) -> None:
    crawl, secret, admin = await listening(acme)
    data(await root.post("/v1/modules/scaimatrix/disable", params={"tenant_id": acme.id}))
    assert code(await call(running, crawl, githubs(secret))) == (403, "MODULE_NOT_ENABLED")
    assert code(await call(running, crawl, githubs("another"))) == (401, "WEBHOOK_SIGNATURE_INVALID")
    data(await root.post("/v1/modules/scaimatrix/enable", params={"tenant_id": acme.id}))
    data(await root.patch(f"/v1/tenants/{acme.id}", json={"status": "suspended"}))
    assert code(await call(running, crawl, githubs(secret))) == (401, "WEBHOOK_SIGNATURE_INVALID")
    data(await root.patch(f"/v1/tenants/{acme.id}", json={"status": "active"}))
    assert data(await admin.get(f"{COLLECTIONS}/{crawl['collection_id']}/crawl")) == []


async def test_with_its_collection_a_crawl_is_gone(running: Running, acme: Organisation) -> None:
    crawl, secret, admin = await listening(acme)
    data(await admin.delete(f"{COLLECTIONS}/{crawl['collection_id']}"))
    assert code(await call(running, crawl, githubs(secret))) == (401, "WEBHOOK_SIGNATURE_INVALID")
    assert code(await admin.get(crawl_path(crawl))) == (404, "CRAWL_NOT_FOUND")


async def test_a_large_body_is_signed_for_without_being_kept_and_too_large_a_one_refused(
    running: Running, acme: Organisation
) -> None:
    crawl, secret, _ = await listening(acme)
    large = json.dumps({"commits": ["x" * 1000] * 5000}).encode()
    data(await call(running, crawl, githubs(secret, large), large), 202)
    beyond = b"x" * (running.settings.max_json_bytes + 1)
    assert code(await call(running, crawl, githubs(secret, beyond), beyond)) == (413, "PAYLOAD_TOO_LARGE")
