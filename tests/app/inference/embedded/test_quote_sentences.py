"""Sentences end where a reader would say they do."""

from __future__ import annotations

import pytest

from app.inference.backends.embedded.quote.sentences import split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ask Dr. Smith. He knows.", ["Ask Dr. Smith.", "He knows."]),
        ("Use fruit, e.g. apples. Wash it.", ["Use fruit, e.g. apples.", "Wash it."]),
        ("It costs 3.50 euro. Pay at 10.30 a.m. on Monday.", ["It costs 3.50 euro.", "Pay at 10.30 a.m. on Monday."]),
        ("Bring pens, paper, etc. The room is open.", ["Bring pens, paper, etc.", "The room is open."]),
        ("By J. R. R. Tolkien. Read it!  Really?", ["By J. R. R. Tolkien.", "Read it!", "Really?"]),
        (
            "See no. 5 on p. 12. Is it right? No. It is not.",
            ["See no. 5 on p. 12.", "Is it right?", "No.", "It is not."],
        ),
        ("Er kommt am 3. Mai. Dann geht er.", ["Er kommt am 3. Mai.", "Dann geht er."]),
        ('She said "Stop." Then she left.', ['She said "Stop."', "Then she left."]),
        ("今日は晴れです。明日は雨です。", ["今日は晴れです。", "明日は雨です。"]),
        ("Visit example.com for more. Or call.", ["Visit example.com for more.", "Or call."]),
        ("A line that was\nbroken to fit. Another.", ["A line that was\nbroken to fit.", "Another."]),
        ("Opening hours\nMonday 9-17\nTuesday 10-14", ["Opening hours", "Monday 9-17", "Tuesday 10-14"]),
        ("- first\n- second item\n  goes on\n1. third", ["first", "second item\n  goes on", "third"]),
        ("| a | b |\n|---|---|\n| 1 | 2.5 |", ["1 | 2.5"]),
        ("# Head\nText.", ["Head", "Text."]),
        ("", []),
        ("...\n---\n***", []),
    ],
)
def test_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in split(text)] == expected


def test_rows_and_items_know_what_they_stand_under() -> None:
    rows = split("## Prices\n| Plan | Price |\n|---|---|\n| Pro | €20 |\n\nYou need:\n* a pen")
    heads = {sentence.text: sentence.heading for sentence in rows}
    assert heads["Pro | €20"] == "Prices\n| Plan | Price |"
    assert heads["a pen"] == "Prices\nYou need:"


def test_every_sentence_stands_in_its_text_word_for_word() -> None:
    text = 'One (e.g. this). "Two."\n\n* three\n| four | 4 |\nfive? Six... seven! 8.9 ten.'
    assert all(sentence.text in text for sentence in split(text))
