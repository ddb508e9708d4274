"""How tests make webhooks, tell them something and wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import select

from app.clock import Clock, SystemClock
from app.db.tenancy import Reach
from app.outbound.guard import Guard
from app.webhooks.attempt import Attempts
from app.webhooks.authoring import WebhookAuthoring
from app.webhooks.deliver import WebhookDeliverer
from app.webhooks.publish import publish
from app.webhooks.tables import Webhook, WebhookDelivery
from tests.world.patience import PATIENCE, eventually
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh

EVENT = "request.completed"


async def hook(shop: Organisation, url: str, *events: str) -> Webhook:
    async with shop.running.platform.transactions.open(Reach.one(shop.id)) as transaction:
        authoring = WebhookAuthoring(transaction, shop.running.platform.secrets, Guard(allow_hosts=("127.0.0.1",)))
        return await authoring.add(tenant_id=shop.id, url=url, events=events or [EVENT], secret="s")


async def tell(shop: Organisation, event: str = EVENT, *, wake: bool = True, **data: Any) -> None:
    platform = shop.running.platform
    async with platform.transactions.open(Reach.one(shop.id)) as transaction:
        connection = await transaction.session.connection()
        await connection.run_sync(publish, shop.id, event, data)
        if wake:
            transaction.after_commit(platform.webhooks.wake)


async def rows(running: Running, webhook: Webhook) -> list[WebhookDelivery]:
    async with running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        mine = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
        return list(await transaction.session.scalars(mine.order_by(WebhookDelivery.id)))


async def settled(running: Running, webhook: Webhook, state: str = "delivered") -> list[WebhookDelivery]:
    async def all_so() -> list[WebhookDelivery]:
        found = await rows(running, webhook)
        return found if all(row.state == state for row in found) else []

    return await eventually(all_so)


@asynccontextmanager
async def another(running: Running, clock: Clock | None = None, **made: Any) -> AsyncIterator[WebhookDeliverer]:
    """A deliverer as a second process would have it."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        clock = clock or SystemClock()
        attempts = Attempts(client, running.platform.secrets, clock)
        deliverer = WebhookDeliverer(running.platform.database.lanes, attempts, clock, **made)
        deliverer.start()
        yield deliverer
        await deliverer.aclose()


@asynccontextmanager
async def quiet() -> AsyncIterator[Organisation]:
    """A tenant on a platform whose own deliverer has stopped."""
    async with fresh() as running:
        await running.platform.webhooks.aclose()
        yield await organisation(running)


async def until_counted(running: Running, webhook: Webhook, attempts: int, state: str) -> list[WebhookDelivery]:
    async def so_far() -> list[WebhookDelivery]:
        found = await rows(running, webhook)
        return found if (found[0].attempts, found[0].leased_until, found[0].state) == (attempts, None, state) else []

    return await eventually(so_far)


async def first(shop: Organisation, url: str) -> str:
    listed = (await shop.client("admin").get("/v1/webhooks")).json()["data"]
    return next(str(item["id"]) for item in listed if item["url"] == url)
