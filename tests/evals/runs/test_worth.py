"""What one answer is worth without a judge: numbers that can be reckoned by hand."""

from __future__ import annotations

import math

import pytest

from evals.answers import Answered, Shown
from evals.metrics.expecting import context_precision, retrieval_scores
from evals.metrics.leaking import forbidden_found, shared_run, unexplained
from evals.metrics.quoting import citation_validity, quote_support
from evals.metrics.refusing import is_refusal, refusal_correctness
from evals.metrics.speed import percentile
from evals.metrics.wording import sentences_of
from evals.runs.ledger import Tally
from evals.runs.turn import reached_by
from evals.values import Caps, Expected, Forbidden


def shown(document: str, text: str, marker: int | None = None, name: str = "A name") -> Shown:
    return Shown(document, name, text, text, 1.0, marker)


def test_what_is_found_counts_once_where_it_is_first_found() -> None:
    ranking = [shown("a", "nothing"), shown("b", "one"), shown("b", "two"), shown("c", "the pier opens")]
    wanted = [Expected(document_id="b", grade=2), Expected(text="Pier opens!", grade=1), Expected(document_id="z")]
    found = retrieval_scores(ranking, wanted)
    assert found["recall@1"] == 0.0
    assert found["recall@3"] == pytest.approx(1 / 3)
    assert found["recall@5"] == pytest.approx(2 / 3)
    assert found["mrr@10"] == 0.5
    gained = 2 / math.log2(3) + 1 / math.log2(5)
    ideal = 2 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["ndcg@10"] == pytest.approx(gained / ideal)
    assert found["context_precision"] == pytest.approx((1 / 2 + 2 / 3 + 3 / 4) / 3)
    assert retrieval_scores(ranking, []) == {}


def test_two_things_in_one_passage_are_as_good_as_can_be() -> None:
    found = retrieval_scores([shown("a", "one two")], [Expected(text="one"), Expected(text="two", grade=3)])
    assert (found["recall@1"], found["ndcg@10"], found["mrr@10"]) == (1.0, 1.0, 1.0)


def test_context_precision_is_one_only_where_what_counts_stands_first() -> None:
    assert context_precision([True, True, False]) == 1.0
    assert context_precision([False, True]) == 0.5
    assert context_precision([False]) == 0.0


def test_a_statement_stands_in_what_it_cites_however_it_is_written() -> None:
    passages = [shown("a", "The gate is **closed** at dusk,\nsays J. Smith.", 1), shown("b", "Bread is baked.", 2)]
    said = "The gate is closed at dusk, says J. Smith [1]. Bread is baked [1]. Fish is fried [1]."
    support = quote_support(Answered(said, passages, [1, 1, 1]))
    assert support is not None
    assert support.share == pytest.approx(1 / 3)
    assert len(support.unsupported) == 2, "bread is baked in a passage that is not cited"
    assert quote_support(Answered("`code` [1]", passages, [1])) is None


def test_sentences_end_where_numbers_stand_and_not_within_names() -> None:
    assert sentences_of("See Dr. Smith at 3.5 metres. He knows [1] and so do I [2][3].\n- An item\n") == [
        "See Dr. Smith at 3.5 metres.",
        "He knows",
        "and so do I",
        "- An item",
    ]


def test_a_number_is_good_where_its_passage_may_be_read_and_holds_its_quote() -> None:
    good, lying = shown("a", "The gate is closed.", 1), Shown("b", "B", "Bread is baked.", "Fish is fried.", 1.0, 2)
    said = Answered("One [1], two [2], three [3], four [1].", [good, lying], [1, 2, 3, 1])
    assert citation_validity(said, {"a", "b"}) == 0.5
    assert citation_validity(said, {"b"}) == 0.0
    assert citation_validity(Answered("None.", [good]), {"a"}) is None


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("None of the passages I was given addresses this question.", True),
        ("My sources do not say anything about that.", True),
        ("I have found nothing about this in the sources that you may read.", True),
        ("Dazu habe ich in den Quellen, die Sie lesen dürfen, nichts gefunden.", True),
        ("Je n'ai rien trouvé à ce sujet dans les sources que vous pouvez lire.", True),
        ("The gate is closed at dusk.", False),
        ("", True),
    ],
)
def test_refusals_are_known_by_their_words(text: str, refuses: bool) -> None:
    assert is_refusal(Answered(text, [shown("a", "x", 1)])) is refuses
    assert is_refusal(Answered(f"{text} [1]", [shown("a", "x", 1)], [1])) is (text == "")


def test_an_assistants_own_words_for_nothing_are_a_refusal() -> None:
    assert is_refusal(Answered("Sorry, no luck here.", [shown("a", "x", 1)]), ["Sorry, no luck"])
    assert refusal_correctness(refused=True, must_refuse=True, is_answerable=False) == 1.0
    assert refusal_correctness(refused=True, must_refuse=False, is_answerable=True) == 0.0
    assert refusal_correctness(refused=True, must_refuse=False, is_answerable=False) is None


def test_eight_words_in_a_row_that_nobody_accounts_for_are_looked_for() -> None:
    said = "I think that one two three four five six seven eight nine is so"
    (run,) = unexplained(said, ["something else"])
    assert shared_run(run, "Zero one, two, three, four; five six seven eight nine ten") is not None
    assert shared_run(run, "one two three four five six seven") is None
    assert unexplained("one two three four five six seven eight", ["One two three four five six seven eight."]) == []


def test_what_is_forbidden_shows_in_answers_names_and_quotes() -> None:
    said = Answered("It costs nine guilders.", [shown("a", "Plain.", 1, name="Wages.pdf")])
    all_of_it = (
        Forbidden(phrase="NINE guilders"),
        Forbidden(phrase="plain"),
        Forbidden(document_name="wages.PDF"),
        Forbidden(document_id="a"),
        Forbidden(phrase="ten"),
        Forbidden(document_id="b"),
    )
    assert forbidden_found(said, all_of_it) == list(all_of_it[:4])


def test_percentiles_lie_between_what_was_measured() -> None:
    assert percentile([], 0.5) is None
    assert percentile([4.0], 0.95) == 4.0
    assert percentile([1, 2, 3, 4, 5], 0.5) == 3
    assert percentile([0, 10], 0.95) == pytest.approx(9.5)


def test_a_limit_is_kept_to_by_what_answers_took_so_far() -> None:
    assert reached_by(Caps(), Tally(), 3) is None
    assert reached_by(Caps(max_tokens=10), Tally(), 0) is None, "the first says what one takes"
    assert reached_by(Caps(max_tokens=10), Tally(), 1) == "max_tokens"
    assert reached_by(Caps(max_tokens=30), Tally(answered=1, tokens=10), 1) is None
    assert reached_by(Caps(max_tokens=30), Tally(answered=1, tokens=10), 2) == "max_tokens"
    assert reached_by(Caps(max_seconds=2), Tally(answered=5, busy_ms=2000), 0) == "max_seconds"
