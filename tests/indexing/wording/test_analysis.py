"""A word finds its other forms in texts of its language, itself in any, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Scope
from indexing.wording.stems import language_of
from indexing.wording.stop_words import Language
from tests.contract.vectors.passages import chunks, new_index, passage

FOUND = [
    ("The invoices were paid by the harbour office", "invoice payment paid"),
    ("The ships are running late", "ship"),
    ("Das ist die Rechnung für den Monat", "Rechnungen"),
    ("Die Häuser und Gärten werden im Frühjahr vermietet", "Haus"),
    ("Die Kündigung ist nicht wirksam", "Kündigungen"),
    ("De huizen van de gemeente zijn niet te koop", "huis huizen"),
    ("Les bateaux ne partent pas le dimanche", "bateau"),
    ("Rechnungen", "Rechnungen"),  # too short to tell its language
    ("RE-4711/B", "re 4711"),
    ("Der Vertrag mit Kessler läuft bis Juni", "Kessler"),
    ("Überweisung an Straßenmeisterei", "strassenmeisterei"),
]
NOT_FOUND = [
    ("There was corn in the field", "corner"),  # German would take its end off
    ("She kept a numb hand in the water", "number"),
    ("The flow of the river", "flower"),
    ("P-1107 on the engine", "P-1170"),
    ("Form SD-17 for the team", "SD-21"),
]


@pytest.mark.parametrize(("text", "asked"), FOUND)
async def test_a_word_finds_its_other_forms(embedded: EmbeddedVectors, text: str, asked: str) -> None:
    index, entry = new_index(), passage(text=text)
    await embedded.put(index, [entry, passage(text="nothing of the kind")])
    assert chunks(await embedded.matching(index, asked, Scope(1))) == [entry.chunk_id]


@pytest.mark.parametrize(("text", "asked"), NOT_FOUND)
async def test_words_that_look_alike_are_not_taken_for_each_other(
    embedded: EmbeddedVectors, text: str, asked: str
) -> None:
    index, entry = new_index(), passage(text=text)
    await embedded.put(index, [entry])
    assert [hit.score for hit in await embedded.matching(index, asked.rpartition("-")[2], Scope(1))] == []


async def test_a_passage_that_says_all_of_a_question_scores_higher_than_one_that_says_some(
    embedded: EmbeddedVectors,
) -> None:
    index, whole, part = new_index(), passage(text="harbour tide tables"), passage(text="harbour bread ovens")
    await embedded.put(index, [whole, part, passage(text="nothing of the kind")])
    first, second = await embedded.matching(index, "harbour tide", Scope(1))
    assert (first.chunk_id, second.chunk_id) == (whole.chunk_id, part.chunk_id)
    assert 1 > first.score > 2 * second.score > 0
    alone = await embedded.matching(index, "harbour tide zeppelin", Scope(1))
    assert alone[0].score < first.score


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the ship is in the harbour", Language.ENGLISH),
        ("das schiff ist in dem hafen", Language.GERMAN),
        ("het schip is in de haven", Language.DUTCH),
        ("le bateau est dans le port", Language.FRENCH),
        ("4711 p 1107", Language.ENGLISH),
        ("", Language.ENGLISH),
    ],
)
def test_small_words_tell_the_language(text: str, language: Language) -> None:
    assert language_of(text.split()) is language
