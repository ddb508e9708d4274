"""Who makes which attempt, when, whatever goes wrong."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any

from sqlalchemy import update

from app.clock import FixedClock, SystemClock
from app.identity.tables import Tenant
from app.ids import first_id_at
from app.webhooks import claims
from app.webhooks.places import Places
from app.webhooks.publish import Happening, publish, publish_all
from app.webhooks.tables import Webhook, WebhookDelivery
from tests.app.webhooks.telling import EVENT, another, hook, quiet, rows, settled, tell, until_counted
from tests.world.lanes import writing
from tests.world.people import Organisation
from tests.world.receiver import Receiver


async def test_a_failure_is_tried_again_later_and_given_up_in_the_end(theirs: Receiver) -> None:
    theirs.status = 503
    async with quiet() as shop:
        clock = FixedClock(SystemClock().now() + timedelta(seconds=1))
        webhook = await hook(shop, theirs.url)
        await tell(shop)
        waits = []
        async with another(shop.running, clock, poll=0.01):
            for attempt in range(1, 8):
                await theirs.until(attempt)
                state = "failed" if attempt == 7 else "pending"
                (row,) = await until_counted(shop.running, webhook, attempt, state)
                waits.append((row.due_at - clock.now()).total_seconds())
                clock.moment = max(row.due_at, clock.moment)
        assert row.last_status == 503
        assert len({told.body for told in theirs.got}) == 1
        assert len({told.headers["x-scaigrid-delivery"] for told in theirs.got}) == 1
        for wait, least in zip(waits, (10, 30, 120, 600, 3600, 21600), strict=False):
            assert least <= wait <= least * 1.21


def publish_many(shop: Organisation, number: int) -> None:
    with shop.running.platform.database.lanes.begin() as connection:
        publish_all(connection, [Happening(shop.id, EVENT, {"n": n}) for n in range(number)])


async def test_two_processes_never_send_the_same_attempt(shop: Organisation, theirs: Receiver) -> None:
    webhook = await hook(shop, theirs.url)
    async with another(shop.running, poll=0.01), another(shop.running, poll=0.01):
        await asyncio.to_thread(publish_many, shop, 60)  # it may have to wait for those two, who are of this loop
        shop.running.platform.webhooks.wake()
        rows = await settled(shop.running, webhook)
    assert len(theirs.got) == 60
    assert {row.attempts for row in rows} == {1}


async def test_the_claim_of_a_dead_process_comes_back_and_its_late_word_counts_for_nothing(theirs: Receiver) -> None:
    async with quiet() as shop:
        clock = FixedClock(SystemClock().now() + timedelta(seconds=1))
        database = shop.running.platform.database
        webhook = await hook(shop, theirs.url)
        await tell(shop)
        async with writing(database) as connection:
            seen = claims.due(connection, clock.now(), without=(), most=5)
            dead = claims.claim(connection, seen, clock.now())
            assert len(dead) == 1
            assert claims.claim(connection, seen, clock.now()) == []
            assert claims.due(connection, clock.now(), without=(), most=5) == []
        clock.advance(claims.LEASE)
        async with another(shop.running, clock, poll=0.01):
            await settled(shop.running, webhook)
        async with writing(database) as connection:
            late = claims.settle(connection, dead[0], claims.Outcome(500, "late"), clock.now())
        assert late is None
        (row,) = await rows(shop.running, webhook)
        assert (row.state, row.attempts) == ("delivered", 2)


class LeapingClock:
    """A clock that goes a day forward between the first time it is asked and the second."""

    def __init__(self, moment: datetime) -> None:
        self._moments = chain((moment,), repeat(moment + timedelta(days=1)))

    def now(self) -> datetime:
        return next(self._moments)


async def test_a_claim_lasts_from_when_the_delivery_was_found_due(theirs: Receiver) -> None:
    """And not from a moment before, in which case a clock that is set meanwhile lets another make the same attempt."""
    theirs.hold = 0.5
    async with quiet() as shop:
        webhook = await hook(shop, theirs.url)
        await tell(shop)
        async with another(shop.running, LeapingClock(SystemClock().now() - timedelta(hours=1)), poll=0.01):
            (row,) = await settled(shop.running, webhook)
    assert (row.attempts, len(theirs.got)) == (1, 1)


async def test_a_process_that_stops_gives_back_what_it_could_not_finish(theirs: Receiver) -> None:
    theirs.hold = 30
    async with quiet() as shop:
        webhook = await hook(shop, theirs.url)
        await tell(shop)
        async with another(shop.running, poll=0.01):
            await theirs.until(1)
        (row,) = await rows(shop.running, webhook)
        assert (row.state, row.attempts, row.leased_until) == ("pending", 0, None)


async def test_what_waited_for_a_disabled_webhook_is_given_up_and_for_a_suspended_tenant_kept(
    theirs: Receiver,
) -> None:
    async with quiet() as shop:
        webhook = await hook(shop, theirs.url)
        await tell(shop)
        database = shop.running.platform.database
        clock = SystemClock()
        async with writing(database) as connection:
            connection.execute(update(Tenant).where(Tenant.id == shop.id).values(status="suspended"))
            assert claims.due(connection, clock.now(), without=(), most=5) == []
            connection.execute(update(Tenant).where(Tenant.id == shop.id).values(status="active"))
            connection.execute(update(Webhook).where(Webhook.id == webhook.id).values(status="disabled"))
        async with another(shop.running, poll=0.01):
            (row,) = await settled(shop.running, webhook, "failed")
        assert row.last_error == "The webhook is disabled."
        assert not theirs.got


async def test_deliveries_of_a_month_ago_are_forgotten(shop: Organisation, theirs: Receiver) -> None:
    webhook = await hook(shop, theirs.url, "budget.soft_limit_reached")
    now = SystemClock().now()
    async with writing(shop.running.platform.database) as connection:
        publish(connection, shop.id, "budget.soft_limit_reached", {}, at=now + timedelta(days=1))
        old = first_id_at("whd", now - timedelta(days=31))
        row: dict[str, Any] = {"id": old, "tenant_id": shop.id, "webhook_id": webhook.id, "event": EVENT, "payload": {}}
        row |= {"state": "delivered", "attempts": 1, "due_at": now, "created_at": now - timedelta(days=31)}
        connection.execute(WebhookDelivery.__table__.insert(), [row])  # type: ignore[attr-defined] # a Table it is
        assert claims.sweep(connection, now) == 1
    assert [kept.id != old for kept in await rows(shop.running, webhook)] == [True]


async def test_places_are_counted_per_host_and_in_all() -> None:
    places = Places(most=3, per_host=2)
    assert [places.take(f"https://a.example/{n}") for n in range(3)] == [True, True, False]
    assert places.take("https://b.example/")
    assert not places.take("https://c.example/")
    places.free("https://A.example/")
    assert places.take("https://c.example/")
