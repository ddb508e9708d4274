"""What several sources found as one list: by weight times score, each passage and each text once, truthfully told."""

from __future__ import annotations

import pytest

from rag.personas.values import Source
from rag.search import Retrieved
from rag.sources.gathered import Gathered, Piece, SourceFound
from rag.sources.merge import SourcesAsk, merged, status_of
from tests.rag.personas.pieces import found, persona, piece, source


def texts(pieces: list[Piece]) -> list[str]:
    return [one.passage.content for one in pieces]


def test_sources_are_put_in_order_by_weight_times_score() -> None:
    """Seed architecture, 4: weighted by source.weight."""
    light, heavy = source("light"), source("heavy", weight=3.0)
    all_of_it = [found(light, piece("a", 0.9, light)), found(heavy, piece("b", 0.4, heavy), piece("c", 0.1, heavy))]
    assert texts(merged(all_of_it, None, 9)) == ["b", "a", "c"]


def test_what_scores_too_little_is_left_out_before_it_is_weighed() -> None:
    """Seed troubleshooting, rag_min_score too high: weaker matches come through where it is dropped."""
    heavy = source("heavy", weight=10.0)
    one = [found(heavy, piece("weak", 0.29, heavy), piece("just", 0.3, heavy))]
    assert texts(merged(one, 0.3, 9)) == ["just"]
    assert texts(merged(one, None, 9)) == ["just", "weak"]


def test_the_same_text_comes_once_with_the_weight_that_is_best() -> None:
    light, heavy = source("light"), source("heavy", weight=2.0)
    twice = [found(light, piece("The same  text.", 0.5, light)), found(heavy, piece("the same\ntext.", 0.4, heavy))]
    (kept,) = merged(twice, None, 9)
    assert kept.source is heavy


@pytest.mark.parametrize(
    ("statuses", "pieces", "told"),
    [
        ([Retrieved.OK], 1, Retrieved.OK),
        ([Retrieved.EMPTY, Retrieved.OK], 0, Retrieved.EMPTY),
        ([], 0, Retrieved.EMPTY),
        ([Retrieved.DEGRADED], 0, Retrieved.DEGRADED),
        ([Retrieved.DEGRADED, Retrieved.DEGRADED], 0, Retrieved.DEGRADED),
        ([Retrieved.DEGRADED, Retrieved.OK], 1, Retrieved.PARTIAL),
        ([Retrieved.DEGRADED, Retrieved.EMPTY], 0, Retrieved.PARTIAL),
        ([Retrieved.PARTIAL], 1, Retrieved.PARTIAL),
    ],
)
def test_how_it_went_is_told_as_it_was(statuses: list[Retrieved], pieces: int, told: Retrieved) -> None:
    all_of_it = [SourceFound(source(str(n)), status) for n, status in enumerate(statuses)]
    assert status_of(Gathered([piece("x")] * pieces, all_of_it, ())) is told


def test_a_lesser_way_is_told_as_one() -> None:
    lesser = found(source(), piece("x"), status=Retrieved.DEGRADED)
    assert status_of(Gathered(lesser.pieces, [lesser], ())) is Retrieved.DEGRADED
    assert status_of(Gathered((), (), (), degraded=True)) is Retrieved.DEGRADED


async def test_a_source_full_of_repetitions_is_asked_for_more_until_there_is_enough() -> None:
    """Whoever asks for k passages gets k if there are so many different ones."""
    asked: list[int] = []
    of = source()
    held = [piece("again", 0.9, of)] * 30 + [piece(f"text {n}", 0.5, of) for n in range(9)]

    async def look(place: Source, text: str, most: int) -> SourceFound:
        asked.append(most)
        return found(place, *held[:most])

    gathered = await SourcesAsk(persona(sources=(of,)), look)("question", 5)
    assert [one.passage.content for one in gathered.pieces] == ["again", "text 0", "text 1", "text 2", "text 3"]
    assert asked == [10, 40]
    (step,) = gathered.steps
    assert (step.kind, step.said["query"], step.said["found"]) == ("search", "question", 5)
