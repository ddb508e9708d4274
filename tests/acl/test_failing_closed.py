"""Whatever fails while it is decided who may see what, nothing is shown, and nothing is said but that it failed."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import Executable, func, literal, text, update
from sqlalchemy.orm import InstrumentedAttribute

from acl.errors import AccessUndecided
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.tables import AccessEntry, AccessList
from app.db.epochs import Epoch
from app.http.routes import ALL
from rag.retrieval.onlooker import Onlooker
from tests.world import reading_room
from tests.world.lanes import writing
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.reading_room import Passage
from tests.world.shelves import Shelf, enter, shelf

ACCESS = "/v1/modules/scaimatrix"
LISTS, ENTRIES, EPOCHS = "mod_scaimatrix_acls", "mod_scaimatrix_aces", "epochs"


@dataclass(frozen=True, slots=True)
class Broken:
    """A platform of this test's own whose database can be broken."""

    running: Running
    acme: Organisation
    shelf: Shelf

    @property
    def document(self) -> str:
        return self.shelf.documents["plan"]

    async def execute(self, statement: Executable) -> None:
        async with writing(self.running.platform.database) as connection:
            connection.execute(statement)

    @asynccontextmanager
    async def without(self, table: str) -> AsyncIterator[None]:
        """Have no such table."""
        await self.execute(text(f"ALTER TABLE {table} RENAME TO {table}_gone"))
        try:
            yield
        finally:
            await self.execute(text(f"ALTER TABLE {table}_gone RENAME TO {table}"))

    @asynccontextmanager
    async def with_nonsense_in(self, column: InstrumentedAttribute[Any]) -> AsyncIterator[None]:
        """Have something in a column that no version of ours ever wrote."""
        await self.execute(update(column.class_).values({column: literal("x") + column}))
        await self.forgets()
        try:
            yield
        finally:
            await self.execute(update(column.class_).values({column: func.substr(column, 2)}))
            await self.forgets()

    async def forgets(self) -> None:
        """Have every process read again what it remembers."""
        await self.execute(update(Epoch).values(number=Epoch.number + 1))

    async def onlooker(self, name: str) -> Onlooker:
        platform = self.running.platform
        caller = (await platform.credentials.admit(self.acme.people[name].key)).caller
        return Onlooker(platform.chokepoint, platform.transactions, caller, self.acme.id)


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[Broken]:
    async with fresh(routers=[*ALL, reading_room.router]) as platform:
        acme = await organisation(platform)
        await acme.person("reader", permissions=["scaimatrix:view", "scaimatrix:search", "scaimatrix:access"])
        made = await shelf(acme, "plan", default_access=DefaultAccess.TENANT)
        await enter(acme, made.id, Effect.ALLOW, (PrincipalType.USER, acme.people["reader"].id), permissions=255)
        yield Broken(platform, acme, made)
        await acme.aclose()


FAULTS: dict[str, Callable[[Broken], Any]] = {
    "no lists": lambda place: place.without(LISTS),
    "no entries": lambda place: place.without(ENTRIES),
    "no epochs": lambda place: place.without(EPOCHS),
    "an effect nobody knows": lambda place: place.with_nonsense_in(AccessEntry.ace_type),
    "a principal nobody knows": lambda place: place.with_nonsense_in(AccessEntry.principal_type),
    "a default nobody knows": lambda place: place.with_nonsense_in(AccessList.default_access),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("is_warm", [True, False])
async def test_a_fault_in_a_decision_shows_nothing_whatever_is_remembered(
    place: Broken, fault: str, is_warm: bool
) -> None:
    looking, found = await place.onlooker("reader"), [Passage(place.document)]
    assert len(await looking.sees(found)) == 1
    if not is_warm:
        await place.forgets()
    async with FAULTS[fault](place):
        # What is remembered of an epoch counts as long as that epoch can be read, and nothing has changed in it.
        if is_warm and fault in {"no lists", "no entries"}:
            assert len(await looking.sees(found)) == 1
        else:
            with pytest.raises(AccessUndecided):
                await looking.sees(found)
    assert len(await looking.sees(found)) == 1


def routes(place: Broken) -> list[tuple[str, str, dict[str, Any]]]:
    """Every way to ask something about access or content."""
    path, ace = f"{ACCESS}/permissions/document/{place.document}", {"ace_type": "deny", "principal_type": "everyone"}
    collection = f"{ACCESS}/collections/{place.shelf.id}/access"
    return [
        ("GET", path, {}),
        ("POST", f"{path}/aces", {"json": ace | {"permissions": 1}}),
        ("PUT", f"{path}/inheritance", {"json": {"inherit": False, "copy": True}}),
        ("PUT", f"{path}/owner", {"json": {"owner_id": place.acme.people["reader"].id}}),
        ("GET", f"{path}/effective", {}),
        ("POST", f"{path}/explain", {"json": {"permission": "READ"}}),
        ("POST", f"{path}/explain", {"json": {"permission": "READ", "user_id": place.acme.people["user"].id}}),
        (
            "POST",
            f"{path}/rehearse",
            {"json": {"changes": [{"op": "set_inheritance", "inherit": False, "copy": True}]}},
        ),
        ("GET", collection, {}),
        ("PUT", collection, {"json": []}),
        ("GET", f"/v1/reading-room/documents/{place.document}", {}),
        ("GET", "/v1/reading-room/documents", {"params": {"document_id": place.document}}),
    ]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "no epochs"])
