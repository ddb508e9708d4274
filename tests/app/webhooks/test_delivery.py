"""From a happening to the receiver."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

from app.clock import SystemClock
from app.db.tenancy import Reach
from app.webhooks.publish import Happening, publish, publish_all
from app.webhooks.signing import Message, signature
from app.webhooks.tables import Webhook
from tests.app.webhooks.telling import EVENT, another, first, hook, quiet, rows, settled, tell
from tests.world.lanes import writing
from tests.world.patience import until
from tests.world.people import Organisation
from tests.world.receiver import Receiver, receiver


async def test_a_subscriber_is_told_at_once_with_a_body_it_can_check(shop: Organisation, theirs: Receiver) -> None:
    webhook = await hook(shop, theirs.url)
    await tell(shop, model="m/é")
    (told,) = await theirs.until(1)
    body = json.loads(told.body)
    assert body["event"] == told.headers["x-scaigrid-event"] == EVENT
    assert body["id"] == told.headers["x-scaigrid-delivery"]
    assert body["tenant_id"] == shop.id
    assert body["data"] == {"model": "m/é"}
    assert body["created_at"].endswith("Z")
    assert told.headers["x-scaigrid-signature"] == signature("s", told.body)
    assert abs(int(told.headers["x-scaigrid-timestamp"]) - datetime.now(UTC).timestamp()) < 60  # noqa: TID251
    (row,) = await settled(shop.running, webhook)
    assert (row.attempts, row.last_status, row.last_error) == (1, 200, None)


async def test_whoever_is_woken_delivers_without_ever_looking_by_itself(theirs: Receiver) -> None:
    async with quiet() as shop, another(shop.running, poll=None) as deliverer:
        webhook = await hook(shop, theirs.url)
        for number in (1, 2):
            await tell(shop, wake=False)
            deliverer.wake()
            await theirs.until(number)
            await settled(shop.running, webhook)


async def test_only_active_webhooks_of_the_tenant_that_asked_are_told(shop: Organisation, theirs: Receiver) -> None:
    other = await hook(shop, theirs.url, "budget.hard_limit_reached")
    off = await hook(shop, theirs.url)
    async with shop.running.platform.transactions.open(Reach.one(shop.id)) as transaction:
        found = await transaction.session.get_one(Webhook, off.id)
        found.status = "disabled"
    await tell(shop)
    assert not await rows(shop.running, other)
    assert not await rows(shop.running, off)


async def test_what_is_rolled_back_is_never_told(shop: Organisation, theirs: Receiver) -> None:
    webhook = await hook(shop, theirs.url)

    def told_and_taken_back() -> None:
        with shop.running.platform.database.lanes.connect() as connection:
            assert publish(connection, shop.id, EVENT, {})
            connection.rollback()

    await asyncio.to_thread(told_and_taken_back)
    assert not await rows(shop.running, webhook)


async def test_many_happenings_cost_one_question(shop: Organisation, theirs: Receiver) -> None:
    webhook = await hook(shop, theirs.url)
    async with writing(shop.running.platform.database) as connection:
        assert publish_all(connection, [Happening(shop.id, EVENT, {"n": n}) for n in range(20)]) == 20
        assert publish_all(connection, [Happening("tnt_none", EVENT), Happening(shop.id, "nothing")]) == 0
    shop.running.platform.webhooks.wake()
    await settled(shop.running, webhook)
    assert sorted(json.loads(told.body)["data"]["n"] for told in theirs.got) == list(range(20))
    assert theirs.most_open <= 4


async def test_a_slow_receiver_does_not_hold_up_another(shop: Organisation, theirs: Receiver) -> None:
    theirs.hold = 3
    async with receiver() as quick:
        await hook(shop, theirs.url, "budget.soft_limit_reached")
        await hook(shop, quick.url, "budget.hard_limit_reached")
        async with writing(shop.running.platform.database) as connection:
            publish_all(connection, [Happening(shop.id, "budget.soft_limit_reached")] * 150)
            publish(connection, shop.id, "budget.hard_limit_reached", {})
        shop.running.platform.webhooks.wake()
        await quick.until(1)
        await until(lambda: theirs.most_open >= 4)  # the last of them may come after the quick one
        assert theirs.most_open == 4
        assert len(theirs.got) < 100  # those before it take two minutes
        # What is still to be told must not keep the test waiting.
        await shop.client("admin").delete(f"/v1/webhooks/{(await first(shop, theirs.url))}")


async def test_a_redirect_is_not_followed_and_no_cookie_is_kept(shop: Organisation, theirs: Receiver) -> None:
    theirs.status, theirs.extra = 302, f"Location: {theirs.url}/elsewhere\r\nSet-Cookie: a=b\r\n"
    webhook = await hook(shop, theirs.url)
    attempts = shop.running.platform.webhooks.attempts
    message = Message("whd_x", EVENT, shop.id, SystemClock().now(), {})
    for _ in range(2):
        outcome = await attempts.make(message, url=theirs.url, sealed_secret=webhook.sealed_secret)
        assert (outcome.delivered, outcome.status) == (False, 302)
    assert len(theirs.got) == 2
    assert not any("cookie" in told.headers for told in theirs.got)
