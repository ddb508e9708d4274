"""What the routes of access answer to everybody there is: what is hidden from them is the same as what is not there."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.leakage.matrix import MATRIX
from tests.leakage.scene import DEAD, OUTSIDE, Scene, scene
from tests.leakage.surfaces import READ
from tests.leakage.test_matrix import ABSENT, path_of, requests_on, seen
from tests.world.by_night import by_night
from tests.world.platform import Running

# Every route that names a collection or a document; those to come join by being in the matrix.
NAMING = [
    route
    for route, tried in MATRIX.items()
    if "/modules/scaimatrix/" in route and tried.kind == "named" and "{" in route
]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
BROKEN: tuple[dict[str, Any], ...] = (
    {},
    {"json": {}},
    {"json": []},
    {"json": {"nobody_knows_this": 1}},
    {"json": None, "content": b"{broken", "headers": {"Content-Type": "application/json"}},
    {"content": b"[" * 2000, "headers": {"Content-Type": "application/json"}},
    {"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}},
    {"content": b"<a/>", "headers": {"Content-Type": "text/xml"}},
    {"content": b"", "headers": {"Content-Type": "application/json"}},
    {"json": {"permissions": -1, "ace_type": 7, "owner_id": [], "inherit": "x", "changes": 1}},
    {"params": {"force": "maybe"}},
    {"params": {"force": "true", "limit": "-1"}},
    {"headers": {"If-Match": '"1"'}},
    {"headers": {"If-None-Match": "*"}},
    {"headers": {"Accept": "application/problem+json"}},
)
SHARE = 5  # by day each route gets one body in so many, each body one route in so many; by night all get all


@pytest.fixture(scope="module")
async def on(running: Running) -> AsyncIterator[Scene]:
    made = await scene(running)
    yield made
    await made.aclose()


def paths_of(route: str, ids: Mapping[str, str]) -> list[str]:
    return [path_of(route, ids, names) for names in (MATRIX[route].names, *MATRIX[route].other_names)]


@pytest.mark.parametrize("turns", [3, *by_night([1])], ids=["by turns", "everybody"])
@pytest.mark.parametrize("route", NAMING)
async def test_hidden_and_missing_are_one_answer_to_everybody_outside(on: Scene, route: str, turns: int) -> None:
    """Whoever is of the same tenant tries every route, and of those outside each one in so many."""
    others = sorted(set(OUTSIDE) - {"peer"})
    for name in ("peer", *others[NAMING.index(route) % turns :: turns]):
        client = on.asking(name)
        for there, absent in zip(requests_on(route, on.there), requests_on(route, ABSENT), strict=True):
            hidden, missing = await client.request(**there), await client.request(**absent)
            assert seen(hidden, on.there) == seen(missing, ABSENT), (name, there)
            inside = name in {"peer", "revoked"}  # those outside may lack the module's own permissions
            assert hidden.status_code in ({refusal(route, there, 404)} if inside else {403, 404, 415}), (
                name,
                hidden.text,
            )


@pytest.mark.parametrize("share", [SHARE, *by_night([1])], ids=["some bodies", "every body"])
@pytest.mark.parametrize("name", ["peer", *by_night(["revoked", "foreign admin"])])
async def test_no_method_and_no_body_tells_hidden_from_missing(on: Scene, name: str, share: int) -> None:
    client = on.asking(name)
    for method, there, absent, body in everything_sent(on, share):
        hidden = await client.request(method, there, **body)
        missing = await client.request(method, absent, **body)
        assert seen(hidden, on.there) == seen(missing, ABSENT), (method, there, body)
        assert not hidden.is_success, (method, there, body)


def everything_sent(on: Scene, share: int) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Every method on every path; where the method is one that the path has, one body in so many, in turn."""
    own = {
        (route.split(" ", 1)[0], *both)
        for route in NAMING
        for both in zip(paths_of(route, on.there), paths_of(route, ABSENT), strict=True)
    }
    every = {(method, there, absent) for _, there, absent in own for method in METHODS}
    return [
        (*asked, body)
        for turn, asked in enumerate(sorted(every))
        for body in (BROKEN[turn % share :: share] if asked in own else BROKEN[:1])
    ]


@pytest.mark.parametrize("route", NAMING)
async def test_whoever_is_nobody_any_more_is_told_so_and_nothing_else(on: Scene, route: str) -> None:
    method = route.split(" ", 1)[0]
    for name in DEAD:
        for there, absent in zip(paths_of(route, on.there), paths_of(route, ABSENT), strict=True):
            hidden, missing = (
                await on.asking(name).request(method, there),
                await on.asking(name).request(method, absent),
            )
            assert hidden.status_code == 401, (name, hidden.text)
            assert seen(hidden, on.there) == seen(missing, ABSENT), name


