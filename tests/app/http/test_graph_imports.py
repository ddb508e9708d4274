"""Files of things and relations, written in a graph as one."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from rag.graphs.importing import MOST_OUTSIDE
from tests.world.graphs import Atlas, atlas
from tests.world.models import code, data, fields
from tests.world.people import Organisation

NDJSON = {"Content-Type": "application/x-ndjson"}
ADA: dict[str, Any] = {"kind": "node", "name": "Ada", "labels": ["Person"], "properties": {"born": 1815}}
ENGINE: dict[str, Any] = {"kind": "node", "name": "The Engine"}
KNOWS: dict[str, Any] = {"kind": "edge", "source_id": "Ada", "target": "engine", "type": "describes"}


@pytest.fixture
async def empty(acme: Organisation) -> Atlas:
    return await atlas(acme)


async def send(client: httpx.AsyncClient, into: Atlas, *lines: Any, **headers: str) -> httpx.Response:
    body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return await client.post(f"{into.path}/import", content=body.encode(), headers={**NDJSON, **headers})


async def stats(client: httpx.AsyncClient, of: Atlas) -> tuple[int, int]:
    said = data(await client.get(f"{of.path}/stats"))
    return said["node_count"], said["edge_count"]


async def test_a_file_is_written_as_one_and_may_be_sent_again(acme: Organisation, empty: Atlas) -> None:
    admin = acme.client("admin")
    for _ in range(2):
        answer = data(await send(admin, empty, KNOWS, ADA, "", ENGINE))
        assert answer == {"node_count": 2, "edge_count": 1, "graph_available": True}
        assert await stats(admin, empty) == (2, 1)
    edge = data(await admin.get(f"{empty.path}/edges"))["edges"][0]
    assert (edge["source_id"], edge["target_id"]) == (empty.node_id("Ada"), empty.node_id("engine"))
    more = {"kind": "node", "name": "Babbage"}, {**KNOWS, "source_id": empty.node_id("Ada"), "target": "Babbage"}
    data(await send(admin, empty, *more))
    assert await stats(acme.client("viewer"), empty) == (3, 2)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ("{broken", "line 2"),
        ({"kind": "thing", "name": "x"}, "line 2"),
        ({"kind": "node", "name": "?!"}, "line 2"),
        ({"kind": "node", "name": "x", "properties": {"a": [1]}}, "line 2"),
        ({"kind": "edge", "source_id": "Ada", "type": "x"}, "line 2"),
        ({**KNOWS, "target": "nobody"}, "line 2"),
        ({**KNOWS, "target": "Ada"}, "line 2"),
        ({**KNOWS, "target": "nod_00000000000000000000000000"}, "line 2"),
    ],
)
async def test_one_wrong_line_and_nothing_is_written(acme: Organisation, empty: Atlas, wrong: Any, where: str) -> None:
    admin = acme.client("admin")
    assert set(fields(await send(admin, empty, ADA, wrong, ENGINE))) == {where}
    assert await stats(admin, empty) == (0, 0)


async def test_more_than_the_graph_may_hold_is_refused_whole(acme: Organisation, empty: Atlas) -> None:
    admin = acme.client("admin")
    collection = f"/v1/modules/scaimatrix/collections/{empty.id}"
    data(await admin.patch(collection, json={"graph_max_nodes": 2}))
    assert code(await send(admin, empty, ADA, ENGINE, {"kind": "node", "name": "Third"})) == (409, "GRAPH_FULL")
    assert await stats(admin, empty) == (0, 0)
    data(await send(admin, empty, ADA, ENGINE))


async def test_what_a_file_names_and_has_not_is_looked_up_at_once(acme: Organisation, empty: Atlas) -> None:
    """A thousand of them at most."""
    admin, many = acme.client("admin"), [f"Thing {number}" for number in range(MOST_OUTSIDE + 1)]
    data(await send(admin, empty, *({"kind": "node", "name": name} for name in many)))
    ties = [{**KNOWS, "source_id": "Ada", "target": empty.node_id(name)} for name in many]
    for wrong in ((ADA, *ties), (ADA, *ties[:3], {**KNOWS, "target": empty.node_id("Nobody")})):
        assert set(fields(await send(admin, empty, *wrong))) == {f"line {len(wrong)}"}
        assert await stats(admin, empty) == (len(many), 0)
    data(await send(admin, empty, ADA, *ties[:-1]))
    assert await stats(admin, empty) == (len(many) + 1, MOST_OUTSIDE)


async def test_something_else_than_lines_is_refused(acme: Organisation, empty: Atlas) -> None:
    answer = await acme.client("admin").post(f"{empty.path}/import", json=[ADA])
    assert code(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_file_with_a_key_is_written_once(acme: Organisation, empty: Atlas) -> None:
    admin = acme.client("admin")
    answers = [await send(admin, empty, ADA, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true"]
    assert code(await send(admin, empty, ENGINE, **{"Idempotency-Key": "k"}))[0] in {409, 422}
