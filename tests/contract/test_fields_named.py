"""A 422 names the field as it was sent: its path in the body, and nothing of how we read bodies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.indexing.collections.shelving import make
from tests.world.models import fields
from tests.world.people import Organisation


async def _search_path(acme: Organisation) -> str:
    made = await make(acme.client("admin"))
    return f"/v1/modules/scaimatrix/collections/{made['id']}/search"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["query"]),
        ({"query": ""}, ["query"]),
        ({"query": 5}, ["query"]),
        ({"query": "x", "top_k": 0, "min_score": 2}, ["top_k", "min_score"]),
        ({"query": "x", "filters": {"body": 1}}, ["filters.body"]),
        ({"query": "x", "filters": {"metadata": {"tags": ["a"]}}}, ["filters.metadata.tags"]),
        ({"query": "x", "path": 1}, ["path"]),
    ],
)
async def test_of_a_search(body: dict[str, Any], named: list[str], acme: Organisation) -> None:
    assert fields(await acme.client("admin").post(await _search_path(acme), json=body)) == named


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"op": "remove_ace"}, ["changes.0.ace_id"]),
        ({"op": "add_ace", "ace": {"ace_type": "maybe"}}, ["ace_type", "principal_type", "permissions"]),
        ({"op": "rename"}, ["changes.0.op"]),
        ({"op": "set_owner", "owner": "x"}, ["changes.0.owner_id", "changes.0.owner"]),
    ],
)
async def test_of_a_change_of_several_kinds(change: dict[str, Any], named: list[str], acme: Organisation) -> None:
    made = await make(acme.client("admin"))
    path = f"/v1/modules/scaimatrix/permissions/collection/{made['id']}/rehearse"
    found = fields(await acme.client("admin").post(path, json={"changes": [change]}))
    assert found == [name if name.startswith("changes") else f"changes.0.ace.{name}" for name in named]


async def test_of_a_query_string(acme: Organisation) -> None:
    assert fields(await acme.client("admin").get("/v1/users", params={"limit": 0})) == ["limit"]


async def test_what_may_be_left_out_may_be_null(acme: Organisation) -> None:
    said = {"query": "x", "filters": None, "rerank": None}
    assert (await acme.client("admin").post(await _search_path(acme), json=said)).status_code == 200
