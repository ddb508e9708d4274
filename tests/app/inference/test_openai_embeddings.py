"""Embeddings come back as finite rows of one length in the order asked, or not at all."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.inference.backends.openai_compatible import OpenAICompatible
from app.inference.errors import UpstreamShapeMismatch
from app.inference.ports import EmbedCall, Usage
from tests.world import openai_answers as says
from tests.world.upstream import Answer, Upstream

ASK = EmbedCall("up", ["one", "two"])


async def test_rows_come_in_the_order_of_the_inputs(world: Upstream, backend: OpenAICompatible) -> None:
    data = [{"index": 1, "embedding": [3, 4.5]}, {"index": 0, "embedding": [1.0, 2.0]}]
    world.says(Answer(pieces=[json.dumps({"data": data, "usage": {"prompt_tokens": 5, "total_tokens": 5}}).encode()]))
    answer = await backend.embed(EmbedCall("up", ["one", "two"], dimensions=2))
    assert answer.vectors.dtype == np.float32
    assert answer.vectors.tolist() == [[1.0, 2.0], [3.0, 4.5]]
    assert answer.usage == Usage(5, 0)
    assert world.asked[0].json == {"model": "up", "input": ["one", "two"], "encoding_format": "float", "dimensions": 2}


async def test_token_lists_are_sent_as_they_are(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.embeddings([[1.0]]))
    await backend.embed(EmbedCall("up", [[1, 2, 3]]))
    assert world.asked[0].json["input"] == [[1, 2, 3]]


async def test_without_an_index_the_order_is_trusted(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(Answer(pieces=[b'{"data":[{"embedding":[1]},{"embedding":[2]}]}']))
    answer = await backend.embed(ASK)
    assert answer.vectors.tolist() == [[1.0], [2.0]]
    assert answer.usage.estimated


@pytest.mark.parametrize(
    "data",
    [
        "null",
        "[]",
        '[{"embedding":[1]}]',
        '[{"embedding":[1]},{"embedding":[1]},{"embedding":[1]}]',
        '[{"embedding":[1]},{"embedding":[1,2]}]',
        '[{"embedding":[]},{"embedding":[]}]',
        '[{"embedding":[1]},{"embedding":[NaN]}]',
        '[{"embedding":[1]},{"embedding":[Infinity]}]',
        '[{"embedding":[1]},{"embedding":[1e300]}]',
        '[{"embedding":[1]},{"embedding":["1"]}]',
        '[{"embedding":[1]},{"embedding":[null]}]',
        '[{"embedding":[true]},{"embedding":[false]}]',
        '[{"embedding":[[1]]},{"embedding":[[1]]}]',
        '[{"embedding":"AAAA"},{"embedding":"AAAA"}]',
        '[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]',
        '[{"index":0,"embedding":[1]},{"embedding":[1]}]',
        '[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]',
        '[{"index":"a","embedding":[1]},{"index":"b","embedding":[1]}]',
        "[1,2]",
        '[{"embedding":[1]},{"embedding":[' + "9" * 400 + "]}]",
    ],
)
async def test_impossible_embeddings_are_refused(world: Upstream, backend: OpenAICompatible, data: str) -> None:
    world.says(Answer(pieces=[f'{{"data":{data}}}'.encode()]))
    with pytest.raises(UpstreamShapeMismatch):
        await backend.embed(ASK)


async def test_the_length_asked_for_is_the_length_given(world: Upstream, backend: OpenAICompatible) -> None:
    world.says(says.embeddings([[1.0, 2.0]]))
    with pytest.raises(UpstreamShapeMismatch):
        await backend.embed(EmbedCall("up", ["one"], dimensions=3))
