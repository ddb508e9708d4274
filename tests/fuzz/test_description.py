"""Every operation, asked as the OpenAPI description says and against it, answers as the description says."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from tests.fuzz.attack import Order, Outcome
from tests.fuzz.world import filled, furnish
from tests.world.by_night import by_night
from tests.world.people import organisation
from tests.world.platform import fresh

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Grounds:
    """A platform of its own, so that what is found does not hang on what another has left behind."""

    url: str
    description: dict[str, Any]
    keys: dict[str, str | None]


@pytest.fixture
async def grounds() -> AsyncIterator[Grounds]:
    async with fresh() as running:
        acme, other = await organisation(running), await organisation(running)
        async with running.client(running.root_key) as root:
            names = await furnish(acme, other, root)
            described = (await root.get("/openapi.json")).json()
        people = {name: person.key for name, person in acme.people.items()}
        yield Grounds(running.url, filled(described, names), {**people, "root": running.root_key, "nobody": None})
        await acme.aclose()
        await other.aclose()


# What chance brings, a little of it, by who may do most and by nobody; by night more, by all, and the edges of every
# shape once.
@pytest.mark.parametrize(
    ("name", "examples", "edges"),
    [
        ("root", 1, False),
        ("nobody", 1, False),
        *by_night([("root", 0, True), ("root", 8, False), ("admin", 8, False), ("viewer", 4, False)]),
    ],
)
async def test_every_answer_is_as_described(grounds: Grounds, name: str, examples: int, edges: bool) -> None:
    order = Order(grounds.url, grounds.description, grounds.keys[name], examples, edges)
    outcome = await _attack(order)
    assert not outcome.findings, "\n\n".join(f"{f.operation}\n{f.fault}\n{f.again}" for f in outcome.findings)
    assert sum(outcome.statuses.values()) > 90 * examples  # nothing was left out for a reason nobody noticed
    if name == "root":
        assert {200, 404, 422} <= outcome.statuses.keys()
    if name == "nobody":
        assert outcome.statuses.keys() <= {200, 401, 404, 405}


async def _attack(order: Order) -> Outcome:
    """In a process of its own: what makes up requests and what answers them each have a core."""
    attacker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fuzz.attack", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await attacker.communicate(json.dumps(asdict(order)).encode())
    return Outcome.read(said)
