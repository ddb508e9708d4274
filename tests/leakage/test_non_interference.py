"""Two worlds that differ only in what somebody may not read are the same to them, to the byte, on every surface.

The two worlds are one tenant before and after: between the two walks over everything that can be asked, documents,
collections, entries, people's rights and groups come and change, all of them out of this person's sight.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from acl.tables import AccessList
from app.db.tenancy import Reach
from app.ids import new_id
from tests.leakage.matrix import MATRIX, Try
from tests.leakage.scene import Scene, scene
from tests.leakage.surfaces import CONTENT, reading
from tests.leakage.test_matrix import ABSENT, filled, path_of, seen
from tests.world.by_night import by_night
from tests.world.crawls import meet
from tests.world.platform import Running
from tests.world.shelves import Shelf, enter, group, shelf, withdraw

EVERY = {**MATRIX, **CONTENT}
# These say when one's key was last used, and up to which moment was counted.
OF_THE_MOMENT = {"/v1/api-keys", "/v1/accounting/usage/summary"}
# And this how many milliseconds a search took.
TOOK = re.compile(r'"took":\{"total_ms":\d+,"stages":\[[^\]]*\]\}')
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+(Z|\+00:00)")
ASKING = (
    "/explain",
    "/rehearse",
    "/search",
    "/search/as",
    "/query",
    "/traverse",
    "/paths",
    "/context",
    "/ask",
    "#fetch",
)
READERS = ["reader", "viewer with a list", *by_night(["manager", "peer"])]


@pytest.fixture(scope="module")
async def on(running: Running) -> AsyncIterator[Scene]:
    async with reading(running) as platform:
        made = await scene(platform)
        yield made
        await made.aclose()


@pytest.fixture
async def closet(on: Scene) -> Shelf:
    """A collection nobody but its owner sees; its ids are known to those who guess."""
    return await shelf(on.acme, "one", "two", owner="owner")


def ways_to_look(on: Scene, closet: Shelf) -> Iterator[dict[str, Any]]:
    """Everything that only looks: at what is theirs to see, at what is hidden, and at what is not there at all."""
    hidden = {**on.there, "collection_id": closet.id, "document_id": closet.documents["one"]}
    for route, tried in EVERY.items():
        method, path = route.split(" ", 1)
        if tried.kind == "public" or not (method == "GET" or path.endswith(ASKING)):
            continue
        for ids in (on.there, hidden) if tried.kind == "named" else (on.there,):
            yield from looks(route, tried, {**ABSENT, **ids})


def looks(route: str, tried: Try, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The requests of one route."""
    sent: list[dict[str, Any]] = [
        {"json": filled(body, ids)} for body in tried.bodies if not _metered(route, body)
    ] or [{}]
    queries = [filled(query, ids) for query in tried.queries] + ([{}] if tried.reads else [])
    for names in (tried.names, *tried.other_names):
        base = {"method": route.split(" ", 1)[0], "url": path_of(route, ids, names)}
        yield from (base | body | ({"params": query} if query else {}) for body in sent for query in queries)


def _metered(route: str, body: Any) -> bool:
    """What a model works for shows in its asker's own usage a moment later; see tests/rag/test_search.py for those."""
    by_meaning = route.endswith("/graph/context") or body.get("search_type") in {"vector", "hybrid", "combined"}
    return "question" in body or by_meaning


async def everything_seen(on: Scene, name: str, closet: Shelf) -> dict[str, Any]:
    answers = {}
    for request in ways_to_look(on, closet):
        answer: httpx.Response = await on.asking(name).request(**request)
        status, headers, body = seen(answer, {})
        if request["url"] in OF_THE_MOMENT:
            body = MOMENT.sub("<moment>", body)
        body = TOOK.sub("<took>", body)
        frames = [line for line in body.splitlines() if '"began"' not in line]
        answers[str(request)] = (status, headers, frames)
    return answers


async def stir(on: Scene, closet: Shelf) -> None:
    """Change all that is out of sight."""
    acme, owner = on.acme, on.acme.people["owner"].id
    staff = await group(acme, "secret staff", "owner", "admin")
    await group(acme, "more secret staff", "owner", inside=[staff])
    await closet.hold("three", "four", owner="owner")
    for number, document in enumerate(closet.documents.values()):
        effect = Effect.DENY if number % 2 else Effect.ALLOW
        await enter(acme, document, effect, (PrincipalType.GROUP, staff), permissions=1 + number)
    await withdraw(acme, await enter(acme, closet.id, Effect.ALLOW, (PrincipalType.USER, owner)))
    await shelf(acme, "a", "b", "c", owner="admin")
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        found = await transaction.session.get_one(AccessList, closet.documents["two"])
        found.inherits, found.owner_id, found.updated_at = False, acme.people["admin"].id, transaction.clock.now()
    # A document among those they see, that they do not.
    hidden = f"hidden {new_id('x')}"
    await on.shelf.hold(hidden, owner="owner")
    await enter(acme, on.shelf.documents[hidden], Effect.DENY, (PrincipalType.EVERYONE, None))
    await meet(on.shelf, on.there["job_id"], hidden)


@pytest.mark.parametrize("name", READERS)
async def test_what_somebody_may_not_read_makes_no_difference_to_them(on: Scene, closet: Shelf, name: str) -> None:
    before = await everything_seen(on, name, closet)
    again = await everything_seen(on, name, closet)
    steady = {asked for asked, answer in before.items() if again[asked] == answer}
    assert set(before) - steady == set(), "these change by themselves"
    await stir(on, closet)
    after = await everything_seen(on, name, closet)
    assert {asked: (before[asked], after[asked]) for asked in before if after[asked] != before[asked]} == {}
    assert len(before) > 80


async def test_what_they_may_read_does(on: Scene, closet: Shelf) -> None:
    """The walk would notice: it sees what is theirs to see."""
    await enter(on.acme, closet.id, Effect.ALLOW, (PrincipalType.USER, on.acme.people["manager"].id), permissions=255)
    before = await everything_seen(on, "manager", closet)
    await enter(on.acme, closet.documents["one"], Effect.DENY, (PrincipalType.EVERYONE, None), permissions=1)
    after = await everything_seen(on, "manager", closet)
    changed = [asked for asked in before if after[asked] != before[asked]]
    assert [asked for asked in changed if "/permissions/document/" in asked]
    assert [asked for asked in changed if "/reading-room/" in asked]
