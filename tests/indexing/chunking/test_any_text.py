"""Whatever the text: chunks stand in it word for word, nothing is lost, and none is too large."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from indexing.chunking.strategies import Strategy
from tests.indexing.chunking.trials import FRAGMENTS, GUESS, MINILM, alone, cut, require_sound
from tests.world.by_night import by_night

HARMLESS = settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))
SIZES = ((32, 0), (45, 10), (64, 32), (200, 50), (512, 50))


def made_of(seed: int) -> str:
    among = random.Random(seed)
    few = among.sample(FRAGMENTS, among.randint(1, len(FRAGMENTS)))
    return "".join(among.choices(few, k=among.choice([1, 5, 30, 200, 800])))


@pytest.mark.parametrize("strategy", Strategy)
async def test_a_text_of_awkward_fragments_is_cut_soundly(strategy: Strategy) -> None:
    for seed in range(40):
        text = made_of(seed)
        size, overlap = SIZES[seed % len(SIZES)]
        require_sound(text, await cut(text, strategy, size, overlap, language="python"), size, overlap)


@pytest.mark.parametrize("strategy", Strategy)
async def test_an_estimate_holds_its_own_bound(strategy: Strategy) -> None:
    for seed in range(20):
        text = made_of(1_000 + seed)
        size, overlap = SIZES[seed % len(SIZES)]
        require_sound(text, await cut(text, strategy, size, overlap, GUESS), size, overlap, GUESS)


@HARMLESS
@given(text=some.text(max_size=3_000), strategy=some.sampled_from(Strategy))
async def test_any_characters_are_cut_soundly(text: str, strategy: Strategy) -> None:
    require_sound(text, await cut(text, strategy, 40, 8), 40, 8)


@HARMLESS
@given(word=some.text(min_size=1, max_size=400).map(lambda text: "".join(text.split())))
def test_parts_in_a_row_never_count_more_than_they_weigh(word: str) -> None:
    at, parts = 0, []
    for length, weight in MINILM.atoms(word):
        parts.append((at, at + length, weight))
        at += length
    assert at == len(word)
    among = random.Random(len(word))
    for _ in range(min(20, len(parts))):
        first, last = sorted(among.choices(range(len(parts)), k=2))
        weight = sum(part[2] for part in parts[first : last + 1])
        assert alone(word[parts[first][0] : parts[last][1]]) <= weight


@HARMLESS
@given(text=some.text(max_size=2_000))
def test_a_sum_of_words_is_the_count_of_the_text(text: str) -> None:
    assert MINILM.count(text) == alone(text)


MONOTONOUS = {
    "empty": "",
    "blank": " \n\t\n ",
    "one": "x",
    "ideographs": "漢字" * 9_000,
    "families": "👨‍👩‍👧‍👦" * 2_000,
    "marks": "e" + "\u0301" * 30_000,
    "dots": "." * 50_000,
    "newlines": "\n" * 100_000 + "x",
    "gaps": ("a" + " " * 200_000) * 3 + "b\n\n" + " " * 200_000 + "c",
    "braces": "{" * 50_000,
    "tiny": "a\n\n" * 20_000,
    "headings": "# a\n" * 10_000,
    "fences": "```\n" * 10_000,
    "bars": "|-" * 20_000 + "\n" + "|-" * 20_000,
}


@pytest.mark.parametrize("text", MONOTONOUS.values(), ids=MONOTONOUS)
@pytest.mark.parametrize("strategy", Strategy)
async def test_a_monotonous_text_is_cut_soundly(text: str, strategy: Strategy) -> None:
    chunks = await cut(text, strategy, language="javascript")
    require_sound(text, chunks, 512, 50)
    assert max((len(chunk.text) for chunk in chunks), default=0) <= 512 * 64


@pytest.mark.parametrize(
    "strategy", [Strategy.PARAGRAPH, *by_night(each for each in Strategy if each is not Strategy.PARAGRAPH)]
)
async def test_one_line_of_five_million_characters_is_cut(strategy: Strategy) -> None:
    chunks = await cut("x" * 5_000_000, strategy)
    assert sum(len(chunk.text) for chunk in chunks) >= 5_000_000
    assert max(len(chunk.text) for chunk in chunks) <= 512


@pytest.mark.parametrize("strategy", Strategy)
async def test_the_same_text_gives_the_same_chunks(strategy: Strategy) -> None:
    assert await cut(made_of(4), strategy, 64, 16) == await cut(made_of(4), strategy, 64, 16)


async def test_an_overlap_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="leave no room"):
        await cut("x", Strategy.FIXED, 64, 40)
    with pytest.raises(ValueError, match="leave no room"):
        await cut("x", Strategy.PARAGRAPH, 16, 0)
