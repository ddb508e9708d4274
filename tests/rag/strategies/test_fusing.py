"""What several passes found, as one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from rag.search import Retrieved
from rag.sources.gathered import DrivePassage, Gathered, Piece, SourceFound
from rag.strategies.fusing import fused, key_of, together
from tests.rag.strategies.scripted import SHARE, Shared

piece = Shared([]).piece
LISTS = some.lists(some.lists(some.tuples(some.sampled_from("abcdefghij"), some.floats(0, 1)), max_size=8), max_size=5)


def said(pieces: list[Piece]) -> list[str]:
    return [one.passage.content for one in pieces]


def test_what_answers_half_of_a_question_comes_before_what_all_passes_found_in_the_middle() -> None:
    common = [piece(f"common {number}") for number in range(4)]
    passes = [[piece("first half"), *common], [piece("second half"), *common]]
    assert said(fused(passes, 3))[:2] == ["first half", "second half"]


def test_of_equals_comes_first_what_more_passes_found_and_then_what_weighs_more() -> None:
    passes = [[piece("a", 0.9), piece("b")], [piece("c", 0.95), piece("a", 0.5)]]
    assert said(fused(passes, 3)) == ["a", "c", "b"]


def test_a_passage_keeps_the_best_score_it_was_found_with() -> None:
    [one] = fused([[piece("a", 0.2)], [piece("a", 0.7)], [piece("a", 0.4)]], 5)
    assert one.score == 0.7


def test_one_text_comes_once_whatever_document_it_is_in() -> None:
    other = Piece(SHARE, DrivePassage("another", "the  same text", 1.0), 1.0)
    assert len(fused([[piece("the same\ntext"), other]], 5)) == 1


@given(LISTS, some.integers(1, 6))
def test_nothing_comes_twice_nothing_new_comes_and_the_best_of_every_pass_is_there_while_there_is_room(
    lists: list[list[tuple[str, float]]], most: int
) -> None:
    passes = [[piece(*one) for one in found] for found in lists]
    chosen = fused(passes, most)
    keys = [key_of(one) for one in chosen]
    assert len(keys) == len(set(keys)) <= most
    assert set(keys) <= {key_of(one) for found in passes for one in found}
    tops = {key_of(found[0]) for found in passes if found}
    assert set(keys) >= tops or len(tops) > most


def test_a_source_that_failed_in_one_pass_is_partly_there_and_its_fault_is_told() -> None:
    fine = Gathered([], [SourceFound(SHARE, Retrieved.OK, [piece("a")])], [])
    broken = Gathered([], [SourceFound(SHARE, Retrieved.DEGRADED, fault="SCAIDRIVE_ERROR")], [], degraded=True)
    both = together([fine, broken], [piece("a")], [])
    [source] = both.sources
    assert (source.status, source.fault, len(source.pieces)) == (Retrieved.PARTIAL, "SCAIDRIVE_ERROR", 1)
    assert both.degraded
    assert together([broken, broken], [], []).sources[0].status is Retrieved.DEGRADED
