"""Better questions without a model."""

from __future__ import annotations

import pytest

from rag.strategies.expanding import expanded
from tests.rag.strategies.scripted import Shared

piece = Shared([]).piece


def test_the_name_that_a_passage_adds_leads_to_what_it_does_not_say() -> None:
    [query] = expanded("Who leads the team that runs Atlas?", [piece("Atlas is run by the Falcon team since May.")])
    assert query.split()[:2] == ["Falcon", "May"]
    assert "leads" in query


def test_a_passage_without_names_lends_its_frequent_words() -> None:
    said = "refunds follow the invoice procedure; the invoice procedure begins with a form."
    [query] = expanded("How do refunds work?", [piece(said)])
    assert query.split()[:2] == ["invoice", "procedure"]


@pytest.mark.parametrize("said", ["", "Who leads the team?", "the of and", "!!! ---", "\ud800 \x00"])
def test_passages_that_add_nothing_make_no_questions(said: str) -> None:
    assert all("\x00" not in query for query in expanded("Who leads the team?", [piece(said)]))
    assert expanded("Who leads the team?", [piece("Who leads the team?")]) == []
    assert expanded("Who leads the team?", []) == []


def test_with_the_first_pass_there_are_at_most_three_searches() -> None:
    pieces = [piece(f"It is near Place{number} and Town{number}.") for number in range(9)]
    assert len(expanded("Where is it?", pieces)) == 2
