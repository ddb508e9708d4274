"""Asking a model in our own dialect: whole answers, streams, failures in between, clients that leave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.world import openai_answers as says
from tests.world.patience import PATIENCE, eventually, until
from tests.world.people import Organisation
from tests.world.served import model_on
from tests.world.upstream import Answer, Upstream, upstream

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def up() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


async def lines_of(client: httpx.AsyncClient, path: str, got: list[str] | None = None, **body: Any) -> list[str]:
    """The lines of a stream, shown in a list as they come."""
    got = [] if got is None else got
    async with client.stream("POST", path, json={"stream": True, "messages": HELLO, **body}) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for line in answer.aiter_lines():
            got += [line] if line else []
    return got


async def usage_of(acme: Organisation, model: str) -> list[dict[str, Any]]:
    """What accounting says of a model, once it has been written."""

    async def written() -> list[dict[str, Any]]:
        answer = await acme.client("admin").get("/v1/accounting/usage", params={"model": model})
        items: list[dict[str, Any]] = answer.json()["data"]["items"]
        return items

    return await eventually(written)


async def test_an_answer_comes_in_the_envelope_under_the_slug_that_was_asked(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(says.completion("hello there"))
    model = await model_on(root, up)
    answer = await acme.client("user").post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["model"] == model.slug
    assert data["choices"][0]["message"]["content"] == "hello there"
    assert up.asked[0].json["model"] == "up-model-1"
    assert up.asked[0].headers["authorization"] == "Bearer up-key"


async def test_a_call_is_accounted_to_the_cent_of_a_cent(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(says.completion(usage={"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}))
    model = await model_on(root, up, input_price_per_mtok="0.15", output_price_per_mtok="0.6")
    answer = await acme.client("user").post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO})
    (item,) = await usage_of(acme, model.slug)
    assert item["cost"] == "0.00000285"
    assert (item["input_tokens"], item["output_tokens"]) == (7, 3)
    assert item["user_id"] == acme.people["user"].id
    assert item["backend_id"] == model.backend_ids[0]
    assert item["request_id"] == answer.headers["x-request-id"]


async def test_the_models_prompt_defaults_and_limits_shape_the_call(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(says.completion())
    model = await model_on(
        root,
        up,
        system_prompt_template="Be brief.",
        default_params={"temperature": 0.1, "top_p": 0.5},
        max_output_tokens=50,
    )
    body = {"model": model.slug, "messages": HELLO, "temperature": 0.9, "max_tokens": 500}
    await acme.client("user").post("/v1/inference/chat", json=body)
    sent = up.asked[0].json
    assert sent["messages"] == [{"role": "system", "content": "Be brief."}, *HELLO]
    assert (sent["temperature"], sent["top_p"], sent["max_tokens"]) == (0.9, 0.5, 50)


async def test_a_stream_is_frames_and_always_done(root: httpx.AsyncClient, acme: Organisation, up: Upstream) -> None:
    up.says(says.talk(5))
    model = await model_on(root, up)
    lines = await lines_of(acme.client("user"), "/v1/inference/chat", model=model.slug)
    assert lines[-1] == "data: [DONE]"
    frames = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert {frame["model"] for frame in frames} == {model.slug}
    assert len(frames) == 5, "the usage frame was not asked for"
    (item,) = await usage_of(acme, model.slug)
    assert (item["input_tokens"], item["output_tokens"]) == (9, 3)
    assert item["ttft_ms"] is not None


async def test_a_failure_in_mid_stream_is_an_event_in_both_readings_then_done(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(says.stream(says.words(4)[:2], cut=True))
    model = await model_on(root, up)
    lines = await lines_of(acme.client("user"), "/v1/inference/chat", model=model.slug)
    assert lines[-3] == "event: error"
    facts = json.loads(lines[-2].removeprefix("data: "))
    assert facts["code"] == facts["error"]["code"] == "BACKEND_ERROR"
    assert facts["message"] == facts["error"]["message"]
    assert lines[-1] == "data: [DONE]"
    (item,) = await usage_of(acme, model.slug)
    assert item["output_tokens"] == 2, "what was sent before the failure is recorded"


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_client_that_leaves_cancels_the_backend_at_once_and_is_still_recorded(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream, streamed: bool
) -> None:
    up.says(says.stream(says.words(4)[:2], hang=True) if streamed else Answer(hang=True, silent=True))
    model = await model_on(root, up)
    client, got = acme.client("user"), bytearray()

    async def ask() -> None:
        async with client.stream(
            "POST", "/v1/inference/chat", json={"model": model.slug, "messages": HELLO, "stream": streamed}
        ) as answer:
            async for piece in answer.aiter_bytes():
                got.extend(piece)

    asking = asyncio.create_task(ask())
    await until(lambda: got.count(b"data:") == 2 if streamed else up.asked)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(up.asked[0].gone.wait(), 10)  # a hundred times what it takes; else it hangs for a minute
    (item,) = await usage_of(acme, model.slug)
    assert item["outcome"] == "cancelled"
    assert item["output_tokens"] == (2 if streamed else 0)


async def test_the_next_backend_answers_when_the_first_fails(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    async with upstream() as second:
        up.says(says.error(500))
        second.says(says.completion("from the second"))
        model = await model_on(root, up, second)
        answer = await acme.client("user").post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO})
    assert answer.json()["data"]["choices"][0]["message"]["content"] == "from the second"
    (item,) = await usage_of(acme, model.slug)
    assert item["backend_id"] == model.backend_ids[1]


async def test_a_stream_fails_over_before_its_first_frame(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    async with upstream() as second:
        up.says(says.stream([], cut=True))
        second.says(says.talk(3))
        model = await model_on(root, up, second)
        lines = await lines_of(acme.client("user"), "/v1/inference/chat", model=model.slug)
    assert len(lines) == 4


async def test_a_dead_backend_is_rested_after_five_failures(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    async with upstream() as second:
        up.says(says.error(503))
        second.says(says.completion())
        model = await model_on(root, up, second)
        client = acme.client("user")
        for _ in range(8):
            answer = await client.post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO})
            assert answer.status_code == 200
    assert len(up.asked) == 5


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (says.error(500), 502, "BACKEND_ERROR"),
        (says.error(401), 502, "BACKEND_ERROR"),
        (says.error(400), 502, "BACKEND_ERROR"),
        (says.error(429, headers=[("Retry-After", "7")]), 429, "BACKEND_RATE_LIMITED"),
        (Answer(200, [b"<html>oops"]), 502, "UPSTREAM_SHAPE_MISMATCH"),
        (Answer(200, [b'{"no": "choices"}']), 502, "UPSTREAM_SHAPE_MISMATCH"),
    ],
)
async def test_a_backends_failure_has_its_code_and_none_of_its_words(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream, failure: Answer, status: int, code: str
) -> None:
    up.says(failure)
    model = await model_on(root, up)
    answer = await acme.client("user").post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "vendor" not in answer.text
    assert "oops" not in answer.text
    assert up.url not in answer.text


async def test_a_backend_that_says_nothing_is_a_timeout(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(Answer(silent=True))
    model = await model_on(root, up)
    await root.patch(f"/v1/backends/{model.backend_ids[0]}", json={"timeout_s": 0.3})
    answer = await acme.client("user").post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "BACKEND_TIMEOUT")


async def test_an_unknown_field_is_named_with_its_nearest(acme: Organisation) -> None:
    body = {"model": "local/quote", "messages": HELLO, "temprature": 1}
    answer = await acme.client("user").post("/v1/inference/chat", json=body)
    assert answer.status_code == 422
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"] == "temprature"
    assert "'temperature'" in detail["message"]


async def test_who_may_not_use_models_is_refused_and_hidden_models_are_not_there(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    seen = await acme.client("viewer").post("/v1/inference/chat", json={"model": "local/quote", "messages": HELLO})
    assert (seen.status_code, seen.json()["error"]["code"]) == (403, "MODEL_ACCESS_DENIED")
    hidden = await model_on(root, up, visibility="tenants", tenant_ids=[])
    client = acme.client("user")
    missing = await client.post("/v1/inference/chat", json={"model": "no-such", "messages": HELLO})
    unseen = await client.post("/v1/inference/chat", json={"model": hidden.slug, "messages": HELLO})
    assert (unseen.status_code, unseen.json()["error"]) == (missing.status_code, missing.json()["error"])
    assert missing.json()["error"]["code"] == "MODEL_NOT_FOUND"


async def test_a_suspended_tenant_is_cut_off_in_mid_stream(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(says.stream(says.words(4)[:2], hang=True))
    model = await model_on(root, up)
    got: list[str] = []
    reading = asyncio.create_task(lines_of(acme.client("user"), "/v1/inference/chat", got, model=model.slug))
    await until(lambda: got)
    suspended = await root.patch(f"/v1/tenants/{acme.id}", json={"status": "suspended"})
    assert suspended.status_code == 200
    lines = await asyncio.wait_for(reading, PATIENCE)
    assert json.loads(lines[-2].removeprefix("data: "))["code"] == "AUTH_TOKEN_INVALID"
    assert lines[-1] == "data: [DONE]"


async def test_generate_continues_one_prompt(root: httpx.AsyncClient, acme: Organisation, up: Upstream) -> None:
    up.says(says.completion("and so on"))
    model = await model_on(root, up)
    answer = await acme.client("user").post(
        "/v1/inference/generate", json={"model": model.slug, "prompt": "Once", "system": "Tell a tale."}
    )
    assert answer.json()["data"]["text"] == "and so on"
    assert [message["role"] for message in up.asked[0].json["messages"]] == ["system", "user"]
