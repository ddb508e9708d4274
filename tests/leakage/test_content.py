"""Whatever shows something of a document gets it from the chokepoint: shut that, and every surface is empty."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from app.http.wire.revealing import Revealing
from app.serving import ROUTERS
from tests.house.test_revealing_shapes import UNSHAPED, reachable
from tests.leakage.matrix import MATRIX, Try
from tests.leakage.scene import Scene, scene
from tests.leakage.surfaces import CHANGED, CONTENT, READING_ROOM, reading, shut
from tests.leakage.test_matrix import ABSENT, filled, path_of, seen
from tests.world.platform import Running
from tests.world.shelves import WORDS

# What stands in everything the documents of this scene hold; a surface to come puts it into what it shows.
MARK = WORDS


@pytest.fixture(scope="module")
async def on(running: Running) -> AsyncIterator[Scene]:
    made = await scene(running)
    yield made
    await made.aclose()


@pytest.fixture(scope="module")
async def opened(running: Running) -> AsyncIterator[Running]:
    async with reading(running) as platform:
        yield platform


@pytest.fixture(scope="module")
async def emptied(running: Running) -> AsyncIterator[Running]:
    async with reading(running, refit=shut) as platform:
        yield platform


def requests_for(route: str, ids: Any) -> Iterator[dict[str, Any]]:
    """Everything that shows content, asked as its owner would."""
    tried: Try = CONTENT[route]
    base = {"method": route.split(" ", 1)[0], "url": path_of(route, ids, tried.names)}
    sent = [{"json": filled(body, ids)} for body in tried.bodies] or [{}]
    yield from (base | body | {"params": filled(query, ids)} for query in tried.queries or ({},) for body in sent)


async def shown(platform: Running, on: Scene, name: str, request: dict[str, Any]) -> httpx.Response:
    async with platform.client(on.keys[name]) as client:
        return await client.request(**request)


@pytest.mark.parametrize("route", CONTENT)
async def test_a_chokepoint_that_drops_everything_empties_the_surface(
    on: Scene, opened: Running, emptied: Running, route: str
) -> None:
    for request in requests_for(route, on.there):
        full, empty = await shown(opened, on, "owner", request), await shown(emptied, on, "owner", request)
        assert full.status_code < 300, full.text
        assert MARK in full.text, f"{route} shows nothing of what is there: mark it so only if it does"
        assert empty.status_code in {200, 404}, empty.text
        assert MARK not in empty.text


@pytest.mark.parametrize("route", CONTENT)
@pytest.mark.parametrize("name", ["peer", "revoked", "foreign admin", "sister partner admin"])
async def test_content_that_is_hidden_is_the_same_as_missing(on: Scene, opened: Running, route: str, name: str) -> None:
    for there, absent in zip(requests_for(route, on.there), requests_for(route, ABSENT), strict=True):
        hidden, missing = await shown(opened, on, name, there), await shown(opened, on, name, absent)
        assert same(hidden, on.there) == same(missing, ABSENT), (name, there)
        assert MARK not in hidden.text


def same(answer: httpx.Response, ids: Any) -> Any:
    """All of an answer but for when the retrievals of a run began."""
    status, headers, text = seen(answer, ids)
    frames = [line for line in text.splitlines() if not line.startswith('data: {"began"')]
    return status, headers, frames, text.count('"shown": []')


@pytest.mark.parametrize("name", ["suspended", "expired", "key revoked", "nobody"])
async def test_who_is_nobody_any_more_sees_no_content(on: Scene, opened: Running, name: str) -> None:
    for route in CONTENT:
        for request in requests_for(route, on.there):
            assert (await shown(opened, on, name, request)).status_code == 401


@pytest.mark.parametrize("name", ["owner", "manager", "viewer with a list", "reader"])
async def test_who_may_read_sees_it(on: Scene, opened: Running, name: str) -> None:
    for route, tried in CONTENT.items():
        for request in requests_for(route, on.there):
            seen_there = MARK in (await shown(opened, on, name, request)).text
            lacks = (tried.lists and name == "reader") or (tried.manages and name in {"reader", "viewer with a list"})
            assert seen_there != lacks, route


@pytest.mark.parametrize("route", CHANGED)
async def test_what_changes_a_document_shows_nothing_of_it_but_through_the_chokepoint(
    on: Scene, emptied: Running, route: str
) -> None:
    tried = CHANGED[route]
    base = {"method": route.split(" ", 1)[0], "url": path_of(route, on.there, tried.names)}
    sent: list[dict[str, Any]] = [{"json": filled(body, on.there)} for body in tried.bodies]
    for body in sent or [{"files": {"file": ("a.md", b"x")}}]:
        answer = await shown(emptied, on, "owner", base | body)
        assert 400 <= answer.status_code < 600, answer.text
        assert MARK not in answer.text


def test_every_route_that_reveals_something_is_marked_in_the_matrix() -> None:
    """Shapes say it themselves; what has no shape is either explained to the house or marked."""
    revealing = {
        f"{method} {route.path}"  # type: ignore[attr-defined]
        for router in ROUTERS
        for route in router.routes
        for method in route.methods  # type: ignore[attr-defined]
        if any(issubclass(shape, Revealing) for shape in reachable([route.response_model]))  # type: ignore[attr-defined]
    }
    marked = {route for route, tried in MATRIX.items() if tried.content}
    assert revealing <= marked, "mark it: Try(…, content=True)"
    assert not marked & set(UNSHAPED), "what shows content is no exception"


def test_the_reading_room_is_walked() -> None:
    assert set(READING_ROOM) <= set(CONTENT)
