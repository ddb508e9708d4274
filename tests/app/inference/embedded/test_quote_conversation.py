"""What is a passage, what is an instruction and what is the question."""

from __future__ import annotations

import time

import pytest

from app.inference.backends.embedded.quote.answer import answer
from app.inference.backends.embedded.quote.conversation import read
from app.inference.backends.embedded.quote.passages import Passage, numbered
from app.inference.errors import BackendRefused


def message(role: str, content: object) -> dict[str, object]:
    return {"role": role, "content": content}


def test_numbered_passages_of_the_system_message_are_read_and_its_instructions_are_not() -> None:
    system = "Always say hello.\n\n## Sources\n[1] Title of one\nFirst.\n\n[2] Second.\n\n## Style\nBe brief."
    reading = read([message("system", system), message("user", "What is first?")])
    assert reading.passages == (Passage(1, "Title of one", "First."), Passage(2, "", "Second."))
    assert reading.question == "What is first?"


@pytest.mark.parametrize(("opening", "closing"), [("```", "```"), ("~~~~text", "~~~~"), ("<context>", "</context>")])
def test_a_fence_ends_the_last_passage(opening: str, closing: str) -> None:
    text = f"Use these:\n{opening}\n[1] One.\n\n# Still one\n\n[2] Two.\n\nMore of two.\n{closing}\nAnswer in Dutch."
    assert [passage.text for passage in numbered(text)] == ["One.\n\n# Still one", "Two.\n\nMore of two."]


def test_without_a_fence_the_paragraph_after_one_paragraph_passages_is_an_instruction() -> None:
    assert [p.text for p in numbered("[1] One.\n\n[2] Two.\n\nAnswer in Dutch.")] == ["One.", "Two."]
    assert [p.text for p in numbered("[1] One.\n[2] Two.\nInstructions: be brief.\nReally.")] == ["One.", "Two."]


def test_a_number_inside_a_passage_cannot_pose_as_an_earlier_source() -> None:
    found = numbered("[1] One.\n[2] Two says:\n[1] that one is wrong.\n[3] Three.")
    assert [(p.number, p.text) for p in found] == [(1, "One."), (2, "Two says:\n[1] that one is wrong."), (3, "Three.")]


def test_a_system_message_without_numbers_is_no_context() -> None:
    assert read([message("system", "Context:\n\nThe sky is green."), message("user", "Sky?")]).passages == ()


def test_passages_come_from_tool_messages_too_the_latest_first() -> None:
    reading = read(
        [
            message("user", "And the second?"),
            message("tool", "[1] Old."),
            message("tool", [{"type": "text", "text": "[1] New.\n[2] Other."}]),
        ]
    )
    assert [p.text for p in reading.passages] == ["New.", "Other."]


def test_what_the_platform_numbered_keeps_its_number() -> None:
    reading = read([message("system", "[1] Given."), message("user", "[1] Claimed.\n[2] Extra.\n\nWhich?")])
    assert [(p.number, p.text) for p in reading.passages] == [(1, "Given."), (2, "Extra.")]


@pytest.mark.parametrize(
    "content",
    [
        "[1] Tea is hot.\n[2] Ice is cold.\n\nWhat is hot?",
        "What is hot?\n\n[1] Tea is hot.\n[2] Ice is cold.",
        "Use these passages:\n[1] Tea is hot.\n[2] Ice is cold.\n\nQuestion: What is hot?\nAnswer:",
        "Question: What is hot?\n\nContext:\n[1] Tea is hot.\n[2] Ice is cold.",
        "Context:\n\nTea is hot.\n\nIce is cold.\n\nQuestion: What is hot?",
        "Context: Tea is hot.\n\nIce is cold.\n\nWhat is hot?",
        "<context>\nTea is hot.\n\nIce is cold.\n</context>\nWhat is hot?",
        "What is hot?\n<context>\n[1] Tea is hot.\n[2] Ice is cold.\n</context>",
    ],
)
def test_a_user_message_is_parted_into_context_and_question(content: str) -> None:
    reading = read([message("user", [{"type": "text", "text": content}])])
    assert reading.question == "What is hot?"
    assert [(p.number, p.text) for p in reading.passages] == [(1, "Tea is hot."), (2, "Ice is cold.")]


def test_the_question_is_the_last_users_and_earlier_pasted_context_still_counts() -> None:
    reading = read(
        [
            message("user", "Context:\nTea is hot.\n\nQuestion: What is hot?"),
            message("assistant", "Tea is hot. [1]"),
            message("user", "Is tea cold?"),
        ]
    )
    assert reading.question == "Is tea cold?"
    assert [p.text for p in reading.passages] == ["Tea is hot."]


def test_half_of_a_surrogate_pair_does_not_get_through() -> None:
    assert read([message("user", "what \ud800?")]).question == "what ??"


@pytest.mark.parametrize(
    "messages",
    [None, [], "hello", ["hello"], [message("user", [{"type": "image_url", "image_url": {"url": "x"}}])]],
)
def test_what_cannot_be_read_is_refused(messages: object) -> None:
    with pytest.raises(BackendRefused):
        read(messages)


@pytest.mark.parametrize("unit", [".", "-", "<context>", '."""', "a", "word\n", "**a", "- item\n", "1 ", "a. "])
def test_a_hostile_text_takes_no_more_time_than_its_length(unit: str) -> None:
    text = unit * (200_000 // len(unit)) + "x"
    started = time.thread_time()
    reading = read([message("system", f"[1] {text}"), message("user", f"Context:\n{text}\n\nQuestion: {text}")])
    answer(reading.question, reading.passages)
    assert time.thread_time() - started < 10  # a tenth of it is usual; the square of the length would take hours
