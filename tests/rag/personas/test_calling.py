"""Assistants in model groups and over failing backends, what their calls cost, and calls that are broken off."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from rag.personas.values import StatusMode
from tests.rag.personas.conftest import OPEN, SECRET, Desk, turns
from tests.world import openai_answers as says
from tests.world.assistants import assistant, streamed
from tests.world.passages import written
from tests.world.patience import PATIENCE, eventually, until
from tests.world.platform import unique
from tests.world.served import model_on
from tests.world.upstream import Answer, upstream

ASKED = "What does the harbour master do at the harbour?"


async def group(desk: Desk, *slugs: str) -> str:
    """A group of models of the tenant."""
    body = {"slug": unique("group"), "display_name": "Group", "scope_type": "tenant", "scope_id": desk.acme.id}
    made = (await desk.root.post("/v1/model-groups", json=body)).json()["data"]
    for slug in slugs:
        answer = await desk.root.post(f"/v1/model-groups/{made['id']}/members", json={"model_slug": slug})
        assert answer.status_code == 201, answer.text
    return str(made["slug"])


async def usage_of(desk: Desk, slug: str, count: int = 1) -> list[dict[str, Any]]:
    """What accounting says of a model, once that many calls of it have been written."""

    async def booked() -> list[dict[str, Any]]:
        answer = await desk.acme.client("admin").get("/v1/accounting/usage", params={"model": slug})
        items: list[dict[str, Any]] = answer.json()["data"]["items"]
        return items if len(items) >= count else []

    return await eventually(booked)


async def test_in_a_group_whoever_answers_is_given_its_own_context(desk: Desk) -> None:
    """Persona slugs are first-class members of model groups, and the caller's rights hold there too."""
    bakery = await written(desk.acme, {"bread": ["The harbour master buys bread at dawn. " * 4]})
    async with upstream() as broken:
        broken.says(says.error(503))
        first = await assistant(desk.personas, desk.acme, desk.root, [broken], desk.place)
        second = await assistant(desk.personas, desk.acme, desk.root, [desk.up], bakery)
        slug = await group(desk, first.slug, second.slug)
        desk.up.says(says.completion("Bread [1]."))
        body = {"model": slug, "messages": turns(ASKED)}
        answer = (await desk.acme.client("peer").post("/v1/inference/chat", json=body)).json()["data"]
        sent = broken.asked[0].json["messages"][0]["content"]
    assert OPEN.strip() in sent
    assert SECRET.strip() not in sent, "the rights of who asks hold wherever the call goes"
    assert "buys bread" in desk.system
    assert OPEN.strip() not in desk.system
    assert answer["model"] == second.slug
    assert [one["document_name"] for one in answer["retrieval"]["citations"]] == ["the words of bread"]
    (item,) = await usage_of(desk, second.slug)
    assert item["model"] == second.slug


async def test_the_next_backend_is_given_the_same_and_looking_is_done_once(desk: Desk) -> None:
    async with upstream() as broken:
        broken.says(says.error(500))
        helper = await assistant(desk.personas, desk.acme, desk.root, [broken, desk.up], desk.place)
        desk.up.says(says.completion("Closed [1]."))
        answer = await desk.ask("user", helper, ASKED)
        assert broken.asked[0].json["messages"] == desk.up.asked[0].json["messages"], "fence and all"
    assert [step["kind"] for step in answer["retrieval"]["steps"]] == ["search"]


async def test_a_call_is_metered_as_the_assistants_own(desk: Desk) -> None:
    """Seed architecture, 7: the persona ends up in usage reports as its own model."""
    helper = await desk.assistant()
    desk.up.says(says.completion("Closed [1]."))
    await desk.ask("user", helper, ASKED)
    (item,) = await usage_of(desk, helper.slug)
    assert (item["input_tokens"], item["output_tokens"]) == (9, 3)
    assert item["user_id"] == desk.acme.people["user"].id


async def test_while_assistants_are_off_none_answers(desk: Desk) -> None:
    helper, admin = await desk.assistant(), desk.acme.client("admin")
    assert (await admin.post("/v1/modules/scaipersona/disable")).is_success
    body = {"model": helper.slug, "messages": turns(ASKED)}
    for extra in ({}, {"stream": True}):
        refused = await desk.acme.client("user").post("/oai/v1/chat/completions", json=body | extra)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "MODULE_NOT_ENABLED")
    assert (await admin.post("/v1/modules/scaipersona/enable")).is_success
    desk.up.says(says.completion("Closed [1]."))
    assert (await desk.ask("user", helper, ASKED))["retrieval"]["citations"]


async def test_while_collections_are_off_assistants_read_none_and_say_so(desk: Desk) -> None:
    helper, admin = await desk.assistant(), desk.acme.client("admin")
    assert (await admin.post("/v1/modules/scaimatrix/disable")).is_success
    desk.up.says(says.completion("I do not know."))
    answer = await desk.ask("user", helper, ASKED)
    assert (answer["retrieval"]["status"], answer["retrieval"]["citations"]) == ("degraded", [])
    assert OPEN.strip() not in str(desk.up.asked[-1].json)


async def test_what_is_set_aside_before_a_call_counts_what_was_found(desk: Desk) -> None:
    helper = await desk.assistant(model={"max_output_tokens": 10})
    said = {"scope": "user", "scope_id": desk.acme.people["user"].id, "period": "daily", "token_limit": 150}
    answer = await desk.acme.client("admin").post("/v1/accounting/budgets", json={**said, "hard_action": "block"})
    assert answer.status_code == 201, answer.text
    desk.up.says(Answer(silent=True))
    asking = asyncio.create_task(desk.ask("user", helper, ASKED))
    await until(lambda: desk.up.asked)
    refused = await desk.acme.client("user").post(
        "/v1/inference/chat", json={"model": helper.slug, "messages": turns("Hello?")}
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "BUDGET_EXCEEDED")
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


