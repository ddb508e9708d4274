"""What somebody else would find, shown to who manages a collection, as far as both may read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import MANAGER, Permission
from rag.retrieval.question import Question, Way
from rag.search_as import FoundAs, SearchAs
from tests.rag.asking import WAYS, hits, oracle, search
from tests.rag.test_search_routes import MODULE
from tests.world.models import code
from tests.world.passages import Written, written
from tests.world.people import Organisation, organisation
from tests.world.shelves import enter, withdraw

ASKED = "harbour tide"
TEXTS = {
    "open": ["harbour tide", "harbour of salt"],
    "theirs": ["harbour tide of bread"],  # the manager may not read it
    "mine": ["the tide in the harbour"],  # the reader may not
}


@pytest.fixture
async def there(acme: Organisation) -> Written:
    for name in ("manager", "reader"):
        await acme.person(name, "tenant_viewer")
    made = await written(acme, TEXTS)
    await enter(acme, made.id, Effect.ALLOW, user(acme, "manager"), permissions=MANAGER)
    await made.enter(Effect.DENY, user(acme, "manager"), ["theirs"])
    await made.enter(Effect.DENY, user(acme, "reader"), ["mine"])
    return made


def user(acme: Organisation, name: str) -> tuple[PrincipalType, str]:
    return PrincipalType.USER, acme.people[name].id


async def look(acme: Organisation, there: Written, way: Way = Way.HYBRID, **more: Any) -> FoundAs:
    platform = acme.running.platform
    other = await platform.credentials.of_user(acme.people["reader"].id)
    return await SearchAs(await search(acme, "manager"), other).run(there.id, Question(ASKED, way, **more))


def texts_of(there: Written, *names: str) -> dict[str, str]:
    chunks = [chunk for name in names for chunk in there.chunks[there.shelf.documents[name]]]
    return {chunk: there.texts[chunk] for chunk in chunks}


def withheld(shown: FoundAs) -> list[str]:
    return [seen.value.document_id for seen in shown.withheld]


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_the_answer_of_one_who_read_what_both_may(acme: Organisation, there: Written, way: Way) -> None:
    shown = await look(acme, there, way)
    wanted = oracle(Question(ASKED, way), texts_of(there, "open"))
    assert [id_ for id_, _ in hits(shown.found)] == [id_ for id_, _ in wanted]
    assert [score for _, score in hits(shown.found)] == pytest.approx([score for _, score in wanted])
    assert withheld(shown) == [there.shelf.documents["mine"]]


@pytest.mark.parametrize("way", WAYS)
async def test_what_the_asker_may_not_read_moves_nothing(acme: Organisation, there: Written, way: Way) -> None:
    """Though the other may, and though it would come first."""
    before = await look(acme, there, way, top_k=1)
    await there.write({"theirs": ["harbour tide"] * 20})
    after = await look(acme, there, way, top_k=1)
    assert hits(after.found) == hits(before.found)
    assert after.found.confidence == before.found.confidence
    assert withheld(after) == withheld(before)


async def test_who_reads_a_thing_is_told_to_who_may_read_its_list(acme: Organisation, there: Written) -> None:
    """Its text alone is no right to know that."""
    secret = int(Permission.READ_PERMISSIONS)
    for name in ("open", "mine"):
        await enter(acme, there.shelf.documents[name], Effect.DENY, user(acme, "manager"), permissions=secret)
    shown = await look(acme, there)
    assert (hits(shown.found), withheld(shown)) == ([], [])


async def test_of_a_collection_that_is_not_theirs_they_find_nothing(acme: Organisation, there: Written) -> None:
    """Not even what they may read by its own list."""
    await enter(acme, there.id, Effect.DENY, user(acme, "reader"), permissions=1)
    await enter(acme, there.shelf.documents["open"], Effect.ALLOW, user(acme, "reader"), permissions=1)
    shown = await look(acme, there)
    assert hits(shown.found) == []
    assert sorted(withheld(shown)) == sorted(there.shelf.documents[name] for name in ("open", "mine"))


async def ask(client: httpx.AsyncClient, there: Written, user_id: str, **more: Any) -> httpx.Response:
    body = {"query": ASKED, "as_user_id": user_id, "search_type": "keyword", **more}
    return await client.post(f"{MODULE}/collections/{there.id}/search/as", json=body)


def documents(results: Sequence[Any]) -> set[str]:
    return {hit["document_id"] for hit in results}


async def test_who_reads_all_of_it_is_shown_what_the_other_sees_and_the_trail_says_so(
    acme: Organisation, there: Written
) -> None:
    reader = acme.people["reader"].id
    admin = acme.client("admin")
    shown = (await ask(admin, there, reader, why=True)).json()["data"]
    own = await acme.client("reader").post(
        f"{MODULE}/collections/{there.id}/search", json={"query": ASKED, "search_type": "keyword", "why": True}
    )
    assert {"results": shown["results"], "total": shown["total"]} == own.json()["data"]
    assert documents(shown["withheld"]) == {there.shelf.documents["mine"]}
    trail = (await admin.get("/v1/audit-log", params={"action": "collection.searched_as"})).json()["data"]["items"]
    assert [(entry["target_id"], entry["details"]) for entry in trail] == [(there.id, {"as_user_id": reader})]


async def test_it_is_for_those_who_manage_the_collection(acme: Organisation, there: Written) -> None:
    reader, viewer = acme.people["reader"].id, acme.client("viewer")
    assert code(await ask(viewer, there, reader)) == (403, "AUTHZ_PERMISSION_DENIED")
    hidden = await written(acme, {"it": ["harbour"]}, default_access=DefaultAccess.RESTRICTED)
    assert code(await ask(viewer, hidden, reader)) == (404, "COLLECTION_NOT_FOUND")


@pytest.mark.parametrize("gone", ["missing", "foreign"])
async def test_who_is_not_of_the_tenant_is_not_there(acme: Organisation, there: Written, gone: str) -> None:
    other = (await organisation(acme.running)).people["viewer"].id if gone == "foreign" else "usr_nobody"
    assert code(await ask(acme.client("manager"), there, other)) == (404, "USER_NOT_FOUND")


async def test_a_right_that_is_taken_is_gone_from_the_next_look(acme: Organisation, there: Written) -> None:
    manager, reader = acme.client("manager"), acme.people["reader"].id
    assert (await ask(manager, there, reader)).json()["data"]["total"] > 0
    entry = await enter(
        acme, there.id, Effect.DENY, user(acme, "manager"), permissions=int(Permission.CHANGE_PERMISSIONS)
    )
    assert (await ask(manager, there, reader)).status_code == 403
    await withdraw(acme, entry)
    await there.enter(Effect.DENY, user(acme, "reader"), ["open"])
    assert (await ask(manager, there, reader)).json()["data"]["results"] == []


@pytest.fixture
async def beside(acme: Organisation, there: Written) -> Written:
    """Another collection that the manager manages."""
    made = await written(acme, {"near": ["harbour tide at night"], "far": ["the harbour has a tide of paper"]})
    await enter(acme, made.id, Effect.ALLOW, user(acme, "manager"), permissions=MANAGER)
    await made.enter(Effect.DENY, user(acme, "reader"), ["far"])
    return made


async def look_in_both(
    acme: Organisation, there: Written, beside: Written, way: Way = Way.HYBRID, **more: Any
) -> FoundAs:
    platform = acme.running.platform
    other = await platform.credentials.of_user(acme.people["reader"].id)
    searching = SearchAs(await search(acme, "manager"), other)
    return await searching.run_many([there.id, beside.id], Question(ASKED, way, **more))


@pytest.mark.parametrize("way", WAYS)
async def test_of_several_it_is_the_answer_of_one_who_read_what_both_may(
    acme: Organisation, there: Written, beside: Written, way: Way
) -> None:
    shown = await look_in_both(acme, there, beside, way)
    asked = Question(ASKED, way)
    each = [*oracle(asked, texts_of(there, "open")), *oracle(asked, texts_of(beside, "near"))]
    wanted = sorted(each, key=lambda one: (-one[1], one[0]))
    assert [id_ for id_, _ in hits(shown.found)] == [id_ for id_, _ in wanted]
    assert [score for _, score in hits(shown.found)] == pytest.approx([score for _, score in wanted])
    assert set(withheld(shown)) == {there.shelf.documents["mine"], beside.shelf.documents["far"]}


@pytest.mark.parametrize("way", WAYS)
async def test_what_the_asker_may_not_read_of_one_moves_nothing_of_several(
    acme: Organisation, there: Written, beside: Written, way: Way
) -> None:
    before = await look_in_both(acme, there, beside, way, top_k=1)
    await there.write({"theirs": ["harbour tide"] * 20})
    after = await look_in_both(acme, there, beside, way, top_k=1)
    assert hits(after.found) == hits(before.found)
    assert after.found.confidence == before.found.confidence
    assert withheld(after) == withheld(before)


async def ask_both(client: httpx.AsyncClient, user_id: str, *collection_ids: str, **more: Any) -> httpx.Response:
    asked = {"query": ASKED, "as_user_id": user_id, "search_type": "keyword", "collection_ids": collection_ids}
    return await client.post(f"{MODULE}/search/as", json=asked | more)


async def test_who_reads_all_of_several_is_shown_what_the_other_sees_and_the_trail_names_each(
    acme: Organisation, there: Written, beside: Written
) -> None:
    reader, admin, both = acme.people["reader"].id, acme.client("admin"), [there.id, beside.id]
    shown = (await ask_both(admin, reader, *both, there.id)).json()["data"]
    asked = {"query": ASKED, "search_type": "keyword", "collection_ids": both}
    own = await acme.client("reader").post(f"{MODULE}/search", json=asked)
    assert {"results": shown["results"], "total": shown["total"]} == own.json()["data"]
    assert documents(shown["withheld"]) == {there.shelf.documents["mine"], beside.shelf.documents["far"]}
    trail = (await admin.get("/v1/audit-log", params={"action": "collection.searched_as"})).json()["data"]["items"]
    assert sorted(entry["target_id"] for entry in trail) == sorted(both)
    assert {entry["details"]["as_user_id"] for entry in trail} == {reader}


async def test_several_are_for_those_who_manage_each_of_them(
    acme: Organisation, there: Written, beside: Written
) -> None:
    reader, manager = acme.people["reader"].id, acme.client("manager")
    assert (await ask_both(manager, reader, there.id, beside.id)).is_success
    unmanaged = await written(acme, {"it": ["harbour"]})
    assert code(await ask_both(manager, reader, there.id, unmanaged.id)) == (403, "AUTHZ_PERMISSION_DENIED")
    hidden = await written(acme, {"it": ["harbour"]}, default_access=DefaultAccess.RESTRICTED)
    for other in (there.id, unmanaged.id):  # that one is not there is said first, whatever is wrong with the others
        answers = [await ask_both(manager, reader, other, id_) for id_ in (hidden.id, "col_nothing")]
        assert [code(answer) for answer in answers] == [(404, "COLLECTION_NOT_FOUND")] * 2
        assert answers[0].json()["error"] == answers[1].json()["error"]
    trail = (await acme.client("admin").get("/v1/audit-log", params={"action": "collection.searched_as"})).json()
    assert len(trail["data"]["items"]) == 2


async def test_a_stranger_to_the_tenant_is_nobody_of_several_either(acme: Organisation, there: Written) -> None:
    stranger = (await organisation(acme.running)).people["viewer"].id
    for other in (stranger, "usr_nobody"):
        assert code(await ask_both(acme.client("manager"), other, there.id)) == (404, "USER_NOT_FOUND")


async def test_of_one_collection_both_ways_of_asking_answer_the_same(acme: Organisation, there: Written) -> None:
    reader, manager = acme.people["reader"].id, acme.client("manager")
    alone, among = await ask(manager, there, reader, why=True), await ask_both(manager, reader, there.id, why=True)
    assert alone.json()["data"] == among.json()["data"]
