"""Roof, wiring: ScaiKey's groups, where it is configured and lets us read them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta

import httpx

from app.audit.mirroring import record_mirroring
from app.db.transaction import Transactions
from app.identity.directory.bearer import ClientBearer
from app.identity.directory.client import REQUEST_SECONDS, DirectoryClient
from app.identity.directory.hooks import DirectoryHooks
from app.identity.directory.mirror import Mirror
from app.identity.directory.rounds import Rounds
from app.identity.directory.turns import Turns
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.settings import ScaiKeySettings


async def mirrored_directory(
    stack: AsyncExitStack, scaikey: ScaiKeySettings, transactions: Transactions
) -> DirectoryHooks | None:
    """Keep groups as they are in ScaiKey from now on; returns what takes its events, where they can be verified."""
    if not (scaikey.url and scaikey.client_id):
        return None
    transport = GuardedTransport(Guard.for_configured())
    client = httpx.AsyncClient(transport=transport, timeout=REQUEST_SECONDS, trust_env=False)
    await stack.enter_async_context(client)
    credentials = (scaikey.client_id, scaikey.client_secret.get_secret_value())
    bearer = ClientBearer(scaikey.url, *credentials, clock=transactions.clock, client=client)
    turns = Turns(transactions, timedelta(seconds=scaikey.reconcile_seconds))
    mirror = Mirror(transactions, turns, record_mirroring)
    rounds = Rounds(DirectoryClient(scaikey.url, bearer, client), turns, mirror)
    rounds.start()
    stack.push_async_callback(rounds.aclose)
    secret = scaikey.webhook_secret.get_secret_value()
    return DirectoryHooks(secret, transactions, turns, rounds.wake) if secret else None