@pytest.mark.parametrize("mode", [StatusMode.STANDARD, StatusMode.NONE])
async def test_a_client_that_leaves_cancels_the_call_and_is_still_recorded(desk: Desk, mode: StatusMode) -> None:
    helper = await desk.assistant(status_mode=mode)
    desk.up.says(says.stream(says.words(4)[:2], hang=True))
    got = bytearray()

    async def ask() -> None:
        body = {"model": helper.slug, "messages": turns(ASKED), "stream": True}
        async with desk.acme.client("user").stream("POST", "/v1/inference/chat", json=body) as answer:
            async for piece in answer.aiter_bytes():
                got.extend(piece)

    asking = asyncio.create_task(ask())
    await until(lambda: got.count(b"w1"))
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(desk.up.asked[0].gone.wait(), PATIENCE)
    (item,) = await usage_of(desk, helper.slug)
    assert (item["outcome"], item["output_tokens"]) == ("cancelled", 2)


async def test_a_client_that_leaves_before_the_first_frame_cancels_the_call(desk: Desk) -> None:
    helper = await desk.assistant()
    desk.up.says(Answer(silent=True))
    got = bytearray()

    async def ask() -> None:
        body = {"model": helper.slug, "messages": turns(ASKED), "stream": True}
        async with desk.acme.client("user").stream("POST", "/v1/inference/chat", json=body) as answer:
            async for piece in answer.aiter_bytes():
                got.extend(piece)

    asking = asyncio.create_task(ask())
    await until(lambda: desk.up.asked and b"answering" in got)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(desk.up.asked[0].gone.wait(), PATIENCE)
    (item,) = await usage_of(desk, helper.slug)
    assert item["outcome"] == "cancelled"


async def test_a_failure_after_something_was_told_is_an_event_and_before_it_a_status(desk: Desk) -> None:
    helper = await desk.assistant()
    desk.up.says(says.error(500))
    asked = {"model": helper.slug, "messages": turns(ASKED)}
    native = await streamed(desk.acme.client("user"), "/v1/inference/chat", **asked)
    assert native.named("error")[0]["code"] == "BACKEND_ERROR"
    plain = await desk.acme.client("user").post("/oai/v1/chat/completions", json={**asked, "stream": True})
    assert plain.status_code == 502
    assert plain.json()["error"]["code"] == "BACKEND_ERROR"


async def test_a_change_is_there_for_the_next_call(desk: Desk) -> None:
    helper = await desk.assistant()
    desk.up.says(says.completion("Closed [1]."))
    await desk.ask("user", helper, ASKED)
    helper.change(template="Anew: $context", top_k=1)
    answer = await desk.ask("user", helper, ASKED)
    assert "Anew: <passages-" in desk.system
    assert len(answer["retrieval"]["citations"]) == 1


async def test_an_assistant_that_has_just_gone_takes_its_model_with_it(desk: Desk) -> None:
    helper = await desk.assistant()
    del desk.personas.known[helper.id]
    answer = await desk.acme.client("user").post(
        "/v1/inference/chat", json={"model": helper.slug, "messages": turns(ASKED)}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MODEL_NOT_FOUND")


async def test_what_a_window_has_no_room_for_is_left_out_and_told(desk: Desk) -> None:
    helper = await desk.assistant(model={"context_window": 460, "max_output_tokens": 50})
    desk.up.says(says.completion("Closed [1]."))
    answer = await desk.ask("user", helper, ASKED)
    assert len(answer["retrieval"]["citations"]) == 1, "the best is kept whole"
    crowded = await desk.ask("user", helper, "harbour " * 400)
    assert crowded["retrieval"]["status"] == "degraded"
    assert crowded["retrieval"]["citations"] == []


async def test_two_hundred_streams_at_once_are_all_answered_and_keep_nobody_waiting(desk: Desk) -> None:
    helper = await desk.assistant()
    desk.up.says(says.stream([*says.words(12), says.usage_frame(), says.DONE]))
    stalls: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            stalls.append(time.perf_counter() - began - 0.005)

    watching = asyncio.create_task(watch())
    limits = httpx.Limits(max_connections=200)
    key = desk.acme.people["user"].key
    async with desk.acme.running.client(key, limits=limits, timeout=6 * PATIENCE) as client:
        asked = {"model": helper.slug, "messages": turns(ASKED)}
        answers = await asyncio.gather(*(streamed(client, "/v1/inference/chat", **asked) for _ in range(200)))
    watching.cancel()
    assert {answer.text for answer in answers} == {"".join(f"w{n} " for n in range(11))}
    assert all(len(answer.named("retrieval")) == 1 for answer in answers)
    assert stalls, "how long the longest was is what the bench says: here client and server share one loop"


async def test_other_models_are_asked_as_ever(desk: Desk) -> None:
    """A model without an assistant pays nothing: no word of its call is another."""
    model = await model_on(desk.root, desk.up, system_prompt_template="Be brief.")
    desk.up.says(says.completion("Hello [9]."))
    body = {"model": model.slug, "messages": turns(ASKED)}
    answer = (await desk.acme.client("user").post("/v1/inference/chat", json=body)).json()["data"]
    assert answer["choices"][0]["message"]["content"] == "Hello [9]."
    assert "retrieval" not in answer
    assert desk.system == "Be brief."
