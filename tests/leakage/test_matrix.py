"""Nobody learns of, reads or changes what is another tenant's, on any route, whoever they are."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest

from app.mcp.tools import TOOLS as THERE
from app.serving import ROUTERS
from tests.leakage.matrix import MATRIX, Try
from tests.leakage.tools import TOOLS
from tests.leakage.world import MISSING, World, world
from tests.world.by_night import by_night
from tests.world.platform import Running

ROUTES = sorted(f"{method} {route.path}" for router in ROUTERS for route in router.routes for method in route.methods)  # type: ignore[attr-defined]
TRIED = [route for route in ROUTES if route in MATRIX]
GATED = [route for route in TRIED if MATRIX[route].kind != "public"]
BY_TURNS = pytest.mark.parametrize("turns", [4, *by_night([1])], ids=["by turns", "everybody"])
NAMED = [route for route in TRIED if MATRIX[route].kind == "named"]
ABSENT = {
    **MISSING,
    "model_slug": "no-such-model",
    "group_slug": "no-such-group",
    "persona_slug": "no-such-persona",
    "collection_slug": "no-such-collection",
}
GLOBAL = {
    "module_id": "scaipersona",
    "a_collection": "collection",
    "a_document": "document",
}  # what a path may name that is nobody's
_PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")
_CHANGING = {"date", "x-request-id", "content-length"}


@pytest.fixture(scope="module")
async def two(running: Running) -> AsyncIterator[World]:
    made = await world(running)
    before = await theirs_as_they_see_it(made)
    yield made
    assert await theirs_as_they_see_it(made) == before, "somebody changed what is theirs"
    await made.aclose()


async def theirs_as_they_see_it(made: World) -> dict[str, Any]:
    reads = [route for route in NAMED if route.startswith("GET ") and MATRIX[route].owner_reads]
    found: dict[str, Any] = {}
    async with made.running.client(made.owner) as owner:
        for route in reads:
            for names in (MATRIX[route].names, *MATRIX[route].other_names):
                path = path_of(route, made.theirs, names)
                answer = await owner.get(path)
                assert answer.status_code == 200, f"{path} is not theirs: {answer.text}"
                found[path] = answer.json().get("data", answer.json())
    return found


def path_of(route: str, ids: Mapping[str, str], names: Mapping[str, str] | None = None) -> str:
    """The path of a route with ids in their places."""
    names = MATRIX[route].names if names is None else names
    return _PARAMETER.sub(lambda found: _id(names.get(found[1], found[1]), ids), route.split(" ", 1)[1])


def _id(name: str, ids: Mapping[str, str]) -> str:
    return ids[name] if name in ids else GLOBAL[name]


def filled(template: Any, ids: Mapping[str, str]) -> Any:
    """A body or query with ids in their places."""
    return json.loads(re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], json.dumps(template)))


def seen(answer: httpx.Response, ids: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
    """All that an asker gets, but for what differs between any two requests and for the very ids that they sent."""
    headers = {name: value for name, value in answer.headers.items() if name not in _CHANGING}
    text = answer.text.replace(answer.headers["x-request-id"], "<request>")
    for name in sorted(ids, key=lambda name: -len(ids[name])):
        text = text.replace(ids[name], f"<{name}>")
    return answer.status_code, headers, text.replace("<member_id>", "<user_id>")


def requests_on(route: str, ids: Mapping[str, str], tried: Try | None = None) -> Iterator[dict[str, Any]]:
    """Every request that names others' things, as arguments of a client."""
    tried = tried or MATRIX[route]
    for names in (tried.names, *tried.other_names):
        yield from _requests_at({"method": route.split(" ", 1)[0], "url": path_of(route, ids, names)}, tried, ids)