@pytest.mark.parametrize("route", NAMING)
async def test_who_reads_it_is_told_what_they_may_not_do_with_it(on: Scene, route: str) -> None:
    """403 is for those alone who may know that it is there."""
    if route in READ:
        return  # which they may; see test_content.py
    for there in requests_on(route, on.there):
        answer = await on.asking("reader").request(**there)
        assert answer.status_code == refusal(route, there) or is_for_readers(route), (there, answer.text)


@pytest.mark.parametrize("route", [route for route in NAMING if route.startswith("GET ") and route not in READ])
async def test_who_may_read_the_list_reads_it(on: Scene, route: str) -> None:
    for name, path in itertools.product(("owner", "manager", "viewer with a list"), paths_of(route, on.there)):
        assert (await on.asking(name).get(path)).status_code == 200, (name, path)


async def test_who_sees_a_list_but_may_not_change_it_changes_nothing(on: Scene) -> None:
    for route in NAMING:
        if changes(route):
            for there in requests_on(route, on.there):
                answer = await on.asking("viewer with a list").request(**there)
                assert answer.status_code == refusal(route, there), (there, answer.text)


async def test_an_entry_of_something_hidden_is_not_there_under_something_of_ones_own(on: Scene) -> None:
    """Whoever manages one thing cannot reach entries of another through it."""
    own, hidden = f"collection/{on.there['collection_id']}", on.there["document_ace_id"]
    for method, body in (("PATCH", {"permissions": "VIEWER"}), ("DELETE", None)):
        base = f"/v1/modules/scaimatrix/permissions/{own}/aces"
        answers = [
            await on.asking("manager").request(method, f"{base}/{ace}", json=body)
            for ace in (hidden, ABSENT["document_ace_id"])
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert seen(answers[0], on.there) == seen(answers[1], ABSENT)


async def test_the_wrong_kind_is_the_same_as_missing(on: Scene) -> None:
    base = "/v1/modules/scaimatrix/permissions"
    for kind, name in (("document", "collection_id"), ("collection", "document_id")):
        for person in ("owner", "manager", "peer"):
            answers = [await on.asking(person).get(f"{base}/{kind}/{ids[name]}") for ids in (on.there, ABSENT)]
            assert answers[0].status_code == 404
            assert seen(answers[0], on.there) == seen(answers[1], ABSENT), (person, kind)


async def test_a_key_made_for_less_does_less(on: Scene) -> None:
    """Scopes narrow what a key's holder may do; what they may see stays theirs."""
    path = f"/v1/modules/scaimatrix/permissions/collection/{on.there['collection_id']}"
    for scopes, reads, changes_it in ((["scaimatrix:view"], 200, 403), (["models:use"], 403, 403), ([], 403, 403)):
        body = {"name": "narrow", "scopes": scopes}
        made = await on.asking("owner").post("/v1/api-keys", json=body)
        async with on.running.client(made.json()["data"]["key"]) as narrow:
            assert (await narrow.get(path)).status_code == reads, scopes
            for there in (path, path.replace(on.there["collection_id"], ABSENT["collection_id"])):
                answer = await narrow.post(f"{there}/aces", json={})
                assert answer.status_code == changes_it, scopes
                assert answer.json()["error"]["code"] == "AUTH_INSUFFICIENT_SCOPE"


def refusal(route: str, there: Mapping[str, Any], otherwise: int = 403) -> int:
    """How a request is refused: what is no JSON is refused before anybody looks at what its path names."""
    is_xml = there.get("headers", {}).get("Content-Type") == "text/xml"
    return 415 if is_xml and not MATRIX[route].no_json else otherwise


def changes(route: str) -> bool:
    """Whether a route changes who may do what: those that only ask are named for it."""
    return not route.startswith("GET ") and not route.endswith(
        ("/explain", "/rehearse", "/search", "/query", "/traverse", "/paths", "/context", "/ask")
    )


def is_for_readers(route: str) -> bool:
    """What is asked of everybody who sees the thing: itself, how it is getting on, and what one may do oneself."""
    own = route.startswith("GET ") and "/permissions/" not in route and not route.endswith("/access")
    return own or route.endswith(("/effective", "/explain"))


def test_there_are_routes_to_try() -> None:
    assert len(NAMING) >= 8
