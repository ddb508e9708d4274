"""One delivery sent again because somebody asks for it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx

from app.clock import SystemClock
from app.webhooks.signing import signature
from app.webhooks.tables import FAILED, PENDING
from tests.app.webhooks.telling import hook, rows, settled, tell
from tests.leakage.test_narrow_rights import trail
from tests.world.deliveries import delivery
from tests.world.models import code, data
from tests.world.patience import eventually
from tests.world.people import Organisation, organisation
from tests.world.receiver import Receiver


def path(webhook_id: str, delivery_id: str) -> str:
    return f"/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"


async def shown(admin: httpx.AsyncClient, webhook_id: str, state: str) -> dict[str, Any]:
    """The one delivery of a webhook, once it is in a state."""

    async def so() -> dict[str, Any] | None:
        (one,) = data(await admin.get(f"/v1/webhooks/{webhook_id}/deliveries"))
        return one if one["state"] == state else None

    return await eventually(so)


async def test_it_comes_again_with_the_same_id_and_body_signed_anew(shop: Organisation, theirs: Receiver) -> None:
    webhook, admin = await hook(shop, theirs.url), shop.client("admin")
    long_ago = SystemClock().now() - timedelta(hours=1)
    told = await delivery(shop, webhook.id, payload={"document_id": "doc_1"}, created_at=long_ago)
    first = data(await admin.post(path(webhook.id, told)), 202)
    assert (first["id"], first["state"], first["attempts"]) == (told, "pending", 1)
    (got,) = await theirs.until(1)
    said = json.loads(got.body)
    assert (said["id"], said["data"]) == (told, {"document_id": "doc_1"})
    assert got.headers["x-scaigrid-delivery"] == told
    assert int(got.headers["x-scaigrid-timestamp"]) > long_ago.timestamp() + 3000
    assert got.headers["x-scaigrid-signature"] == signature("s", got.body)
    taken = await shown(admin, webhook.id, "delivered")
    assert (taken["attempts"], taken["last_status"]) == (2, 200)
    assert taken["delivered_at"] > first["delivered_at"]


async def test_the_body_is_what_was_sent_before_to_the_byte(shop: Organisation, theirs: Receiver) -> None:
    webhook, admin = await hook(shop, theirs.url), shop.client("admin")
    await tell(shop, document="Grüße", n=1.5)
    (row,) = await settled(shop.running, webhook)
    data(await admin.post(path(webhook.id, row.id)), 202)
    first, again = await theirs.until(2)
    assert first.body == again.body


async def test_what_was_given_up_is_tried_once_more_and_says_how_that_ended(
    shop: Organisation, theirs: Receiver
) -> None:
    theirs.status = 503
    webhook, admin = await hook(shop, theirs.url), shop.client("admin")
    told = await delivery(shop, webhook.id, state=FAILED, attempts=7, last_status=500, delivered_at=None)
    data(await admin.post(path(webhook.id, told)), 202)
    refused = await shown(admin, webhook.id, "failed")
    assert (refused["attempts"], refused["last_status"]) == (8, 503)
    theirs.status = 200
    data(await admin.post(path(webhook.id, told)), 202)
    assert (await shown(admin, webhook.id, "delivered"))["attempts"] == 9


async def test_what_waits_is_sent_now_and_what_is_being_sent_is_left_alone(
    shop: Organisation, theirs: Receiver
) -> None:
    webhook, admin, later = await hook(shop, theirs.url), shop.client("admin"), SystemClock().now() + timedelta(hours=6)
    waiting = await delivery(shop, webhook.id, state=PENDING, due_at=later)
    data(await admin.post(path(webhook.id, waiting)), 202)
    await settled(shop.running, webhook)
    leased = await delivery(shop, webhook.id, state=PENDING, due_at=later, leased_until=later)
    same = data(await admin.post(path(webhook.id, leased)), 202)
    (_, row) = await rows(shop.running, webhook)
    assert (row.leased_until, row.due_at, same["attempts"]) == (later, later, 1)
    assert len(theirs.got) == 1


async def test_asked_for_with_one_key_it_is_sent_once(shop: Organisation, theirs: Receiver) -> None:
    webhook, admin = await hook(shop, theirs.url), shop.client("admin")
    told = await delivery(shop, webhook.id)
    once = {"Idempotency-Key": "once"}
    first = await admin.post(path(webhook.id, told), headers=once)
    await shown(admin, webhook.id, "delivered")
    await settled(shop.running, webhook)
    again = await admin.post(path(webhook.id, told), headers=once)
    assert data(again, 202) == data(first, 202)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await rows(shop.running, webhook))[0].attempts == 2


async def test_asked_for_by_many_at_once_every_attempt_is_counted(shop: Organisation, theirs: Receiver) -> None:
    webhook, admin = await hook(shop, theirs.url), shop.client("admin")
    told = await delivery(shop, webhook.id)
    answers = await asyncio.gather(*(admin.post(path(webhook.id, told)) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    (row,) = await settled(shop.running, webhook)
    assert row.attempts == 1 + len(theirs.got)


async def test_what_is_kept_no_longer_and_what_is_another_webhooks_is_not_there(
    shop: Organisation, theirs: Receiver
) -> None:
    webhook, other = await hook(shop, theirs.url), await hook(shop, theirs.url)
    elsewhere = await organisation(shop.running)
    strange = await delivery(elsewhere, (await hook(elsewhere, theirs.url)).id)
    for gone in ("whd_gone", await delivery(shop, other.id), strange):
        answer = await shop.client("admin").post(path(webhook.id, gone))
        assert code(answer) == (404, "WEBHOOK_DELIVERY_NOT_FOUND")
        assert "kept for 30 days" in answer.json()["error"]["message"]
    assert theirs.got == []


async def test_a_disabled_webhook_is_told_nothing(shop: Organisation, theirs: Receiver) -> None:
    webhook, admin = await hook(shop, theirs.url), shop.client("admin")
    told = await delivery(shop, webhook.id)
    data(await admin.patch(f"/v1/webhooks/{webhook.id}", json={"status": "disabled"}))
    assert code(await admin.post(path(webhook.id, told))) == (409, "WEBHOOK_DISABLED")
    (row,) = await rows(shop.running, webhook)
    assert (row.state, row.attempts) == ("delivered", 1)


async def test_it_goes_where_the_webhook_leads_now_and_never_to_a_forbidden_address(acme: Organisation) -> None:
    """This platform may not call this machine: an address of before the guard was told so is refused at every try."""
    webhook, admin = await hook(acme, "http://127.0.0.1:9/in"), acme.client("admin")
    told = await delivery(acme, webhook.id)
    data(await admin.post(path(webhook.id, told)), 202)
    refused = await shown(admin, webhook.id, "failed")
    assert refused["last_status"] is None
    assert refused["last_error"].startswith("BLOCKED_ADDRESS")


async def test_who_asks_is_remembered_and_who_may_not_is_refused(acme: Organisation, root: httpx.AsyncClient) -> None:
    webhook = await hook(acme, "http://127.0.0.1:9/in")
    told = await delivery(acme, webhook.id)
    assert (await acme.client("user").post(path(webhook.id, told))).status_code == 403
    data(await acme.client("admin").post(path(webhook.id, told)), 202)
    (event,) = await trail(acme, root, action="webhook.redelivered")
    assert event["target_id"] == webhook.id
    assert event["details"] == {"delivery_id": told, "event": "request.completed"}
