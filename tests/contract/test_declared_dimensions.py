"""A backend declared with a length of vectors gives no others: they would fit nothing that is kept already."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.world import openai_answers as says
from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.platform import unique
from tests.world.served import backend_for, created
from tests.world.upstream import Upstream, upstream


@pytest.fixture
async def up() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


async def test_vectors_of_another_length_are_no_answer(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    backend = await backend_for(root, up, modality="embedding", dimensions=3)
    body = {"slug": unique("vectors"), "display_name": "V", "modality": "embedding"}
    model = await created(root, "/v1/models", backends=[{"backend_id": backend}], **body)
    asked = {"model": model["slug"], "input": "x"}
    up.says(says.embeddings([[1.0, 0.0]]), says.embeddings([[1.0, 0.0, 0.0]]))
    refused = await acme.client("user").post("/v1/inference/embed", json=asked)
    assert code(refused) == (502, "UPSTREAM_SHAPE_MISMATCH")
    done = data(await acme.client("user").post("/v1/inference/embed", json=asked))
    assert done["data"][0]["embedding"] == [1.0, 0.0, 0.0]
