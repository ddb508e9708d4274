"""A scripted model server and a backend that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.inference.backends.errand import Place
from app.inference.backends.openai_compatible import OpenAICompatible
from app.inference.ports import ChatCall
from tests.world.upstream import Upstream, upstream

KEY = "sk-very-secret"


@pytest.fixture
async def world() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


@pytest.fixture
async def backend(world: Upstream) -> AsyncIterator[OpenAICompatible]:
    place = Place(world.base_url, {"authorization": f"Bearer {KEY}"}, timeout_s=0.4, read_timeout_s=0.2)
    adapter = OpenAICompatible(place)
    yield adapter
    await adapter.aclose()


def call(*, include_usage: bool = False, **fields: object) -> ChatCall:
    said = {"messages": [{"role": "user", "content": "hello there"}], **fields}
    return ChatCall("up-model-1", "acme/chat", said, include_usage=include_usage)
