"""Roof, wiring: what fetches documents from elsewhere: from any public address, and from ScaiDrive."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx

from app.clock import Clock
from app.identity.exchange.nobody import NobodyExchanges
from app.identity.exchange.ports import TokenExchange
from app.identity.exchange.scaikey import ScaiKeyExchange
from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.settings import Settings
from indexing.drive.files import DriveFiles

_EXCHANGE_SECONDS = 10.0


def fetching_client(stack: AsyncExitStack, guard: Guard) -> OutboundClient:
    """What asks addresses that tenants name."""
    client = OutboundClient(GuardedTransport(guard))
    stack.push_async_callback(client.aclose)
    return client


def drive_files(stack: AsyncExitStack, settings: Settings, clock: Clock) -> DriveFiles:
    """What reads files of ScaiDrive; its address is a setting of a module, so it may come and go."""
    client = OutboundClient(GuardedTransport(Guard.for_configured(), repeat_unheard=True))  # nothing is changed there
    stack.push_async_callback(client.aclose)
    exchange = _exchange(settings, clock)
    stack.push_async_callback(exchange.aclose)
    return DriveFiles(client, exchange, settings.max_upload_bytes)


def _exchange(settings: Settings, clock: Clock) -> TokenExchange:
    scaikey = settings.scaikey
    if not (scaikey.url and scaikey.client_id):
        return NobodyExchanges()
    transport = GuardedTransport(Guard.for_configured())
    client = httpx.AsyncClient(transport=transport, timeout=_EXCHANGE_SECONDS, trust_env=False)
    secret = scaikey.client_secret.get_secret_value()
    return ScaiKeyExchange(scaikey.url, scaikey.client_id, secret, clock, client)
