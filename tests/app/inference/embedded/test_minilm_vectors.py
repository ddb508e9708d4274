"""The built-in embedder gives MiniLM's vectors, for texts of any length."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from app.inference.backends.embedded.backend import EmbeddedBackend
from app.inference.errors import BackendRefused
from app.inference.ports import EmbedCall, Usage
from tests.app.inference.embedded.forward_pass import ForwardPass

TEXTS = [
    "How many days of leave do I get?",
    "",
    "Tea",
    "The quick brown fox jumps over the lazy dog, e.g. on a Monday; unbelievably so! " * 3,
    "Überraschung: 会社の本社は東京にあります 🎉",
]
LONG = "\n".join(
    f"Section {n}: the {word} department files report number {n * 37}." for n, word in enumerate("abcdefg" * 7)
)


@pytest.fixture(scope="module")
def truth() -> ForwardPass:
    return ForwardPass()


async def embed(backend: EmbeddedBackend, texts: Sequence[str]) -> NDArray[np.float32]:
    return (await backend.embed(EmbedCall("minilm", texts))).vectors


async def test_vectors_are_those_of_a_plain_forward_pass(loaded: EmbeddedBackend, truth: ForwardPass) -> None:
    vectors = await embed(loaded, TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    expected = np.stack([truth.embed(truth.ids(text)) for text in TEXTS])
    assert np.abs(vectors - expected).max() < 1e-5


@pytest.mark.parametrize(
    ("pieces", "windows"),
    [
        (254, [(0, 254)]),
        (255, [(0, 136), (120, 255)]),
        (457, [(0, 237), (221, 457)]),
        (492, [(0, 254), (238, 492)]),
        (512, [(0, 254), (238, 383), (367, 512)]),
        (1000, [(0, 254), (238, 492), (476, 730), (714, 865), (849, 1000)]),
    ],
)
async def test_a_long_text_is_the_weighted_mean_of_windows_that_cover_it(
    loaded: EmbeddedBackend, truth: ForwardPass, pieces: int, windows: Sequence[tuple[int, int]]
) -> None:
    text = " ".join(["the", "harbour", "is", "shut", "at", "night"][place % 6] for place in range(pieces))
    ids = truth.ids(text)[1:-1]
    assert len(ids) == pieces
    total = sum(truth.embed([101, *ids[start:end], 102]) * (end - start + 2) for start, end in windows)
    assert np.abs((await embed(loaded, [text]))[0] - total / np.linalg.norm(total)).max() < 1e-5


async def test_the_end_of_a_long_text_counts(loaded: EmbeddedBackend) -> None:
    filler = "The committee met and approved the minutes of the previous meeting. " * 60
    plain, ending, query = await embed(loaded, [filler, filler + "Penguins live in Antarctica. " * 40, "penguins"])
    assert ending @ query > plain @ query + 0.1


async def test_a_paraphrase_is_nearer_than_something_else(loaded: EmbeddedBackend) -> None:
    said, meant, other = await embed(
        loaded,
        ["How do I reset my password?", "I forgot my login credentials and need new ones", "The soup contains leeks"],
    )
    assert said @ meant > 0.5
    assert said @ other < 0.15


async def test_vectors_do_not_depend_on_the_company_they_are_made_in(loaded: EmbeddedBackend) -> None:
    texts = [f"note {n} " + "word " * (n * 7 % 90) for n in range(40)]
    together = await embed(loaded, texts)
    apart = await asyncio.gather(*(embed(loaded, [text]) for text in texts))
    assert np.abs(together - np.concatenate(apart)).max() < 1e-5


async def test_usage_is_the_word_pieces_with_specials(loaded: EmbeddedBackend, truth: ForwardPass) -> None:
    texts = [*TEXTS, LONG]
    counts = [len(truth.ids(text)) for text in texts]
    assert loaded.count_tokens(texts) == counts
    assert (await loaded.embed(EmbedCall("minilm", texts))).usage == Usage(sum(counts), 0)


async def test_pieces_of_a_very_long_text_are_the_same_as_if_cut_at_once(
    loaded: EmbeddedBackend, truth: ForwardPass
) -> None:
    text = LONG * 14
    assert len(text) > 20_000
    assert loaded.count_tokens([text]) == [len(truth.ids(text))]


async def test_half_of_a_surrogate_pair_can_be_embedded(loaded: EmbeddedBackend) -> None:
    assert np.isfinite(await embed(loaded, ["broken \ud83d text"])).all()


async def test_nothing_gives_nothing(loaded: EmbeddedBackend) -> None:
    assert (await embed(loaded, [])).shape == (0, 384)


async def test_dimensions_are_384_or_refused(loaded: EmbeddedBackend) -> None:
    assert (await loaded.embed(EmbedCall("minilm", ["x"], dimensions=384))).vectors.shape == (1, 384)
    with pytest.raises(BackendRefused, match="384"):
        await loaded.embed(EmbedCall("minilm", ["x"], dimensions=128))


async def test_token_ids_of_another_vocabulary_are_refused(loaded: EmbeddedBackend) -> None:
    with pytest.raises(BackendRefused, match="token ids"):
        await loaded.embed(EmbedCall("minilm", [[1, 2, 3]]))
