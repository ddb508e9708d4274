"""What is looked for is the last question, with what it goes on from where it means nothing alone."""

from __future__ import annotations

from typing import Any

import pytest

from rag.conversation import LONGEST, asked_in, leans


def said(*turns: str) -> list[dict[str, Any]]:
    """A conversation, the user first."""
    return [{"role": "assistant" if place % 2 else "user", "content": text} for place, text in enumerate(turns)]


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take?",
        "And for Belgium?",
        "What about contractors?",
        "Why?",
        "Who approves them?",
        "Hoe lang duurt het, en wie keurt dat goed?",
        "Und was kostet das?",
        "Et pour les stagiaires ?",
        "More",
    ],
)
def test_what_goes_on_is_known_by_its_words(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the refund period for annual subscriptions?",
        "Who is the data protection officer of Acme?",
        "Wie lange ist die Kündigungsfrist für Mietverträge?",
        "Summarise the onboarding handbook",
        "refund policy Belgium",
    ],
)
def test_what_stands_alone_is_left_alone(question: str) -> None:
    assert not leans(question)


def test_a_question_that_goes_on_is_put_behind_the_one_it_goes_on_from() -> None:
    asked = asked_in(said("What is the refund policy?", "Thirty days.", "How long does it take?"))
    assert asked.text == "What is the refund policy?\nHow long does it take?"
    assert asked.from_before == 1


def test_several_that_go_on_reach_back_to_one_that_stands_alone_and_no_further() -> None:
    turns = (
        "Who runs payroll here?",
        "Ada.",
        "What is the refund policy for annual plans?",
        "…",
        "And for Belgium?",
        "…",
    )
    asked = asked_in(said(*turns, "How long does it take?"))
    assert "payroll" not in asked.text
    assert asked.text.split("\n") == [
        "What is the refund policy for annual plans?",
        "And for Belgium?",
        "How long does it take?",
    ]


def test_what_assistants_and_systems_say_is_no_question() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "assistant", "content": "Hello?"}]
    assert asked_in(messages).text == ""
    assert asked_in("nonsense").text == ""
    assert asked_in([None, {"role": "user", "content": 7}]).text == ""


def test_texts_of_parts_are_read_and_pictures_are_not() -> None:
    parts = [
        {"type": "text", "text": "What does the red lamp mean?"},
        {"type": "image_url", "image_url": {"url": "data:"}},
    ]
    assert asked_in([{"role": "user", "content": parts}]).text == "What does the red lamp mean?"


def test_of_a_pasted_page_the_end_is_asked() -> None:
    asked = asked_in(said("word " * 5_000 + "What does clause nine say?"))
    assert asked.text.endswith("What does clause nine say?")
    assert len(asked.text) <= LONGEST
