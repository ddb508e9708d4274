"""Nothing of a text is left out because a model reads only so much at once: neither of a chunk nor of a question."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inference.counting import LARGEST_ATOM, WordCounter, estimated_lengths
from app.inference.ports import EmbedCall
from indexing.pipeline.whole_texts import SPARE, WholeTexts, joined, windows
from rag.retrieval.question_vectors import QuestionVectors
from tests.world.embedder import Embedder, embedder, vector_of
from tests.world.people import Organisation
from tests.world.served import model_on

COUNTER = WordCounter(estimated_lengths, exact=False)
LIMIT = 64
LONG = " ".join(f"word{number}" for number in range(300)) + " and the gate opens at dawn."


@given(st.text(max_size=2000), st.integers(LARGEST_ATOM, 200))
def test_windows_fit_and_leave_nothing_out(text: str, limit: int) -> None:
    cut = list(windows(text, COUNTER, limit))
    assert all(window.tokens <= limit or len(window.text.split()) == 1 for window in cut)
    at = 0
    for window in cut:  # each stands in the text, and between two of them is nothing but white space
        start = text.find(window.text, max(at - len(window.text), 0) if at else 0)
        assert start >= 0
        assert not text[at:start].strip() if start > at else True
        at = max(at, start + len(window.text))
    assert not text[at:].strip()


def test_neighbouring_windows_share_some_words() -> None:
    cut = [window.text.split() for window in windows(LONG, COUNTER, LIMIT)]
    assert len(cut) > 5
    assert all(before[-1] in after for before, after in pairwise(cut))


def test_a_vector_is_the_mean_direction_of_its_windows_by_their_weight() -> None:
    given_ = np.array([[3, 0], [0, 1], [0, 5]], dtype=np.float32)
    alone, together = joined(given_[[2, 0, 1]], [[7], [3, 1]])
    assert alone.tolist() == [0, 5]
    assert together == pytest.approx(np.array([3, 1]) / np.sqrt(10))


@pytest.fixture
async def served(root: httpx.AsyncClient) -> AsyncIterator[tuple[Embedder, str]]:
    async with embedder() as world:
        model = await model_on(root, world, modality="embedding", context_window=LIMIT + SPARE)
        yield world, model.slug


async def test_a_model_of_elsewhere_is_given_no_more_than_it_reads(
    acme: Organisation, served: tuple[Embedder, str]
) -> None:
    (world, slug), platform = served, acme.running.platform
    caller = (await platform.credentials.admit(acme.people["admin"].key)).caller
    whole = WholeTexts(platform.gateway, platform.counters)
    long, short = await whole.embed(caller, slug, [LONG, "short"], {})
    asked = list(world.texts)
    assert max(map(COUNTER.count, asked)) <= LIMIT
    assert any("opens at dawn." in text for text in asked)
    cut = list(windows(LONG, COUNTER, LIMIT))
    mean = np.average([vector_of(window.text) for window in cut], axis=0, weights=[window.tokens for window in cut])
    assert long == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert short == pytest.approx(vector_of("short"), abs=1e-6)
    question = await QuestionVectors(platform.gateway, platform.counters, platform.clock).of(caller, slug, LONG, {})
    assert question == pytest.approx(long, abs=1e-6)


async def test_the_end_of_a_long_chunk_is_found_by_the_built_in_model(acme: Organisation) -> None:
    """Far beyond the 256 tokens that it reads at once, a fact still moves the vector towards its question."""
    platform = acme.running.platform
    caller = (await platform.credentials.admit(acme.people["admin"].key)).caller
    filler = "The committee met on Monday and approved the minutes of the previous meeting without discussion. " * 30
    fact = "Guinea pigs must never be fed rhubarb leaves, for they are poisonous to them."
    texts = [filler + fact, filler, "What is toxic for a guinea pig?"]
    with_fact, without, question = await WholeTexts(platform.gateway, platform.counters).embed(
        caller, "local/minilm", texts, {}
    )
    assert with_fact @ question > without @ question + 0.05
    embedded = await platform.gateway.embed(caller, "local/minilm", EmbedCall("", texts), {})
    assert np.allclose(embedded.vectors, [with_fact, without, question], atol=1e-5)
