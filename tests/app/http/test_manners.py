"""How every answer behaves, whatever it is about."""

from __future__ import annotations

import httpx
import pytest

from tests.world.people import Organisation
from tests.world.platform import Running


async def test_every_answer_carries_a_request_id_and_keeps_a_sane_one(root: httpx.AsyncClient) -> None:
    minted = await root.get("/v1/me")
    assert minted.headers["x-request-id"] == minted.json()["meta"]["request_id"]
    kept = await root.get("/v1/me", headers={"X-Request-Id": "my-own-id-123"})
    assert kept.headers["x-request-id"] == "my-own-id-123"
    insane = await root.get("/v1/me", headers={"X-Request-Id": "a b<script>"})
    assert insane.headers["x-request-id"].startswith("req_")


async def test_who_sends_no_credential_is_told_how(running: Running) -> None:
    async with running.client() as stranger:
        answer = await stranger.get("/v1/me")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "AUTH_TOKEN_MISSING"


async def test_the_same_facts_come_as_a_problem_document_when_asked_for(running: Running) -> None:
    async with running.client("sgk_" + "x" * 40) as stranger:
        answer = await stranger.get("/v1/me", headers={"Accept": "application/problem+json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "AUTH_TOKEN_INVALID"
    assert answer.json()["status"] == 401


@pytest.mark.parametrize(
    ("accept", "problem"),
    [
        ("application/problem+json", True),
        ("application/json, application/problem+json", True),
        ("application/json;q=0.5, application/problem+json;q=0.9", True),
        ("application/json, application/problem+json;q=0.5", False),
        ("application/problem+json;q=0", False),
        ("*/*", False),
    ],
)
async def test_a_problem_document_is_for_those_who_want_one_no_less_than_json(
    running: Running, accept: str, *, problem: bool
) -> None:
    async with running.client() as stranger:
        answer = await stranger.get("/v1/me", headers={"Accept": accept})
    assert (answer.headers["content-type"] == "application/problem+json") is problem


async def test_a_person_sees_who_they_are(acme: Organisation) -> None:
    answer = await acme.client("viewer").get("/v1/me")
    assert answer.json()["data"]["tenant_slug"] == acme.slug
    assert "scaimatrix:search" in answer.json()["data"]["permissions"]
