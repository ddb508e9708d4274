"""Stock OpenAI clients work by changing their base address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import openai
import pytest

from tests.world import openai_answers as says
from tests.world.people import Organisation
from tests.world.served import model_on
from tests.world.upstream import Upstream, upstream

HELLO: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def up() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


@pytest.fixture
async def client(acme: Organisation) -> AsyncIterator[openai.AsyncOpenAI]:
    key = acme.people["user"].key
    async with openai.AsyncOpenAI(base_url=f"{acme.running.url}/oai/v1", api_key=key, max_retries=0) as stock:
        yield stock


async def test_a_plain_answer(root: httpx.AsyncClient, client: openai.AsyncOpenAI, up: Upstream) -> None:
    up.says(says.completion("hello there"))
    model = await model_on(root, up)
    answer = await client.chat.completions.create(model=model.slug, messages=HELLO)
    assert answer.choices[0].message.content == "hello there"
    assert answer.model == model.slug
    assert answer.usage is not None
    assert answer.usage.total_tokens == 12


async def test_the_synchronous_client(root: httpx.AsyncClient, acme: Organisation, up: Upstream) -> None:
    up.says(says.completion("hello there"), says.talk(4))
    model = await model_on(root, up)

    def ask() -> tuple[str | None, int]:
        key = acme.people["user"].key
        with openai.OpenAI(base_url=f"{acme.running.url}/oai/v1", api_key=key, max_retries=0) as stock:
            whole = stock.chat.completions.create(model=model.slug, messages=HELLO)
            stream = stock.chat.completions.create(model=model.slug, messages=HELLO, stream=True)
            return whole.choices[0].message.content, sum(1 for _ in stream)

    assert await asyncio.to_thread(ask) == ("hello there", 4)


async def test_a_stream_with_usage_asked_for(root: httpx.AsyncClient, client: openai.AsyncOpenAI, up: Upstream) -> None:
    up.says(says.talk(6))
    model = await model_on(root, up)
    stream = await client.chat.completions.create(
        model=model.slug, messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "w0 w1 w2 w3 w4 "
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert {chunk.model for chunk in chunks} == {model.slug}


async def test_tools_pass_through(root: httpx.AsyncClient, client: openai.AsyncOpenAI, up: Upstream) -> None:
    up.says(says.stream([*says.tool_stream(), says.usage_frame(), says.DONE]))
    model = await model_on(root, up)
    tool: openai.types.chat.ChatCompletionToolParam = {
        "type": "function",
        "function": {"name": "search", "parameters": {"type": "object", "properties": {}}},
    }
    stream = await client.chat.completions.create(
        model=model.slug, messages=HELLO, tools=[tool], tool_choice="auto", stream=True
    )
    arguments = ""
    async for chunk in stream:
        for call in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            arguments += (call.function.arguments or "") if call.function else ""
    assert arguments == '{"model":"x","usage":{"error":{}}}', "what looks like our fields in a text is left alone"
    assert up.asked[0].json["tools"] == [tool]


async def test_fields_we_do_not_know_reach_the_backend_untouched(
    root: httpx.AsyncClient, client: openai.AsyncOpenAI, up: Upstream
) -> None:
    up.says(says.completion())
    model = await model_on(root, up)
    await client.chat.completions.create(
        model=model.slug, messages=HELLO, extra_body={"mirostat": 2, "vendor": {"a": [1]}}
    )
    assert up.asked[0].json["mirostat"] == 2
    assert up.asked[0].json["vendor"] == {"a": [1]}


async def test_errors_are_the_clients_own_classes(
    root: httpx.AsyncClient, acme: Organisation, client: openai.AsyncOpenAI, up: Upstream
) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        await client.chat.completions.create(model="no-such", messages=HELLO)
    assert missing.value.code == "MODEL_NOT_FOUND"
    stranger = openai.AsyncOpenAI(base_url=f"{acme.running.url}/oai/v1", api_key="sgk_" + "0" * 40, max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        await stranger.models.list()
    await stranger.close()
    up.says(says.error(429, headers=[("Retry-After", "3")]))
    model = await model_on(root, up)
    with pytest.raises(openai.RateLimitError) as limited:
        await client.chat.completions.create(model=model.slug, messages=HELLO)
    assert limited.value.response.headers["retry-after"] == "3"


async def test_an_error_in_mid_stream_is_raised(
    root: httpx.AsyncClient, client: openai.AsyncOpenAI, up: Upstream
) -> None:
    up.says(says.stream(says.words(4)[:2], cut=True))
    model = await model_on(root, up)
    stream = await client.chat.completions.create(model=model.slug, messages=HELLO, stream=True)
    with pytest.raises(openai.APIError):
        async for _ in stream:
            pass


async def test_embeddings_come_as_base64_unless_asked_otherwise(
    root: httpx.AsyncClient, client: openai.AsyncOpenAI, up: Upstream
) -> None:
    up.says(says.embeddings([[0.5, -0.25], [1.0, 0.0]]))
    model = await model_on(root, up, modality="embedding")
    packed = await client.embeddings.create(model=model.slug, input=["one", "two"])
    plain = await client.embeddings.create(model=model.slug, input=["one", "two"], encoding_format="float")
    assert [row.embedding for row in packed.data] == [row.embedding for row in plain.data] == [[0.5, -0.25], [1.0, 0.0]]


async def test_models_are_listed_and_found_with_slashes(client: openai.AsyncOpenAI) -> None:
    listed = [model.id async for model in client.models.list()]
    assert {"local/minilm", "local/quote"} <= set(listed)
    found = await client.models.retrieve("local/quote")
    assert found.id == "local/quote"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("local/none")


async def test_the_built_in_models_answer(client: openai.AsyncOpenAI) -> None:
    context = "[1] Refunds are paid within five working days.\n[2] Shipping is free above 50 euros."
    answer = await client.chat.completions.create(
        model="local/quote",
        messages=[{"role": "system", "content": context}, {"role": "user", "content": "How long do refunds take?"}],
    )
    assert "Refunds are paid within five working days. [1]" in (answer.choices[0].message.content or "")
    vectors = await client.embeddings.create(model="local/minilm", input=["a refund", "money back", "a tall tree"])
    first, second, third = (row.embedding for row in vectors.data)
    assert len(first) == 384
    near = sum(a * b for a, b in zip(first, second, strict=True))
    far = sum(a * b for a, b in zip(first, third, strict=True))
    assert near > far
