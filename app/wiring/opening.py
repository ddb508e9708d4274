"""Roof, wiring: open the platform of one process, and let go of it in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from app.accounting.ledger import Ledger
from app.audit.arrivals import record_arrival
from app.audit.refusals import Refusals
from app.clock import Clock, SystemClock
from app.db.engine import Database, open_database
from app.db.epochs import Epochs
from app.db.transaction import Transactions
from app.idempotency.keeper import IdempotencyKeeper
from app.identity.credentials import Credentials
from app.identity.key_uses import KeyUses
from app.identity.provider_keys import FETCH_SECONDS, ProviderKeys
from app.identity.provisioning import Provisioning
from app.identity.tokens import Tokens
from app.inference.breaker import Breakers
from app.inference.calls import Meter
from app.inference.catalogue import Catalogue
from app.inference.failover import Failover
from app.inference.gateway import Gateway
from app.inference.pool import BackendPool
from app.limits.ports import RateCounter, RateLimits
from app.limits.sql import SqlRateCounter, open_counters
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.paging import CursorSeal
from app.secrets import load_secrets
from app.settings import Settings
from app.wiring.models import backend_maker
from app.wiring.platform import Platform


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
        rates = _rate_counter(settings, database)
        stack.push_async_callback(rates.aclose)
        refusals = Refusals(database.lanes)
        stack.push_async_callback(refusals.aclose)
        key_uses = KeyUses(database.lanes, clock)
        stack.push_async_callback(key_uses.aclose)
        tokens = await _token_check(stack, settings, transactions, epochs)
        ledger = Ledger(database.lanes, epochs, rates, clock, settings.home / "journal")
        stack.push_async_callback(ledger.aclose)
        await ledger.start()
        catalogue = Catalogue(database.lanes, epochs, secrets)
        stack.callback(catalogue.close)
        make = backend_maker(settings.home / "models", threads=settings.embedding_threads)
        pool = BackendPool(make)
        stack.push_async_callback(pool.aclose)
        yield Platform(
            settings=settings,
            clock=clock,
            secrets=secrets,
            cursors=CursorSeal(secrets.derive("cursors")),
            database=database,
            transactions=transactions,
            credentials=Credentials(transactions, epochs, clock, tokens, key_uses),
            key_uses=key_uses,
            rates=rates,
            rate_limits=RateLimits(settings.rate_key, settings.rate_user, settings.rate_tenant, settings.rate_partner),
            idempotency=IdempotencyKeeper(transactions, secrets),
            refusals=refusals,
            ledger=ledger,
            gateway=Gateway(catalogue, Meter(ledger, clock), Failover(pool, Breakers())),
            backend_maker=make,
        )


def _rate_counter(settings: Settings, database: Database) -> RateCounter:
    return SqlRateCounter(open_counters(settings.home) if database.is_sqlite else database.lanes)


async def _token_check(
    stack: AsyncExitStack, settings: Settings, transactions: Transactions, epochs: Epochs
) -> Provisioning | None:
    """Tokens are taken when ScaiKey is configured; nothing is asked of it before the first one comes."""
    scaikey = settings.scaikey
    if not scaikey.url:
        return None
    transport = GuardedTransport(Guard.for_configured())
    client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, timeout=FETCH_SECONDS))
    keys = ProviderKeys(scaikey.url, transactions.clock, client)
    stack.push_async_callback(keys.aclose)
    tokens = Tokens(keys, scaikey.issuer, scaikey.audience, transactions.clock)
    return Provisioning(tokens, transactions, epochs, scaikey.default_role, record_arrival)
