"""Names and terms are read out of a text by the look of it alone, always the same ones, and never too many."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.graphs.facts import Facts
from indexing.graphs.terms import MOST_THINGS, MOST_TIES, NAME, TERM, facts_of
from indexing.wording.names import key_of

ENGLISH = (
    "However, Ada Lovelace wrote to Charles Babbage in London. Babbage answered her. The engine was costly, and the"
    " engine ran in 1843. Results were poor."
)
GERMAN = (
    "Die Deutsche Bank und Anna Müller unterzeichneten den Vertrag in Berlin. Nach der Zahlung endet der Vertrag."
    " Für ihn gilt die Kündigungsfrist nach ISO 27001, und das ist nicht wenig."
)


def names(facts: Facts, label: str = NAME) -> set[str]:
    return {mention.name for mention in facts.mentions if label in mention.labels}


def ties(facts: Facts) -> set[tuple[str, str]]:
    return {(assertion.tie.source, assertion.tie.target) for assertion in facts.assertions}


def test_names_of_an_english_text_are_found_and_tied_where_one_sentence_has_both() -> None:
    found = facts_of(ENGLISH)
    assert names(found) == {"Ada Lovelace", "Charles Babbage", "Babbage", "London"}
    assert names(found, TERM) == {"engine"}
    assert ("ada lovelace", "charles babbage") in ties(found)
    assert not any("engine" in tie for tie in ties(found))


def test_nouns_of_a_german_text_are_no_names_for_their_capitals() -> None:
    found = facts_of(GERMAN)
    assert names(found) == {"Deutsche Bank", "Anna Müller", "ISO 27001"}
    assert names(found, TERM) == {"Vertrag", "Kündigungsfrist"}
    assert ("anna müller", "deutsche bank") in ties(found)


def test_a_capital_that_begins_a_sentence_is_no_name_unless_it_is_seen_elsewhere() -> None:
    assert names(facts_of("Ships came. Rotterdam was full of them.")) == set()
    assert names(facts_of("Rotterdam was full. They came to Rotterdam.")) == {"Rotterdam"}


@pytest.mark.parametrize(
    "text", ["", "1. 2. 3. 2024 4711 12.5 3,14 2024-01-01", "... --- !!!", "and then there was it"]
)
def test_numbers_and_small_words_alone_are_nothing(text: str) -> None:
    assert facts_of(text) == Facts([], [])


def test_what_is_written_as_no_word_is_is_a_name_even_at_the_beginning() -> None:
    assert names(facts_of("NASA bought it. GPT-4 wrote the iPhone manual.")) == {"NASA", "GPT-4", "iPhone"}


def test_a_long_text_gives_no_more_than_its_share_and_soon() -> None:
    text = " ".join(f"We saw Name{number} Of{number} with Other{number} there." for number in range(20_000))
    begun = time.process_time()
    found = facts_of(text)
    assert len(found.mentions) == MOST_THINGS
    assert len(found.assertions) <= MOST_TIES
    assert time.process_time() - begun < 5


@given(st.text(max_size=600) | st.text("Aa Bb.\n1ß-", max_size=600))
def test_any_text_gives_facts_that_hold_together(text: str) -> None:
    found = facts_of(text)
    keys = [mention.key for mention in found.mentions]
    assert facts_of(text) == found
    assert len(set(keys)) == len(keys) <= MOST_THINGS
    assert all(mention.key == key_of(mention.name) and mention.key for mention in found.mentions)
    assert all(source in keys and target in keys and source < target for source, target in ties(found))
    assert Facts.of(found.kept()) == found
    assert not any(key.replace(" ", "").isdigit() for key in keys)
