"""A chat model puts passages in order: for somebody without a right to it, and whatever it says."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from app.inference.errors import UpstreamShapeMismatch
from rag.retrieval.model_reranker import ModelReranker
from rag.retrieval.passages import Passage
from rag.retrieval.reranking import Asked
from rag.retrieval.snippet import Snippets
from tests.world.people import Organisation
from tests.world.served import model_on
from tests.world.upstream import Answer, Upstream, upstream


def passage(text: str) -> Passage:
    return Passage("chk", "doc", "Name", {}, "col", 0, text, 0, len(text), None, None, 0.5, Snippets(""))


def completion(content: Any) -> Answer:
    message = {"role": "assistant", "content": content}
    body = {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    return Answer(
        pieces=[json.dumps(body | {"usage": {"prompt_tokens": 9, "completion_tokens": 3}}).encode()], chunked=False
    )


async def weighed(acme: Organisation, root: httpx.AsyncClient, world: Upstream) -> Any:
    slug, platform = (await model_on(root, world)).slug, acme.running.platform
    caller = (await platform.credentials.admit(acme.people["viewer"].key)).caller
    asked = Asked(caller, "When does it close?", {})
    return await ModelReranker(platform.gateway, slug).weigh(asked, [passage("On Sundays."), passage("Bread.")])


async def test_a_model_judges_them_in_one_call(acme: Organisation, root: httpx.AsyncClient) -> None:
    async with upstream() as world:
        world.says(completion('Of course:\n```json\n{"scores": [0.9, -1]}\n```'))
        assert await weighed(acme, root, world) == [0.9, 0.0]
    (call,) = world.asked
    said = json.loads(call.json["messages"][1]["content"])
    assert [one["text"] for one in said["passages"]] == ["On Sundays.", "Bread."]


@pytest.mark.parametrize("content", ["yes", '{"scores": [1]}', '{"scores": ["a", "b"]}', '{"scores": [NaN, 1]}', None])
async def test_what_is_no_judgement_is_refused(acme: Organisation, root: httpx.AsyncClient, content: Any) -> None:
    async with upstream() as world:
        world.says(completion(content))
        with pytest.raises(UpstreamShapeMismatch):
            await weighed(acme, root, world)
