"""What is kept of an assistant's call: times, ids and numbers, each document for its readers alone."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select

from acl.facts import Effect, PrincipalType
from app.accounting.tables import CallStages, UsageEvent
from app.db.tenancy import Reach
from rag.personas.values import Grounding, SearchType, Strategy
from tests.leakage.surfaces import reading, shut
from tests.rag.personas.conftest import Desk, turns
from tests.rag.personas.test_calling import ASKED, usage_of
from tests.world import openai_answers as says
from tests.world.assistants import Assistant, streamed
from tests.world.patience import eventually
from tests.world.people import organisation
from tests.world.shelves import enter

STAGES = "/v1/accounting/stages"


async def stages(client: httpx.AsyncClient, called: Assistant) -> list[dict[str, Any]]:
    answer = await client.get(STAGES, params={"model": called.slug})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["data"]["items"]
    return items


async def noted(desk: Desk, name: str, called: Assistant) -> dict[str, Any]:
    """What somebody is told of the one call, once it is in the books."""
    (one,) = await eventually(lambda: stages(desk.acme.client(name), called))
    return one


async def asked(desk: Desk, name: str, says_: str = "Closed [1].", **more: Any) -> Assistant:
    """An assistant that somebody has asked once."""
    helper = await desk.assistant(**more)
    desk.up.says(says.completion(says_))
    await desk.ask(name, helper, ASKED)
    return helper


def by_name(desk: Desk, one: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    names = {id_: name for name, id_ in desk.place.shelf.documents.items()}
    return {names[use["document_id"]]: (use["found"], use["offered"], use["cited"]) for use in one["documents"]}


async def test_a_call_tells_what_it_went_through(desk: Desk) -> None:
    helper = await asked(desk, "user")
    one = await noted(desk, "user", helper)
    assert [stage["stage"] for stage in one["stages"]] == ["access", "keyword", "passages", "rest", "answer"]
    assert all(stage["ms"] >= 0 for stage in one["stages"])
    (call,) = await usage_of(desk, helper.slug)
    assert (one["call_id"], one["request_id"]) == (call["id"], call["request_id"])
    assert sum(stage["ms"] for stage in one["stages"]) <= call["latency_ms"]
    came = by_name(desk, one)
    assert set(came) == {"open", "secret"}
    assert sorted(came.values()) == [(1, 1, 0), (1, 1, 1)]


@pytest.mark.parametrize("path", ["/v1/inference/chat", "/oai/v1/chat/completions"])
async def test_a_stream_is_noted_to_its_end(desk: Desk, path: str) -> None:
    helper = await desk.assistant()
    desk.up.says(says.stream([says.frame(says.chunk({"content": "Closed [2]."})), says.DONE]))
    await streamed(desk.acme.client("user"), path, model=helper.slug, messages=turns(ASKED))
    one = await noted(desk, "user", helper)
    assert sum(cited for _, _, cited in by_name(desk, one).values()) == 1


async def test_thinking_has_its_own_time(desk: Desk) -> None:
    helper = await desk.assistant(strategy=Strategy.MULTI_STEP)
    desk.up.says(says.completion('{"queries": ["dusk"]}'), says.completion("Closed [1]."))
    await desk.ask("user", helper, ASKED)
    found = await eventually(lambda: stages(desk.acme.client("user"), helper))
    assert "model" in [stage["stage"] for stage in found[0]["stages"]]
    assert len(found) == 1, "what an assistant asks of its own model is no call that something was looked for"


async def test_where_nothing_is_found_times_are_all_there_is(desk: Desk) -> None:
    helper = await desk.assistant(grounding=Grounding.STRICT)
    await desk.ask("user", helper, "zeppelin")
    one = await noted(desk, "user", helper)
    assert one["documents"] == []


async def test_each_reader_sees_the_documents_they_may_read_and_no_trace_of_others(desk: Desk) -> None:
    """Somebody who may see all calls, and not all documents, reads of one."""
    watcher = await desk.acme.person("watcher", "partner_viewer")
    secret = desk.place.shelf.documents["secret"]
    await desk.place.enter(Effect.DENY, (PrincipalType.USER, watcher.id), ["secret"])
    helper = await asked(desk, "user")
    whole, less = await noted(desk, "user", helper), await noted(desk, "watcher", helper)
    assert set(by_name(desk, whole)) == {"open", "secret"}
    assert set(by_name(desk, less)) == {"open"}
    assert secret not in json.dumps(less)
    assert {**less, "documents": whole["documents"]} == whole, "and nothing else tells that there was more"


async def test_a_chokepoint_that_drops_everything_leaves_no_document(desk: Desk) -> None:
    helper = await asked(desk, "user")
    whole = await noted(desk, "user", helper)
    async with reading(desk.acme.running, refit=shut) as emptied, emptied.client(desk.acme.people["user"].key) as user:
        (left,) = await stages(user, helper)
    assert {**whole, "documents": []} == left


async def test_who_asked_loses_what_they_may_read_no_more(desk: Desk) -> None:
    helper = await asked(desk, "user")
    assert set(by_name(desk, await noted(desk, "user", helper))) == {"open", "secret"}
    documents, whom = desk.place.shelf.documents, (PrincipalType.USER, desk.acme.people["user"].id)
    await enter(desk.acme, documents["secret"], Effect.DENY, whom)
    assert set(by_name(desk, await noted(desk, "user", helper))) == {"open"}
    path = f"/v1/modules/scaimatrix/collections/{desk.place.id}/documents/{documents['open']}"
    assert (await desk.acme.client("admin").delete(path)).status_code == 200
    assert (await noted(desk, "user", helper))["documents"] == []
    assert set(by_name(desk, await noted(desk, "admin", helper))) == {"secret"}, "and of what is deleted nobody is told"


async def test_calls_of_others_are_as_if_they_were_none(desk: Desk) -> None:
    helper = await asked(desk, "user")
    assert await noted(desk, "admin", helper)
    other = await organisation(desk.acme.running)
    for client in (desk.acme.client("peer"), other.client("admin"), desk.acme.client("viewer")):
        assert await stages(client, helper) == []
    refused = await desk.acme.client("peer").get(STAGES, params={"scope": "tenant"})
    assert refused.status_code == 403
    told = await desk.root.get(STAGES, params={"scope": "all", "model": helper.slug})
    assert set(by_name(desk, told.json()["data"]["items"][0])) == {"open", "secret"}
    await other.aclose()


async def test_nothing_of_what_was_said_is_kept_and_it_goes_with_its_call(desk: Desk) -> None:
    helper = await asked(desk, "user", search_type=SearchType.KEYWORD)
    one = await noted(desk, "user", helper)
    async with desk.acme.running.platform.transactions.open(Reach.one(desk.acme.id)) as transaction:
        session = transaction.session
        (row,) = await session.scalars(select(CallStages).where(CallStages.call_id == one["call_id"]))
        assert set(row.said) == {"ms", "uses"}
        assert all(isinstance(ms, int) for ms in row.said["ms"].values())
        documents = set(desk.place.shelf.documents.values())
        assert all(id_ in documents and {type(n) for n in counts} == {int} for id_, *counts in row.said["uses"])
        session.expunge(row)
        await session.execute(delete(UsageEvent).where(UsageEvent.id == one["call_id"]))
        assert (await session.scalars(select(CallStages).where(CallStages.call_id == one["call_id"]))).all() == []
