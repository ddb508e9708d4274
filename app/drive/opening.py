"""Roof, drive: a drive put together: which folder, and whose word is taken for who somebody is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from app.clock import Clock, SystemClock
from app.drive.application import Drive
from app.drive.library import Library
from app.drive.people import SHORTEST_SECRET, People, ProvidersPeople, SecretsPeople
from app.drive.rights import RightsBroken, RightsFile
from app.errors import CannotStart
from app.identity.provider_keys import ProviderKeys
from app.identity.tokens import Tokens
from app.inference.ports import BackendConnection
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.wiring.models import lasting_maker, token_counters
from indexing.extraction.apart import Extractor

MODEL = "minilm"
AUDIENCE = "scaidrive"


@dataclass(frozen=True, slots=True)
class DriveSettings:
    """What a drive is made of."""

    folder: Path
    models: Path  # where the embedding model keeps what it has made of itself
    scaikey_url: str | None = None
    issuer: str | None = None
    audience: str = AUDIENCE
    secret: bytes | None = field(default=None, repr=False)


@asynccontextmanager
async def opened(settings: DriveSettings, clock: Clock | None = None) -> AsyncIterator[ASGIApp]:
    """Open a drive; its keys and its model are let go of at the end."""
    clock = clock or SystemClock()
    root = settings.folder.resolve()
    rights = RightsFile(root)
    try:
        rights.read()
    except RightsBroken as error:
        raise CannotStart(f"{settings.folder}: {error}") from None
    backend = lasting_maker(settings.models, threads=1)(BackendConnection("local"))
    counters = token_counters()
    client = httpx.AsyncClient(transport=GuardedTransport(Guard.for_configured()), trust_env=False)
    keys = ProviderKeys(settings.scaikey_url or "", clock, client)
    try:
        people = _people(settings, keys, clock)
        counter = counters.of("local", MODEL)
        library = Library(root, Extractor(1), backend, MODEL, counter)
        yield Drive(library, rights, people).application()
    finally:
        await keys.aclose()
        await client.aclose()
        await backend.aclose()


def people_of(secret: bytes, audience: str, clock: Clock) -> SecretsPeople:
    """Those for whom a shared secret speaks."""
    if len(secret) < SHORTEST_SECRET:
        raise CannotStart(f"the shared secret must have {SHORTEST_SECRET} characters or more")
    return SecretsPeople(secret, audience, clock)


def _people(settings: DriveSettings, keys: ProviderKeys, clock: Clock) -> People:
    if settings.secret is not None:
        return people_of(settings.secret, settings.audience, clock)
    if not (settings.scaikey_url and settings.issuer):
        raise CannotStart("name whose tokens are taken: --scaikey and --issuer, or --secret-file")
    return ProvidersPeople(Tokens(keys, settings.issuer, settings.audience, clock))
