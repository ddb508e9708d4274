"""What becomes of an answer that comes piece by piece while its reader loses the right to what it is made of."""

from __future__ import annotations

import asyncio
import json

import pytest

from acl.facts import Effect, PrincipalType
from tests.rag.personas.conftest import Desk, turns
from tests.rag.personas.test_calling import ASKED, usage_of
from tests.world import openai_answers as says
from tests.world.assistants import streamed
from tests.world.patience import PATIENCE
from tests.world.shelves import enter

LONG = says.words(20_000)  # frames: more than anybody waits for


async def lose(desk: Desk, document: str) -> None:
    """Take from the user what they were shown."""
    whom = (PrincipalType.USER, desk.acme.people["user"].id)
    await enter(desk.acme, desk.place.shelf.documents[document], Effect.DENY, whom)


@pytest.mark.parametrize("path", ["/v1/inference/chat", "/v1/inference/generate", "/oai/v1/chat/completions"])
async def test_a_stream_ends_when_the_right_to_one_of_its_passages_ends(desk: Desk, path: str) -> None:
    """Contract 1: a stream ends when the right to it ends; mid-stream failure: `event: error`, then `[DONE]`."""
    helper = await desk.assistant()
    desk.up.says(says.stream(LONG, delay_s=0.01))
    asked = {"prompt": ASKED} if path.endswith("generate") else {"messages": turns(ASKED)}
    got, is_lost = bytearray(), False
    async with (
        asyncio.timeout(PATIENCE),
        desk.acme.client("user").stream("POST", path, json={"model": helper.slug, "stream": True, **asked}) as answer,
    ):
        async for piece in answer.aiter_bytes():
            got += piece
            if b"w3" in got and not is_lost:
                is_lost = True
                await lose(desk, "secret")
    said = got.decode()
    _, failure = said.rsplit("event: error\ndata: ", 1)
    told, done = failure.strip().split("\n\n")
    assert json.loads(told)["code"] == "MODEL_UNAVAILABLE"
    assert done == "data: [DONE]"
    assert '"finish_reason":"stop"' not in said
    await asyncio.wait_for(desk.up.asked[0].gone.wait(), PATIENCE)
    (item,) = await usage_of(desk, helper.slug)
    assert item["outcome"] == "failed"
    assert item["output_tokens"] > 0, "what was said is paid"


async def test_what_else_its_reader_loses_ends_no_stream(desk: Desk) -> None:
    """The document that nothing was offered of is another matter."""
    helper = await desk.assistant()
    desk.up.says(says.stream([*says.words(200), says.DONE], delay_s=0.01))
    await lose(desk, "other")
    native = await streamed(desk.acme.client("user"), "/v1/inference/chat", model=helper.slug, messages=turns(ASKED))
    assert not native.named("error")
    assert native.text.endswith("w198 ")


async def test_a_right_that_is_lost_before_the_numbers_are_resolved_ends_the_stream_too(desk: Desk) -> None:
    """However short it is: nothing is cited that may be read no more."""
    helper = await desk.assistant()
    is_lost = False
    frames = [says.frame(says.chunk({"content": "Closed [1][2]."})), says.frame(says.chunk({}, finish="stop"))]
    desk.up.says(says.stream([frames[0], *says.words(200)[:-1], frames[1], says.DONE], delay_s=0.01))
    body = {"model": helper.slug, "messages": turns(ASKED), "stream": True}
    got = bytearray()
    async with desk.acme.client("user").stream("POST", "/oai/v1/chat/completions", json=body) as answer:
        async for piece in answer.aiter_bytes():
            if not is_lost:
                is_lost = True
                await lose(desk, "secret")
            got += piece
    assert b"event: error" in got
    assert b"retrieval" not in got
    assert b"secret" not in got
