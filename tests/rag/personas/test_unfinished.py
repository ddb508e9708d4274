"""Who is told that nothing was found is told what is still to come, as far as they may know of it."""

from __future__ import annotations

from typing import Any

import pytest

from indexing.documents.status import DocumentStatus
from rag.personas.values import Grounding, StatusMode
from tests.rag.personas.conftest import Desk
from tests.world import openai_answers as says
from tests.world.assistants import Assistant

ZEPPELIN = "What is a zeppelin?"
NOTHING = "I have found nothing about this in the sources that you may read."
MORE = "Some of their documents are still being read; please ask again in a moment."


async def told(desk: Desk, name: str, helper: Assistant, said: str = ZEPPELIN) -> tuple[str, dict[str, Any]]:
    answer = await desk.ask(name, helper, said)
    (source,) = answer["retrieval"]["sources"]
    return answer["choices"][0]["message"]["content"], source


@pytest.fixture
async def strict(desk: Desk) -> Assistant:
    return await desk.assistant(grounding=Grounding.STRICT)


@pytest.mark.parametrize("status", [status for status in DocumentStatus if not status.is_terminal])
async def test_documents_on_their_way_are_told_of(desk: Desk, strict: Assistant, status: DocumentStatus) -> None:
    await desk.place.move(status, "open", "other")
    text, source = await told(desk, "user", strict)
    assert text == f"{NOTHING} {MORE}"
    assert (source["status"], source["unfinished"]) == ("empty", 2)


@pytest.mark.parametrize("status", [DocumentStatus.INDEXED, DocumentStatus.FAILED])
async def test_documents_that_are_at_their_end_are_not(desk: Desk, strict: Assistant, status: DocumentStatus) -> None:
    await desk.place.move(status, "open", "secret", "other")
    text, source = await told(desk, "user", strict)
    assert text == NOTHING
    assert "unfinished" not in source


async def test_nobody_hears_of_documents_they_may_not_read(desk: Desk, strict: Assistant) -> None:
    await desk.place.move(DocumentStatus.EMBEDDING, "secret")
    text, source = await told(desk, "peer", strict)
    assert (text, "unfinished" in source) == (NOTHING, False)
    assert (await told(desk, "user", strict))[1]["unfinished"] == 1


async def test_who_gets_an_answer_is_not_told(desk: Desk, strict: Assistant) -> None:
    await desk.place.move(DocumentStatus.PENDING, "other")
    desk.up.says(says.completion("At dusk [1]."))
    _, source = await told(desk, "user", strict, "When does the harbour master close the harbour?")
    assert source == {"name": source["name"], "status": "ok"}


async def test_it_is_said_in_the_language_of_the_question(desk: Desk, strict: Assistant) -> None:
    await desk.place.move(DocumentStatus.PENDING, "open")
    text, _ = await told(desk, "user", strict, "Was ist ein Zeppelin und wer hat ihn gebaut?")
    assert text.endswith("Einige ihrer Dokumente werden noch gelesen; bitte fragen Sie gleich noch einmal.")


async def test_an_assistant_with_words_of_its_own_keeps_to_them(desk: Desk, strict: Assistant) -> None:
    strict.change(status_mode=StatusMode.CUSTOM, status_messages={"nothing_found": "Ask the harbour office."})
    await desk.place.move(DocumentStatus.PENDING, "open")
    text, source = await told(desk, "user", strict)
    assert (text, source["unfinished"]) == ("Ask the harbour office.", 1)


async def test_a_permissive_assistant_tells_it_beside_its_answer(desk: Desk) -> None:
    helper = await desk.assistant()
    desk.up.says(says.completion("A kind of airship."))
    await desk.place.move(DocumentStatus.CHUNKING, "open")
    assert (await told(desk, "user", helper))[1]["unfinished"] == 1
