"""How little a search asks of the database, the request that brings it included."""

from __future__ import annotations

import pytest

from tests.world.passages import written
from tests.world.people import Organisation
from tests.world.statements import BEGIN, fewest

pytestmark = pytest.mark.sqlite  # where a transaction begins with a statement
MODULE = "/v1/modules/scaimatrix"
MOST = 12  # four times BEGIN, and eight questions


async def test_a_search_opens_no_session(acme: Organisation) -> None:
    """Who comes in; what may be asked and of what; what was found and may be read; why it is so little."""
    await acme.person("reader", permissions=["scaimatrix:search"])
    there = await written(acme, {"quay": ["The quay is closed in winter."]})
    path, asked = (
        f"{MODULE}/collections/{there.id}/search",
        {"query": "When is the quay closed?", "search_type": "keyword"},
    )
    async with acme.client("reader") as client:
        for _ in range(2):
            answer = await client.post(path, json=asked)
        said = await fewest(acme.running.platform.database, lambda: client.post(path, json=asked), MOST)
    assert answer.json()["data"]["total"] == 1
    begun = [thread for thread, statement in said if statement == BEGIN]
    assert sorted(begun) == ["access", "access", "epochs", "looks"]
    assert sum(statement.startswith("SELECT") for _, statement in said) <= 8
    assert {thread for thread, _ in said} == {"access", "looks", "epochs"}
