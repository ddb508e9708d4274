"""Roof: Settings → Platform, the ports a process works with; the one file that names adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from app import checks
from app.audit.refusals import Refusals
from app.audit.verify import ChainInspector
from app.clock import Clock, SystemClock
from app.db.engine import Database, open_database
from app.db.epochs import Epochs
from app.db.transaction import Transactions
from app.idempotency.keeper import IdempotencyKeeper
from app.identity.credentials import Credentials
from app.limits.ports import RateCounter, RateLimits
from app.limits.sql import SqlRateCounter, open_counters
from app.modules.switchboard import Switchboard
from app.paging import CursorSeal
from app.secrets import Secrets, load_secrets
from app.settings import Settings
from app.telemetry.health import Check, Health
from app.telemetry.tracing import Tracer, open_tracer
from app.webhooks.attempt import Attempts
from app.webhooks.deliver import WebhookDeliverer


@dataclass(frozen=True, slots=True)
class Platform:
    """What every door works with."""

    settings: Settings
    clock: Clock
    secrets: Secrets
    cursors: CursorSeal
    database: Database
    transactions: Transactions
    credentials: Credentials
    rates: RateCounter
    rate_limits: RateLimits
    idempotency: IdempotencyKeeper
    refusals: Refusals
    webhooks: WebhookDeliverer
    chains: ChainInspector
    switchboard: Switchboard
    health: Health
    tracer: Tracer


@asynccontextmanager
async def open_platform(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Platform]:
    """Build the platform; everything is let go of, in order, at the end of the block."""
    clock = clock or SystemClock()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets = load_secrets(settings.secret_key.get_secret_value(), settings.home)
    async with AsyncExitStack() as stack:
        database = open_database(settings.database)
        stack.push_async_callback(database.dispose)
        transactions = Transactions(database, clock)
        epochs = Epochs(database.lanes)
        stack.callback(epochs.close)
        rates, rates_check = _rate_counter(settings, database)
        stack.push_async_callback(rates.aclose)
        refusals = Refusals(database.lanes)
        stack.push_async_callback(refusals.aclose)
        outgoing = await stack.enter_async_context(_outgoing())
        webhooks = WebhookDeliverer(database.lanes, Attempts(outgoing, secrets, clock), clock)
        webhooks.start()
        stack.push_async_callback(webhooks.aclose)
        chains = ChainInspector(database.lanes)
        stack.callback(chains.close)
        tracer = open_tracer(settings.traces_endpoint, content=settings.traces_content)
        stack.push_async_callback(asyncio.to_thread, tracer.close)
        health = Health(
            [
                checks.database_check(database),
                rates_check,
                checks.webhooks_check(database.lanes, clock),
                checks.backends_check(database),
            ],
            clock,
        )
        health.start()
        stack.push_async_callback(health.aclose)
        yield Platform(
            settings=settings,
            clock=clock,
            secrets=secrets,
            cursors=CursorSeal(secrets.derive("cursors")),
            database=database,
            transactions=transactions,
            credentials=Credentials(transactions, epochs, clock),
            rates=rates,
            rate_limits=RateLimits(settings.rate_key, settings.rate_user, settings.rate_tenant, settings.rate_partner),
            idempotency=IdempotencyKeeper(transactions, secrets),
            refusals=refusals,
            webhooks=webhooks,
            chains=chains,
            health=health,
            tracer=tracer,
            switchboard=Switchboard(transactions, epochs, secrets),
        )


def _rate_counter(settings: Settings, database: Database) -> tuple[RateCounter, Check]:
    counter = SqlRateCounter(open_counters(settings.home) if database.is_sqlite else database.lanes)
    address = settings.redis_url.get_secret_value()
    if not address:
        return counter, checks.embedded_check("rate_counter")
    from app.limits.redis import RedisRateCounter, open_redis  # noqa: PLC0415 - its library is not loaded for nothing

    redis = RedisRateCounter(open_redis(address), fallback=counter)
    return redis, Check("rate_counter", "Rate limits are not counted.", redis.look)


def _outgoing() -> httpx.AsyncClient:
    """The client for addresses that tenants name."""
    return httpx.AsyncClient(trust_env=False)