def _requests_at(base: dict[str, Any], tried: Try, ids: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if tried.kind == "named" and not tried.bodies:
        yield base
    for body in tried.bodies:
        yield base | {"json": filled(body, ids)}
    for query in tried.queries:
        yield base | {"params": filled(query, ids)}
    if tried.kind == "named" and base["method"] in {"POST", "PUT", "PATCH"}:
        yield base | {"json": {"nobody_knows_this": 1}}
        yield base | {"content": b"{broken", "headers": {"Content-Type": "application/json"}}
        yield base | {"content": b"<a/>", "headers": {"Content-Type": "text/xml"}}
    if base["method"] == "GET" and tried.reads:
        yield base | {"headers": {"If-None-Match": "*"} if tried.kind == "named" else {}}
    if base["method"] in {"PUT", "PATCH", "DELETE"} and tried.kind == "named":
        yield base | {"headers": {"If-Match": '"99"'}, "json": filled(tried.bodies[0], ids) if tried.bodies else None}


def test_every_route_of_the_application_is_in_the_matrix() -> None:
    assert sorted(MATRIX) == ROUTES, "add the new route to tests/leakage/matrix.py, or take the old one out"


def test_every_tool_of_assistants_is_in_the_matrix() -> None:
    assert sorted(TOOLS) == sorted(THERE), "add the new tool to tests/leakage/matrix.py, or take the old one out"


def strangers_at(two: World, route: str, turns: int) -> list[tuple[str, str]]:
    """Who tries a route: whoever may do most in a tenant of their own, and all others each at one in so many."""
    first = ROUTES.index(route) % turns
    some = sorted(two.strangers.items())[first::turns]
    return [*some, *({"ours:everything": two.strangers["ours:everything"]}.items() - set(some))]


@BY_TURNS
@pytest.mark.parametrize("route", GATED)
async def test_hidden_and_missing_are_the_same_answer_and_hold_nothing_of_theirs(
    two: World, route: str, turns: int
) -> None:
    for name, key in strangers_at(two, route, turns):
        async with two.asking(key) as stranger:
            for there, absent in zip(requests_on(route, two.theirs), requests_on(route, ABSENT), strict=True):
                hidden, missing = await stranger.request(**there), await stranger.request(**absent)
                assert there == absent or seen(hidden, two.theirs) == seen(missing, ABSENT), (name, there)
                refused = 400 <= hidden.status_code < 500 or MATRIX[route].kind == "own"
                assert refused, (name, there, hidden.text)
                assert_unmarked(hidden, two, there)


@pytest.mark.parametrize("route", NAMED)
async def test_who_would_be_permitted_is_told_that_it_is_not_there(two: World, route: str) -> None:
    """A stranger with every permission of a tenant still gets 404, unless nobody of a tenant may do it at all."""
    key = two.strangers["ours:everything"]
    async with two.asking(key) as stranger:
        answer = await stranger.request(**next(requests_on(route, two.theirs)))
        theirs_alone = {"models:manage", "routing:manage"}
        above = any(permission in answer.text for permission in theirs_alone)
        assert answer.status_code == (403 if above else 404), answer.text


@BY_TURNS
@pytest.mark.parametrize("route", GATED)
async def test_no_stranger_acts_in_their_tenant(two: World, route: str, turns: int) -> None:
    method, bodies = route.split(" ", 1)[0], MATRIX[route].bodies
    body = filled(bodies[0], ABSENT) if bodies else None
    for name, key in strangers_at(two, route, turns):
        async with two.asking(key) as stranger:
            answers = [
                await stranger.request(
                    method, path_of(route, ABSENT), params={"tenant_id": ids["tenant_id"]}, json=body
                )
                for ids in (two.theirs, ABSENT)
            ]
            assert seen(answers[0], two.theirs) == seen(answers[1], ABSENT), name
            assert answers[0].status_code in {403, 404}, (name, answers[0].text)
            assert_unmarked(answers[0], two, name)


@pytest.mark.parametrize("route", GATED)
async def test_dead_credentials_open_nothing_and_all_look_alike(two: World, route: str) -> None:
    method, path = route.split(" ", 1)[0], path_of(route, two.theirs)
    said = set()
    for name, key in two.dead.items():
        async with two.asking(key) as dead:
            answer = await dead.request(method, path)
        assert answer.status_code == 401, (name, answer.text)
        if key is not None:
            said.add(seen(answer, {})[2])
    assert len(said) == 1


async def test_the_trail_of_others_is_nobodys_business(two: World) -> None:
    for name, key in two.strangers.items():
        async with two.asking(key) as stranger:
            answer = await stranger.get("/v1/audit/events", params={"limit": 1000})
            if answer.status_code == 200:
                tenants = {event["tenant_id"] for event in answer.json()["data"]["items"]}
                assert two.theirs["tenant_id"] not in tenants, name


def assert_unmarked(answer: httpx.Response, two: World, what: object) -> None:
    """Nothing of theirs may be in an answer, but what the asker has said themselves."""
    asked = f"{answer.request.url} {answer.request.content.decode()}"
    leaked = [mark for mark in two.marks if mark in answer.text and mark not in asked]
    assert not leaked, (what, leaked)
