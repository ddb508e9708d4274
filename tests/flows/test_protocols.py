"""A model is called the same way whatever protocol its backend speaks, and each call can be traced."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.world import anthropic_answers as anthropic
from tests.world import openai_answers as says
from tests.world.people import Organisation, organisation
from tests.world.platform import fresh
from tests.world.receiver import receiver
from tests.world.served import backend_for, created, model_on
from tests.world.upstream import Upstream, upstream

HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]


@pytest.fixture
async def up() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


async def claude_on(root: httpx.AsyncClient, up: Upstream, slug: str) -> str:
    backend = await backend_for(root, up.url, type="anthropic", upstream_model="claude-up")
    links = [{"backend_id": backend, "priority": 0, "weight": 1}]
    await created(root, "/v1/models", slug=slug, display_name="Claude", modality="chat", backends=links)
    return slug


async def test_a_backend_that_speaks_anthropics_protocol_answers_as_openais_would(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(anthropic.message({"type": "text", "text": "hello there"}))
    slug = await claude_on(root, up, f"claude-{acme.slug}")
    answer = await acme.client("user").post("/oai/v1/chat/completions", json={"model": slug, "messages": HELLO})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["model"], said["choices"][0]["message"]["content"]) == (slug, "hello there")
    assert said["usage"]["completion_tokens"] == 7
    asked = up.asked[0]
    assert (asked.path, asked.headers["x-api-key"]) == ("/v1/messages", "up-key")
    assert asked.json["system"] == "Be brief."


async def test_its_streams_are_openais_too(root: httpx.AsyncClient, acme: Organisation, up: Upstream) -> None:
    up.says(anthropic.stream([anthropic.start(), *anthropic.text("hel", "lo"), *anthropic.finish()]))
    slug = await claude_on(root, up, f"claude-{acme.slug}")
    body = {"model": slug, "messages": HELLO, "stream": True}
    async with acme.client("user").stream("POST", "/oai/v1/chat/completions", json=body) as answer:
        lines = [line async for line in answer.aiter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    frames = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert "".join(frame["choices"][0]["delta"].get("content") or "" for frame in frames if frame["choices"]) == "hello"
    assert {frame["model"] for frame in frames} == {slug}


async def test_each_attempt_at_a_backend_is_a_span_with_what_it_took_and_no_content(up: Upstream) -> None:
    async with receiver() as collector, upstream() as broken:
        broken.says(says.error(500))
        up.says(says.completion())
        async with fresh(traces_endpoint=collector.url.removesuffix("/hook")) as running:
            acme = await organisation(running)
            async with running.client(running.root_key) as root:
                model = await model_on(root, broken, up)
            body = {"model": model.slug, "messages": HELLO}
            assert (await acme.client("user").post("/v1/inference/chat", json=body)).status_code == 200
            await acme.aclose()
        spans = await asyncio.to_thread(_spans, [got.body for got in collector.got])
    failed, answered = sorted(spans, key=lambda span: len(span["attributes"].get("error.type", "")), reverse=True)
    assert failed["attributes"]["error.type"] == "BACKEND_ERROR"
    assert answered["name"] == f"chat {model.slug}"
    assert answered["attributes"]["gen_ai.usage.input_tokens"] == 9
    assert answered["attributes"]["gen_ai.usage.output_tokens"] == 3
    assert all(b"Be brief" not in got.body for got in collector.got)


def _spans(bodies: list[bytes]) -> list[dict[str, Any]]:
    return [
        {
            "name": span.name,
            "attributes": {item.key: item.value.string_value or item.value.int_value for item in span.attributes},
        }
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
