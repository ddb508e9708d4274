"""The official JavaScript client works by changing its base address, and reads what an assistant adds."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.world import openai_answers as says
from tests.world.models import data
from tests.world.passages import written
from tests.world.patience import PATIENCE
from tests.world.people import Organisation, organisation
from tests.world.personas import at, persona, reads
from tests.world.platform import Running
from tests.world.served import model_on
from tests.world.upstream import Upstream, upstream

PAID = "Refunds are paid within five working days."
ANSWER = ("Five days ", "[1], or ", "never [7].")
VECTORS = [[0.5, -0.25], [1.0, 0.0]]


@pytest.fixture(scope="module")
async def office(running: Running) -> AsyncIterator[Organisation]:
    made = await organisation(running)
    yield made
    await made.aclose()


@pytest.fixture(scope="module")
async def vendor() -> AsyncIterator[Upstream]:
    """What serves a model, its answers in the order in which the script asks."""
    async with upstream() as up:
        tools = says.stream([*says.tool_stream(), says.usage_frame(), says.DONE])
        cut = says.stream(says.words(4)[:2], cut=True)
        limited = says.error(429, headers=[("Retry-After", "3")])
        up.says(says.completion("hello there"), says.talk(6), tools, cut, limited)
        up.says_at("/v1/embeddings", says.embeddings(VECTORS))
        yield up


@pytest.fixture(scope="module")
async def said(script: Path, office: Organisation, vendor: Upstream) -> AsyncIterator[Any]:
    """What the client made of every call, made once."""
    root = office.running.client(office.running.root_key)
    async with upstream() as behind, root:
        pieces = [says.frame(says.chunk({"content": piece})) for piece in ANSWER]
        ending = [says.frame(says.chunk({}, finish="stop")), says.usage_frame(), says.DONE]
        behind.says(says.completion("".join(ANSWER)), says.stream([*pieces, *ending]))
        names = {
            "chat": (await model_on(root, vendor)).slug,
            "embedding": (await model_on(root, vendor, modality="embedding")).slug,
            "assistant": await _assistant(office, (await model_on(root, behind)).slug),
        }
        yield names | await _printed(script, office, **names, question="When are refunds paid?")


async def _assistant(office: Organisation, model: str) -> str:
    admin = office.client("admin")
    shelf = await written(office, {"policy": [PAID]})
    one = await persona(admin, model_slug=model, rag_enabled=True, rag_search_type="keyword")
    await reads(admin, one, shelf.id, source_name="Handbook")
    return str(data(await admin.post(at(one, "publish"), json={}))["published_slug"])


async def _printed(script: Path, office: Organisation, **asked: str) -> Any:
    """Run the script as somebody."""
    mine = {"OPENAI_BASE_URL": f"{office.running.url}/oai/v1", "OPENAI_API_KEY": office.people["user"].key}
    env = os.environ | mine  # noqa: TID251 - a program of its own
    pipe = asyncio.subprocess.PIPE
    node = await asyncio.create_subprocess_exec(
        "node", str(script), json.dumps(asked), env=env, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(PATIENCE):
            out, err = await node.communicate()
    finally:
        if node.returncode is None:
            node.kill()
            await node.wait()
    assert node.returncode == 0, err.decode()
    return json.loads(out)


def _text(chunks: list[Any]) -> str:
    return "".join(one["choices"][0]["delta"].get("content") or "" for one in chunks if one["choices"])


def test_models_are_listed_and_found_with_slashes(said: Any) -> None:
    assert {"local/minilm", "local/quote", said["chat"], said["assistant"]} <= set(said["models"])
    assert said["model"]["id"] == "local/quote"


def test_a_plain_answer(said: Any) -> None:
    whole = said["whole"]
    assert whole["choices"][0]["message"]["content"] == "hello there"
    assert whole["model"] == said["chat"]
    assert whole["usage"]["total_tokens"] == 12


def test_a_stream_with_usage_asked_for(said: Any) -> None:
    chunks = said["streamed"]
    assert _text(chunks) == "w0 w1 w2 w3 w4 "
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 12
    assert {chunk["model"] for chunk in chunks} == {said["chat"]}


def test_tools_pass_through(said: Any, vendor: Upstream) -> None:
    calls = [
        call
        for chunk in said["called"]
        if chunk["choices"]
        for call in chunk["choices"][0]["delta"].get("tool_calls") or ()
    ]
    arguments = "".join(call["function"].get("arguments") or "" for call in calls)
    assert arguments == '{"model":"x","usage":{"error":{}}}', "what looks like our fields in a text is left alone"
    (asked,) = [one.json for one in vendor.asked if "tools" in one.json]
    assert (asked["tools"][0]["function"]["name"], asked["tool_choice"]) == ("search", "auto")


def test_an_error_in_mid_stream_is_raised(said: Any) -> None:
    assert _text(said["cutOff"]["seen"]) == "w0 w1 "
    error = said["cutOff"]["error"]
    assert (error["class"], error["code"]) == ("APIError", "BACKEND_ERROR")


def test_embeddings_come_as_base64_unless_asked_otherwise(said: Any) -> None:
    usual, plain, packed = ([row["embedding"] for row in said[form]["data"]] for form in ("usual", "plain", "packed"))
    assert usual == plain == VECTORS
    assert [list(struct.unpack("<2f", base64.b64decode(one))) for one in packed] == VECTORS


def test_errors_are_the_clients_own_classes(said: Any) -> None:
    def seen(name: str) -> tuple[Any, ...]:
        return tuple(said[name][part] for part in ("class", "status", "code"))

    assert seen("stranger") == ("AuthenticationError", 401, "AUTH_TOKEN_INVALID")
    assert seen("noSuchModel") == ("NotFoundError", 404, "MODEL_NOT_FOUND")
    assert seen("limited") == ("RateLimitError", 429, "BACKEND_RATE_LIMITED")
    assert said["limited"]["retryAfter"] == "3"


def test_an_assistant_says_what_it_stands_on(said: Any) -> None:
    whole = said["assisted"]
    message = whole["choices"][0]["message"]
    assert (whole["model"], message["content"]) == (said["assistant"], "Five days [1], or never.")
    (note,) = message["annotations"]
    place = note["url_citation"]
    assert message["content"][place["start_index"] : place["end_index"]] == "[1]"
    assert whole["retrieval"]["status"] == "ok"
    (cited,) = whole["retrieval"]["citations"]
    assert (cited["marker"], cited["quote"], cited["source_name"]) == (1, PAID, "Handbook")
    assert cited["document_name"] == place["title"]


def test_a_streamed_assistant_says_the_same(said: Any) -> None:
    whole, chunks = said["assisted"], said["assistedStream"]
    message = whole["choices"][0]["message"]
    assert {chunk["model"] for chunk in chunks} == {said["assistant"]}
    assert _text(chunks) == message["content"]
    assert chunks[-1]["choices"][0]["delta"]["annotations"] == message["annotations"]
    (riding,) = [chunk["retrieval"] for chunk in chunks if "retrieval" in chunk]
    assert riding["citations"] == whole["retrieval"]["citations"]
