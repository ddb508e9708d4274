"""A scripted model server and a backend that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.inference.backends.errand import Place
from app.inference.backends.openai_compatible import OpenAICompatible
from app.inference.ports import ChatCall
from tests.world.patience import PATIENCE
from tests.world.upstream import Upstream, upstream

KEY = "sk-very-secret"


@pytest.fixture
async def world() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


@pytest.fixture
async def backend(world: Upstream) -> AsyncIterator[OpenAICompatible]:
    key = {"authorization": f"Bearer {KEY}"}
    adapter = OpenAICompatible(Place(world.base_url, key, timeout_s=PATIENCE, read_timeout_s=PATIENCE))
    yield adapter
    await adapter.aclose()


@pytest.fixture
async def hasty(world: Upstream) -> AsyncIterator[OpenAICompatible]:
    """A backend that waits for little, beside the time that anything takes here."""
    adapter = OpenAICompatible(Place(world.base_url, timeout_s=0.4, read_timeout_s=0.2))
    yield adapter
    await adapter.aclose()


def call(*, include_usage: bool = False, **fields: object) -> ChatCall:
    said = {"messages": [{"role": "user", "content": "hello there"}], **fields}
    return ChatCall("up-model-1", "acme/chat", said, include_usage=include_usage)
