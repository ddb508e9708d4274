"""Webhooks over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.db.tenancy import Reach
from app.webhooks.authoring import MOST, WebhookAuthoring
from app.webhooks.signing import signature
from tests.world.people import Organisation, organisation
from tests.world.platform import Running
from tests.world.receiver import Receiver

HOOK = {"url": "https://hooks.example/in", "events": ["request.completed"]}


async def _made(client: httpx.AsyncClient, **changed: Any) -> dict[str, Any]:
    answer = await client.post("/v1/webhooks", json=HOOK | changed)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


async def test_a_made_secret_is_shown_once_and_a_given_one_never(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await _made(admin)
    assert made["secret"].startswith("whsec_")
    given = await _made(admin, secret="my own secret")
    assert given["secret"] is None
    shown = await admin.get(f"/v1/webhooks/{made['id']}")
    assert "secret" not in shown.json()["data"]
    listed = await admin.get("/v1/webhooks")
    assert [item["id"] for item in listed.json()["data"]] == [given["id"], made["id"]]
    assert "my own secret" not in listed.text


async def test_a_repeated_creation_gets_the_same_answer_and_the_same_secret(acme: Organisation) -> None:
    admin = acme.client("admin")
    headers = {"Idempotency-Key": "once"}
    first = await admin.post("/v1/webhooks", json=HOOK, headers=headers)
    again = await admin.post("/v1/webhooks", json=HOOK, headers=headers)
    assert again.json()["data"] == first.json()["data"]
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await admin.get("/v1/webhooks")).json()["data"]) == 1


async def test_what_is_no_plain_web_address_is_refused(acme: Organisation) -> None:
    admin = acme.client("admin")
    for url in ("ftp://a.example/x", "https://user:pw@a.example/", "//a.example", "https://", "http://a b/", "x"):
        answer = await admin.post("/v1/webhooks", json=HOOK | {"url": url})
        assert answer.status_code == 422, url
        assert answer.json()["error"]["details"][0]["field"] == "url"


async def test_only_known_events_can_be_asked_for(acme: Organisation) -> None:
    admin = acme.client("admin")
    for events in (["*"], ["ping"], ["request.complete"], []):
        assert (await admin.post("/v1/webhooks", json=HOOK | {"events": events})).status_code == 422
    unknown = await admin.post("/v1/webhooks", json=HOOK | {"event": []})
    assert "did you mean 'events'" in unknown.json()["error"]["message"]


async def test_a_patch_changes_what_it_names_and_a_stale_one_nothing(acme: Organisation) -> None:
    admin = acme.client("admin")
    path = f"/v1/webhooks/{(await _made(admin))['id']}"
    tag = (await admin.get(path)).headers["etag"]
    changed = await admin.patch(path, json={"status": "disabled", "secret": "x"}, headers={"If-Match": tag})
    assert changed.json()["data"]["status"] == "disabled"
    assert changed.json()["data"]["url"] == HOOK["url"]
    stale = await admin.patch(path, json={"status": "active"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert (await admin.patch(path, json={"url": "ftp://x"})).status_code == 422


async def test_there_is_an_end_to_how_many_a_tenant_may_have(acme: Organisation, running: Running) -> None:
    platform = running.platform
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        authoring = WebhookAuthoring(transaction, platform.secrets, platform.guard)
        for _ in range(MOST):
            await authoring.add(tenant_id=acme.id, url="https://a.example/", events=["request.completed"], secret="s")
    answer = await acme.client("admin").post("/v1/webhooks", json=HOOK)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "QUOTA_EXCEEDED")


async def test_another_tenants_webhook_is_as_if_it_were_not_there(acme: Organisation, running: Running) -> None:
    made = await _made(acme.client("admin"))
    other = await organisation(running)
    stranger = other.client("admin")
    for method, tail in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        hidden = await stranger.request(method, f"/v1/webhooks/{made['id']}{tail}", json={"nonsense": 1})
        missing = await stranger.request(method, f"/v1/webhooks/whk_none{tail}", json={"nonsense": 1})
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json()["error"] == missing.json()["error"]
        assert hidden.json()["error"]["code"] == "WEBHOOK_NOT_FOUND"
    await other.aclose()


async def test_who_may_not_manage_webhooks_is_refused_before_anything_is_looked_up(acme: Organisation) -> None:
    user = acme.client("user")
    for path in ("/v1/webhooks", "/v1/webhooks/whk_none", "/v1/webhooks/whk_none/deliveries"):
        assert (await user.get(path)).status_code == 403
    assert (await user.post("/v1/webhooks", json={"nonsense": 1})).status_code == 403


async def test_a_super_admin_works_in_a_tenant_by_naming_it(acme: Organisation, root: httpx.AsyncClient) -> None:
    answer = await root.post(f"/v1/webhooks?tenant_id={acme.id}", json=HOOK)
    path = f"/v1/webhooks/{answer.json()['data']['id']}"
    assert (await acme.client("admin").get(path)).status_code == 200
    assert (await root.delete(path)).json()["data"] == {"deleted": True}
    assert (await root.delete(path)).status_code == 404


async def test_a_test_sends_a_signed_ping_now_and_says_what_came_of_it(shop: Organisation, theirs: Receiver) -> None:
    admin = shop.client("admin")
    made = await _made(admin, url=theirs.url, secret="shared")
    path = f"/v1/webhooks/{made['id']}"
    good = (await admin.post(f"{path}/test")).json()["data"]
    assert good["delivered"] is True
    assert good["status"] == 200
    ping = theirs.got[0]
    assert ping.headers["x-scaigrid-event"] == "ping"
    assert ping.headers["x-scaigrid-signature"] == signature("shared", ping.body)
    theirs.status = 500
    bad = (await admin.post(f"{path}/test")).json()["data"]
    assert (bad["delivered"], bad["status"]) == (False, 500)
    listed = (await admin.get(f"{path}/deliveries?limit=1")).json()
    assert [item["id"] for item in listed["data"]] == [bad["delivery_id"]]
    rest = await admin.get(f"{path}/deliveries", params={"limit": 1, "cursor": listed["meta"]["next_cursor"]})
    assert [item["id"] for item in rest.json()["data"]] == [good["delivery_id"]]


async def test_a_receiver_that_is_not_there_is_an_outcome_and_not_an_error(shop: Organisation) -> None:
    admin = shop.client("admin")
    made = await _made(admin, url="http://127.0.0.1:1/nobody")
    answer = await admin.post(f"/v1/webhooks/{made['id']}/test")
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] is None
    assert "reached" in answer.json()["data"]["error"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/", "http://2130706433/"]
)
async def test_an_address_that_may_never_be_called_is_refused_at_once(acme: Organisation, url: str) -> None:
    answer = await acme.client("admin").post("/v1/webhooks", json=HOOK | {"url": url})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "BLOCKED_ADDRESS")