@pytest.mark.parametrize("name", ["reader", "admin"])
async def test_over_http_it_is_503_with_nothing_in_it(place: Broken, fault: str, name: str) -> None:
    client = place.acme.client(name)
    assert (await client.get("/v1/me")).status_code == 200
    await place.forgets()
    async with FAULTS[fault](place):
        for method, path, said in routes(place):
            assert_undecided(await client.request(method, path, **said), place)
    assert (await client.get(routes(place)[0][1])).status_code == 200


def assert_undecided(answer: httpx.Response, place: Broken) -> None:
    assert answer.status_code == 503, (answer.request.url, answer.text)
    error = answer.json()["error"]
    assert error == {
        "code": "ACCESS_UNDECIDED",
        "message": "Access cannot be decided right now; try again shortly.",
        "retry_after": 5,
    }
    assert answer.headers["retry-after"] == "5"
    assert "etag" not in answer.headers
    told = answer.text + str(answer.headers)
    assert not [word for word in (place.document, place.shelf.id, "mod_scai", "SELECT", "words of") if word in told]


async def test_a_run_ends_at_its_first_undecided_retrieval(place: Broken) -> None:
    params: dict[str, Any] = {"document_id": place.document, "steps": 10_000, "pause": 0.02}
    lines: list[str] = []
    async with place.acme.client("reader").stream("GET", "/v1/reading-room/run", params=params) as answer:
        async for line in answer.aiter_lines():
            lines += [line] if line else []
            if line and len(lines) == 3:
                breaking = place.without(ENTRIES)
                await breaking.__aenter__()
                await place.forgets()  # once it is broken: else a retrieval between may learn all there is to know
                broken = time.monotonic()
    await breaking.__aexit__(None, None, None)
    assert lines[-1] == "data: [DONE]"
    *shown, last = (json.loads(line.removeprefix("data: ")) for line in lines[:-1] if line.startswith("data: "))
    assert last["code"] == "ACCESS_UNDECIDED"
    assert all(retrieval["began"] < broken for retrieval in shown)


async def test_a_decision_broken_off_leaves_nothing_half_known(running: Running, acme: Organisation) -> None:
    """What was read when somebody went away in the middle is not taken for all there is."""
    made = await shelf(acme, *(f"d{number}" for number in range(200)), default_access=DefaultAccess.TENANT)
    denied = sorted(made.documents)[::7]
    for name in denied:
        await enter(acme, made.documents[name], Effect.DENY, (PrincipalType.EVERYONE, None), permissions=1)
    platform, rng = running.platform, random.Random(11)
    caller = (await platform.credentials.admit(acme.people["user"].key)).caller
    looking = Onlooker(platform.chokepoint, platform.transactions, caller, acme.id)
    found = [Passage(id_) for id_ in made.documents.values()]
    expected = [id_ for name, id_ in made.documents.items() if name not in denied]
    broken_off = 0
    for _ in range(60):
        await enter(acme, made.documents[denied[0]], Effect.DENY, (PrincipalType.EVERYONE, None), permissions=1)
        try:
            async with asyncio.timeout(rng.random() * 0.006):
                seen = await looking.sees(found)
        except TimeoutError:
            broken_off += 1
            seen = await looking.sees(found)
        assert [each.value.document_id for each in seen] == expected
    assert broken_off > 0
