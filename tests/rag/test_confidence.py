"""How sure an answer is depends on what was found and on nothing that its reader may not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acl.facts import Effect, PrincipalType
from rag.retrieval.confidence import confidence, signs_of
from rag.retrieval.exact_terms import exact_terms, unsaid
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question, Way
from rag.retrieval.snippet import Span
from tests.rag.asking import WAYS, search
from tests.world.passages import written
from tests.world.people import Organisation


def passage(name: str, score: float, content: str = "", document: str = "") -> Passage:
    return Passage(name, document or name, "", {}, "col", 0, content, 0, 0, None, None, score, Span(0, 0))


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("What does E-417 mean on the printer?", ["417"]),
        ("alarm P-1107 Mirren M6", ["1107", "m6"]),
        ("Is there a boat to Corvin Bay?", ["corvin", "bay"]),
        ("Who is it?", []),
        ("When I AM late", []),
        ("HOW DO I PAY", ["pay"]),
        ("Departure Times To Holm Island", []),  # where all have one, a capital says nothing
        ("Wann wird der Müll von der Stadt geholt?", []),  # German sets one on every noun
        ("Vertrag 4499 mit der Firma", ["4499"]),
        ("", []),
    ],
)
def test_numbers_codes_and_names_must_be_said(question: str, terms: list[str]) -> None:
    assert [term for term in exact_terms(question) if term not in {"how", "do"}] == terms


def test_a_term_is_said_as_a_word_of_its_own_in_whatever_case() -> None:
    assert unsaid(["417", "corvin"], ["Message E-417.", "CORVIN's quay"]) == 0
    assert unsaid(["417"], ["Message E-4170 and 1417"]) == 1
    assert unsaid([], ["anything"]) == 0


@pytest.mark.parametrize("way", WAYS)
def test_it_rises_with_nearness_and_lead_and_falls_with_what_is_unsaid(way: Way) -> None:
    question, cosines = "What is E-417?", {"a": 0.5, "b": 0.4}
    found = [passage("a", 0.5, "E-417 is a fault"), passage("b", 0.4)]
    usual = confidence(question, way, found, cosines)
    assert 0 < usual < 1
    assert confidence(question, way, [replace(found[0], score=0.6), found[1]], cosines) > usual
    assert confidence(question, way, [replace(found[0], content="E-471"), found[1]], cosines) < usual
    if way is not Way.KEYWORD:
        assert confidence(question, way, found, {"a": 0.7, "b": 0.4}) > usual


def test_nothing_found_is_no_confidence() -> None:
    assert confidence("anything", Way.HYBRID, [], {}) == 0


def test_the_lead_is_over_another_document() -> None:
    same = [passage(str(place), 0.5 - place / 100, document="one") for place in range(3)]
    assert signs_of("?", [*same, passage("other", 0.3)], {}).lead == pytest.approx(0.2)
    assert signs_of("?", same, {}).lead == pytest.approx(0.02)
    assert signs_of("?", same[:1], {}).lead == 0


@pytest.mark.parametrize("way", WAYS)
async def test_it_moves_neither_with_how_much_is_shown_nor_with_what_is_hidden(acme: Organisation, way: Way) -> None:
    await acme.person("reader", "tenant_viewer")
    there = await written(acme, {f"d{number}": [f"harbour tide {'salt ' * number}"] for number in range(8)})
    searching = await search(acme, "reader")
    whole = await searching.run(there.id, Question("harbour tide E-417", way))
    assert 0 < whole.confidence < 1
    assert (await searching.run(there.id, Question("harbour tide E-417", way, top_k=1))).confidence == whole.confidence
    more = {f"hidden{number}": ["harbour tide E-417", f"tide {number}"] for number in range(9)}
    await there.shelf.hold(*more)
    await there.enter(Effect.DENY, (PrincipalType.USER, acme.people["reader"].id), more)
    await there.write(more)
    assert (await searching.run(there.id, Question("harbour tide E-417", way))).confidence == whole.confidence
    none = await searching.run(there.id, Question("harbour tide E-417", way, min_score=1.0))
    assert (none.passages, none.confidence) == ([], 0)
