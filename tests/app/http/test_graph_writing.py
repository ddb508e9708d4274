"""Things and relations that people write in a graph."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx
import pytest

from tests.world.graphs import Atlas, atlas
from tests.world.models import code, data
from tests.world.people import Organisation


@pytest.fixture
async def plans(acme: Organisation) -> Atlas:
    """A graph of two documents, one of which the viewer may not read."""
    made = await atlas(acme, "public", "secret")
    await made.say("public", ("Ada", "works for", "Acme"))
    await made.say("secret", ("Ada", "leads", "Project X"), ("Project X", "costs", "Million"))
    await made.hide("secret", "viewer")
    return made


async def names(client: httpx.AsyncClient, plans: Atlas) -> list[str]:
    return [node["name"] for node in data(await client.get(f"{plans.path}/nodes"))["nodes"]]


async def types(client: httpx.AsyncClient, plans: Atlas) -> list[str]:
    return [edge["type"] for edge in data(await client.get(f"{plans.path}/edges"))["edges"]]


async def test_a_thing_is_written_shown_changed_and_taken_out(acme: Organisation, plans: Atlas) -> None:
    admin, nodes = acme.client("admin"), f"{plans.path}/nodes"
    said = {"name": "Grace Hopper", "labels": ["Person"], "properties": {"rank": "admiral", "born": 1906}}
    made = data(await admin.post(nodes, json=said), 201)
    assert made | said == made
    assert (made["degree"], made["documents"], made["manual"], made["graph_available"]) == (0, [], True, True)
    one = f"{nodes}/{made['id']}"
    assert data(await admin.get(one)) == made
    changed = data(await admin.patch(one, json={"name": "Amazing Grace", "properties": {}}))
    assert changed == made | {"name": "Amazing Grace", "properties": {}}
    put = data(await admin.put(one, json={"name": "Grace", "labels": ["Admiral"]}))
    assert put == made | {"name": "Grace", "labels": ["Admiral"], "properties": {}}
    assert data(await admin.delete(one)) == {"deleted": True, "graph_available": True}
    assert code(await admin.get(one)) == (404, "NODE_NOT_FOUND")
    assert (await admin.delete(one)).status_code == 404


async def test_a_relation_is_written_shown_changed_and_taken_out(acme: Organisation, plans: Atlas) -> None:
    admin, edges = acme.client("admin"), f"{plans.path}/edges"
    said = {"source_id": plans.node_id("Acme"), "target_id": plans.node_id("Ada"), "type": "is proud of"}
    made = data(await admin.post(edges, json=said), 201)
    assert made | said | {"type": "IS_PROUD_OF", "properties": {}} == made
    one = f"{edges}/{made['id']}"
    assert data(await admin.get(one)) == made
    assert data(await admin.patch(one, json={"properties": {"since": 1843}})) == made | {"properties": {"since": 1843}}
    moved = data(await admin.put(one, json=said | {"type": "pays"}))
    assert (moved["type"], moved["properties"], moved["id"] != made["id"]) == ("PAYS", {}, True)
    assert code(await admin.get(one)) == (404, "EDGE_NOT_FOUND")
    assert data(await admin.delete(f"{edges}/{moved['id']}"))["deleted"]
    assert sorted(await types(admin, plans)) == ["COSTS", "LEADS", "WORKS_FOR"]


async def test_what_is_written_of_a_hidden_thing_shows_it_to_nobody(acme: Organisation, plans: Atlas) -> None:
    admin, user = acme.client("admin"), acme.client("viewer")
    before = data(await user.get(f"{plans.path}/stats")), await names(user, plans), await types(user, plans)
    hidden = plans.node_id("Project X")
    data(await admin.patch(f"{plans.path}/nodes/{hidden}", json={"name": "X", "properties": {"budget": 5}}))
    between = {"source_id": plans.node_id("Acme"), "target_id": hidden, "type": "pays for"}
    data(await admin.post(f"{plans.path}/edges", json=between), 201)
    costs = next(
        edge["id"] for edge in data(await admin.get(f"{plans.path}/edges"))["edges"] if edge["type"] == "COSTS"
    )
    data(await admin.patch(f"{plans.path}/edges/{costs}", json={"properties": {"how": "much"}}))
    assert (data(await user.get(f"{plans.path}/stats")), await names(user, plans), await types(user, plans)) == before
    assert (await user.get(f"{plans.path}/nodes/{hidden}")).status_code == 404
    walk = {"start_node_id": plans.node_id("Acme"), "depth": 3}
    assert [node["name"] for node in data(await user.post(f"{plans.path}/traverse", json=walk))["nodes"]] == [
        "Acme",
        "Ada",
    ]
    assert data(await user.get(f"{plans.path}/nodes/{plans.node_id('Acme')}"))["degree"] == 1
    assert data(await admin.get(f"{plans.path}/nodes/{hidden}"))["properties"] == {"budget": 5}
    assert data(await admin.get(f"{plans.path}/nodes/{plans.node_id('Acme')}"))["degree"] == 2


async def test_what_is_taken_out_stays_out_whatever_documents_say(acme: Organisation, plans: Atlas) -> None:
    admin, user = acme.client("admin"), acme.client("viewer")
    data(await admin.delete(f"{plans.path}/nodes/{plans.node_id('Acme')}"))
    assert await names(user, plans) == ["Ada"]
    assert await types(user, plans) == []
    await plans.say("public", ("Ada", "works for", "Acme"), ("Acme", "builds", "Engine"))
    assert await names(user, plans) == ["Ada", "Engine"]
    assert data(await user.get(f"{plans.path}/stats"))["edge_count"] == 0
    data(await admin.post(f"{plans.path}/nodes", json={"name": "Acme"}), 201)
    assert await names(user, plans) == ["Acme", "Ada", "Engine"]
    assert len(await types(user, plans)) == 2


async def test_the_same_is_not_written_twice(acme: Organisation, plans: Atlas) -> None:
    admin = acme.client("admin")
    data(await admin.post(f"{plans.path}/nodes", json={"name": "Zuse"}), 201)
    again = await admin.post(f"{plans.path}/nodes", json={"name": "the ZUSE"})
    assert code(again) == (409, "GRAPH_FACT_EXISTS")
    keyed = {"Idempotency-Key": "one"}
    first = await admin.post(f"{plans.path}/nodes", json={"name": "Z3"}, headers=keyed)
    second = await admin.post(f"{plans.path}/nodes", json={"name": "Z3"}, headers=keyed)
    assert (first.status_code, first.json()["data"]) == (second.status_code, second.json()["data"])


async def test_only_editors_of_graphs_who_may_write_the_collection_write(acme: Organisation, plans: Atlas) -> None:
    said = {"name": "Mine"}
    refused = await acme.client("viewer").post(f"{plans.path}/nodes", json=said)
    assert code(refused) == (403, "AUTHZ_PERMISSION_DENIED")
    await acme.person("editor", "tenant_user", permissions=["scaimatrix:view", "scaimatrix:graph_edit"])
    assert (await acme.client("editor").post(f"{plans.path}/nodes", json=said)).status_code == 403


async def test_what_has_changed_since_it_was_seen_is_not_changed_again(acme: Organisation, plans: Atlas) -> None:
    admin, nodes, edges = acme.client("admin"), f"{plans.path}/nodes", f"{plans.path}/edges"
    made = await admin.post(nodes, json={"name": "Grace"})
    between = {"source_id": plans.node_id("Acme"), "target_id": plans.node_id("Ada"), "type": "likes"}
    tied = await admin.post(edges, json=between)
    for answer, path in ((made, nodes), (tied, edges)):
        one, seen = f"{path}/{data(answer, 201)['id']}", answer.headers["etag"]
        assert (await admin.get(one)).headers["etag"] == seen
        assert (await admin.get(one, headers={"If-None-Match": seen})).status_code == 304
        changed = await admin.patch(one, json={"properties": {"a": 1}}, headers={"If-Match": seen})
        assert data(changed)["properties"] == {"a": 1}
        stale = {"If-Match": seen}
        assert code(await admin.patch(one, json={"properties": {}}, headers=stale)) == (412, "PRECONDITION_FAILED")
        assert (await admin.delete(one, headers=stale)).status_code == 412
        assert data(await admin.get(one))["properties"] == {"a": 1}
        assert (await admin.delete(one, headers={"If-Match": changed.headers["etag"]})).status_code == 200


async def test_of_several_who_change_what_they_have_seen_at_once_one_does(acme: Organisation, plans: Atlas) -> None:
    admin, nodes, edges = acme.client("admin"), f"{plans.path}/nodes", f"{plans.path}/edges"
    between = {"source_id": plans.node_id("Acme"), "target_id": plans.node_id("Ada"), "type": "likes"}
    for path, said in ((nodes, {"name": "Grace"}), (edges, between)):
        made = await admin.post(path, json=said)
        one, seen = f"{path}/{data(made, 201)['id']}", {"If-Match": made.headers["etag"]}
        answers = await asyncio.gather(
            *(admin.patch(one, json={"properties": {"by": number}}, headers=seen) for number in range(6))
        )
        assert sorted(answer.status_code for answer in answers) == [200, *[412] * 5]
        kept = next(answer for answer in answers if answer.is_success)
        assert data(await admin.get(one)) == data(kept)


async def test_of_several_who_change_the_same_at_once_all_do_one_after_another(
    acme: Organisation, plans: Atlas
) -> None:
    admin, nodes = acme.client("admin"), f"{plans.path}/nodes"
    one = f"{nodes}/{data(await admin.post(nodes, json={'name': 'Grace'}), 201)['id']}"
    answers = await asyncio.gather(*(admin.patch(one, json={"properties": {"by": number}}) for number in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert data(await admin.get(one))["properties"]["by"] in range(6)


async def test_another_order_than_that_of_names_is_refused_and_not_passed_over(
    acme: Organisation, plans: Atlas
) -> None:
    answer = await acme.client("admin").get(f"{plans.path}/nodes?order=desc")
    assert code(answer) == (422, "VALIDATION_ERROR")


async def test_pages_go_on_after_the_longest_of_names(acme: Organisation, plans: Atlas) -> None:
    admin, edges = acme.client("admin"), f"{plans.path}/edges"
    ends = [
        data(await admin.post(f"{plans.path}/nodes", json={"name": letter * 200}), 201)["id"] for letter in ("𐐨", "𐐩")
    ]
    for kind in ("𐐪", "𐐫"):
        between = {"source_id": ends[0], "target_id": ends[1], "type": kind * 200}
        data(await admin.post(edges, json=between), 201)
    seen, cursor = list[str](), cast("str | None", "")
    while cursor is not None:
        page = await admin.get(edges, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        seen += [edge["id"] for edge in data(page)["edges"]]
        cursor = page.json()["meta"]["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
