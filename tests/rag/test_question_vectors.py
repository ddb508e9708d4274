"""Questions become vectors once for all who ask at the same time, paid by who asked first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest

from app.identity.caller import Caller
from app.inference.errors import BackendFailure, ModelUnavailable
from rag.retrieval.question_vectors import QuestionVectors
from tests.world.embedder import Embedder, embedder, vector_of
from tests.world.patience import PATIENCE
from tests.world.people import Organisation
from tests.world.served import model_on
from tests.world.upstream import Answer


@pytest.fixture
async def model() -> AsyncIterator[Embedder]:
    async with embedder() as world:
        yield world


@pytest.fixture
async def slug(root: httpx.AsyncClient, model: Embedder) -> str:
    return (await model_on(root, model, modality="embedding")).slug


async def asker(acme: Organisation, name: str) -> Caller:
    return (await acme.running.platform.credentials.admit(acme.people[name].key)).caller


async def reached(model: Embedder) -> None:
    async with asyncio.timeout(PATIENCE):
        while not model.asked:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)


async def test_two_who_ask_the_same_at_once_embed_once(acme: Organisation, model: Embedder, slug: str) -> None:
    platform, model_first = acme.running.platform, await asker(acme, "viewer")
    questions, second = QuestionVectors(platform.gateway, platform.counters, platform.clock), await asker(acme, "admin")
    model.pause.clear()
    asked = [asyncio.create_task(questions.of(who, slug, "harbour", {})) for who in (model_first, second, second)]
    await reached(model)
    asked[0].cancel()  # who asked first goes away; the others wait for the same answer
    model.pause.set()
    _, *vectors = await asyncio.gather(*asked, return_exceptions=True)
    for vector in vectors:
        assert not isinstance(vector, BaseException)
        assert np.allclose(vector, vector_of("harbour"))
    await questions.of(second, slug, "harbour", {})
    assert model.texts == {"harbour": 1}


async def test_what_failed_is_asked_anew(acme: Organisation, model: Embedder, slug: str) -> None:
    platform, caller = acme.running.platform, await asker(acme, "viewer")
    questions = QuestionVectors(platform.gateway, platform.counters, platform.clock)
    model.fails = Answer(status=500)
    said = await asyncio.gather(*(questions.of(caller, slug, "tide", {}) for _ in range(2)), return_exceptions=True)
    assert all(isinstance(one, BackendFailure | ModelUnavailable) for one in said)
    model.fails = None
    assert np.allclose(await questions.of(caller, slug, "tide", {}), vector_of("tide"))
