"""Roof, wiring: who may come in: API keys always, ScaiKey's tokens where it is configured."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx

from app.audit.arrivals import record_arrival
from app.db.epochs import Epochs
from app.db.transaction import Transactions
from app.identity.credentials import Credentials
from app.identity.key_uses import KeyUses
from app.identity.provider_keys import FETCH_SECONDS, ProviderKeys
from app.identity.provisioning import Provisioning
from app.identity.tokens import Tokens
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.settings import Settings


async def credentials(
    stack: AsyncExitStack, settings: Settings, transactions: Transactions, epochs: Epochs, key_uses: KeyUses
) -> Credentials:
    """Make what checks bearers."""
    tokens = await _tokens(stack, settings, transactions, epochs)
    return Credentials(transactions, epochs, transactions.clock, tokens, key_uses)


async def _tokens(
    stack: AsyncExitStack, settings: Settings, transactions: Transactions, epochs: Epochs
) -> Provisioning | None:
    scaikey = settings.scaikey
    if not scaikey.url:
        return None
    transport = GuardedTransport(Guard.for_configured())
    client = httpx.AsyncClient(transport=transport, timeout=FETCH_SECONDS, trust_env=False)
    keys = ProviderKeys(scaikey.url, transactions.clock, await stack.enter_async_context(client))
    stack.push_async_callback(keys.aclose)
    tokens = Tokens(keys, scaikey.issuer, scaikey.audience, transactions.clock)
    return Provisioning(tokens, transactions, epochs, scaikey.default_role, record_arrival)
