"""A platform whose assistants are given to it by hand, and a tenant with documents that some may not read."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from tests.world.assistants import Assistant, KnownPersonas, assistant, assisting
from tests.world.databases import empty_database
from tests.world.passages import Written, written
from tests.world.people import Organisation, organisation
from tests.world.platform import Running
from tests.world.upstream import Upstream, upstream

OPEN = "The harbour master closes the harbour at dusk. Pilots are told by radio. " * 4
SECRET = "The harbour master is paid ninety thousand guilders for the harbour. " * 4
OTHER = "Bread is baked before dawn in the old bakery. " * 4


@dataclass
class Desk:
    """An organisation with an assistant over one collection, and the server of its model."""

    acme: Organisation
    root: httpx.AsyncClient
    up: Upstream
    place: Written
    personas: KnownPersonas

    async def assistant(self, *places: Written, **more: Any) -> Assistant:
        """One over the collection, or over those given."""
        return await assistant(self.personas, self.acme, self.root, [self.up], *(places or (self.place,)), **more)

    async def ask(self, name: str, called: Assistant, *said: str, path: str = "/v1/inference/chat", **more: Any) -> Any:
        """Ask it something as somebody, in one piece."""
        answer = await self.acme.client(name).post(path, json={"model": called.slug, "messages": turns(*said), **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"] if path.startswith("/v1") else answer.json()

    @property
    def system(self) -> str:
        """The system message that was sent last."""
        first: dict[str, str] = self.up.asked[-1].json["messages"][0]
        assert first["role"] == "system"
        return first["content"]


def turns(*said: str) -> list[dict[str, str]]:
    """A conversation, the user first."""
    return [{"role": "assistant" if place % 2 else "user", "content": text} for place, text in enumerate(said)]


@pytest.fixture(scope="session")
async def assisted() -> AsyncIterator[tuple[Running, KnownPersonas]]:
    personas = KnownPersonas()
    with tempfile.TemporaryDirectory() as folder, empty_database(Path(folder)) as empty:
        async with assisting(Path(folder), personas, empty) as platform:
            yield platform, personas


@pytest.fixture
async def desk(assisted: tuple[Running, KnownPersonas]) -> AsyncIterator[Desk]:
    running, personas = assisted
    acme = await organisation(running)
    await acme.person("peer", "tenant_user")
    place = await written(acme, {"open": [OPEN], "secret": [SECRET], "other": [OTHER]})
    await place.enter(Effect.DENY, (PrincipalType.USER, acme.people["peer"].id), ["secret"])
    async with upstream() as up, running.client(running.root_key) as root:
        yield Desk(acme, root, up, place, personas)
    await acme.aclose()
