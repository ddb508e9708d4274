"""Versions, pages, methods and types: what a client may rely on for every resource."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.world.people import Organisation, organisation
from tests.world.platform import Running

PATH = "/v1/trials"
PROBLEM = {"Accept": "application/problem+json"}


async def make(client: httpx.AsyncClient, name: str = "one") -> httpx.Response:
    return await client.post(PATH, json={"name": name})


async def test_a_version_that_is_known_already_is_not_sent_again(trier: httpx.AsyncClient) -> None:
    made = await make(trier)
    path, tag = f"{PATH}/{made.json()['data']['id']}", made.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        unchanged = await trier.get(path, headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tag
    assert (await trier.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_change_to_another_version_than_the_present_is_refused(trier: httpx.AsyncClient) -> None:
    made = await make(trier)
    path, tag = f"{PATH}/{made.json()['data']['id']}", made.headers["etag"]
    changed = await trier.patch(path, json={"name": "two"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    stale = await trier.patch(path, json={"name": "three"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    assert (await trier.get(path)).json()["data"]["name"] == "two"
    for fine in ({"If-Match": "*"}, {"If-Match": changed.headers["etag"]}, {}):
        assert (await trier.patch(path, json={}, headers=fine)).status_code == 200


async def test_of_two_changes_to_one_version_at_once_one_is_refused(trier: httpx.AsyncClient) -> None:
    made = await make(trier)
    path, tag = f"{PATH}/{made.json()['data']['id']}", {"If-Match": made.headers["etag"]}
    answers = await asyncio.gather(*(trier.patch(path, json={"name": f"n{n}"}, headers=tag) for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]


async def test_another_tenants_thing_is_as_absent_as_a_missing_one(trier: httpx.AsyncClient, trying: Running) -> None:
    other = await organisation(trying)
    theirs = (await make(other.client("user"))).json()["data"]["id"]
    for method in ("GET", "PATCH"):
        said = []
        for id_ in (theirs, "grp_none"):
            answer = await trier.request(method, f"{PATH}/{id_}", headers={"X-Request-Id": "same-request-id"})
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            said.append((answer.status_code, answer.content, headers))
        assert said[0] == said[1]
        assert said[0][0] == 404
    await other.aclose()


async def test_pages_show_everything_once_in_either_order(trier: httpx.AsyncClient) -> None:
    for number in range(5):
        await make(trier, f"n{number}")
    for order in ("asc", "desc"):
        seen: list[str] = []
        query = {"limit": "2", "order": order}
        while True:
            answer = (await trier.get(PATH, params=query)).json()
            seen += [item["name"] for item in answer["data"]]
            assert answer["meta"]["has_more"] is (answer["meta"]["next_cursor"] is not None)
            if not answer["meta"]["has_more"]:
                break
            query = {**query, "cursor": answer["meta"]["next_cursor"]}
        assert seen == [f"n{number}" for number in (range(5) if order == "asc" else range(4, -1, -1))]


async def test_a_cursor_is_good_for_its_own_list_alone(trier: httpx.AsyncClient, trying: Running) -> None:
    for number in range(3):
        await make(trier, f"n{number}")
    cursor = (await trier.get(PATH, params={"limit": 1})).json()["meta"]["next_cursor"]
    other = await organisation(trying)
    tampered = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    uses = [
        trier.get(PATH, params={"cursor": tampered}),
        trier.get(PATH, params={"cursor": cursor[:20]}),
        trier.get(PATH, params={"cursor": "grp_1"}),
        trier.get(PATH, params={"cursor": "é" * 20}),
        trier.get(PATH, params={"cursor": cursor, "order": "asc"}),
        trier.get(f"{PATH}/others", params={"cursor": cursor}),
        other.client("user").get(PATH, params={"cursor": cursor}),
    ]
    for answer in await asyncio.gather(*uses):
        assert answer.status_code == 422
        assert [issue["field"] for issue in answer.json()["error"]["details"]] == ["cursor"]
    for usable in (cursor, ""):
        assert (await trier.get(PATH, params={"cursor": usable})).status_code == 200
    await other.aclose()


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "order=up"])
async def test_a_page_that_cannot_be_is_refused_by_name(query: str, trier: httpx.AsyncClient) -> None:
    answer = await trier.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == query.partition("=")[0]


async def test_an_unknown_field_is_refused_with_the_nearest_known_one(trier: httpx.AsyncClient) -> None:
    answer = await trier.post(PATH, json={"nmae": "x", "name": "x"})
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"
    assert answer.json()["error"]["details"] == [{"field": "nmae", "message": "unknown field; did you mean 'name'?"}]


async def test_a_head_request_gets_the_headers_of_a_get(trier: httpx.AsyncClient) -> None:
    made = await make(trier)
    path = f"{PATH}/{made.json()['data']['id']}"
    head, get = await trier.head(path), await trier.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert set(head.headers) == set(get.headers)
    assert head.headers["etag"] == get.headers["etag"]
    assert (await trier.head("/health")).status_code == 200
    assert (await trier.head("/v1/nothing")).status_code == 404


@pytest.mark.parametrize("method", ["OPTIONS", "DELETE", "PUT", "TRACE"])
async def test_a_method_a_path_does_not_have_is_said_with_those_it_has(method: str, trier: httpx.AsyncClient) -> None:
    answer = await trier.request(method, "/v1/me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1", "/v1/nothing", "/v1/me/", "/v2/me", "/oai", "/v1/../v1/me2", "/v1//me"]
)
async def test_an_unknown_path_is_said_in_our_own_shape(path: str, trier: httpx.AsyncClient) -> None:
    answer = await trier.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"status", "error", "meta"}
    assert answer.json()["error"]["code"] == "NOT_FOUND"
    problem = await trier.get(path, headers=PROBLEM)
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 404


async def test_an_unknown_path_of_the_openai_surface_is_said_in_openais_shape(trier: httpx.AsyncClient) -> None:
    answer = await trier.get("/oai/v1/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


async def test_a_fault_of_ours_says_nothing_of_itself_in_any_dialect(triers: Organisation) -> None:
    client = triers.client("user")
    plain = await client.get(f"{PATH}/broken")
    assert (plain.status_code, plain.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert plain.json()["meta"]["request_id"] == plain.headers["x-request-id"]
    problem = await client.get(f"{PATH}/broken", headers=PROBLEM)
    assert (problem.status_code, problem.json()["code"]) == (500, "INTERNAL_ERROR")
    for answer in (plain, problem):
        assert "a-secret-in-a-stack" not in answer.text
        assert "ZeroDivision" not in answer.text
