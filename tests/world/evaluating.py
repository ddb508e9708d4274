"""Sets of cases of one test, made through the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from tests.world.models import data
from tests.world.personas import PERSONAS
from tests.world.platform import unique

SETS = "/v1/evals/sets"
LINES = {"Content-Type": "application/x-ndjson"}


def jsonl(*cases: Mapping[str, Any]) -> bytes:
    """Cases as a file."""
    return "\n".join(map(json.dumps, cases)).encode()


def asks(number: int, **said: Any) -> dict[str, Any]:
    """A case."""
    return {"id": f"case-{number}", "question": f"What is number {number}?", **said}


async def eval_set(client: httpx.AsyncClient, *cases: Mapping[str, Any], **said: Any) -> Any:
    """Make a set that asks these."""
    one = data(await client.post(SETS, json={"name": unique("Harbour"), **said}), 201)
    if cases:
        data(await client.put(f"{SETS}/{one['id']}/file", content=jsonl(*cases), headers=LINES))
    return one


async def eval_ids(client: httpx.AsyncClient, mark: str) -> dict[str, str]:
    """Make one that asks two things; gives its id, and that of the first."""
    cases = ({"id": f"{mark}-{number}", "question": f"{mark} {number}"} for number in (1, 2))
    one = await eval_set(client, *cases, name=mark)
    return {"set_id": one["id"], "case_id": f"{mark}-1"}


async def gated_ids(client: httpx.AsyncClient, mark: str, persona_ids: Mapping[str, str]) -> dict[str, str]:
    """Make one that the gate of a persona asks for; gives the ids of all of them."""
    made = await eval_ids(client, mark)
    data(await client.put(f"{PERSONAS}/{persona_ids['persona_id']}/gate", json={"set_id": made["set_id"]}))
    return {**persona_ids, **made}
