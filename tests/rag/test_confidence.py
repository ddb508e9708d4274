"""How sure an answer is depends on what was found and on nothing that its reader may not see."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acl.facts import Effect, PrincipalType
from indexing.wording.folding import folded
from rag.retrieval.confidence import LookedAt, confidence, confidence_of, signs_of
from rag.retrieval.exact_terms import exact_terms, unsaid
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question, Way
from rag.retrieval.snippet import Snippets
from tests.rag.asking import WAYS, search
from tests.world.passages import written
from tests.world.people import Organisation

TIDES = {f"d{number}": [f"harbour tide {'salt ' * number}", f"boats {number}"] for number in range(12)}


def passage(name: str, score: float, content: str = "", document: str = "") -> Passage:
    return Passage(name, document or name, "", {}, "col", 0, content, 0, 0, None, None, score, Snippets(""))


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
    assert unsaid(["417"], ["14170, then 417"]) == 0
    assert unsaid([], ["anything"]) == 0


@given(st.lists(st.text("ab1_ -.é½٣漢", max_size=8), max_size=3), st.text("ab1é٣漢", min_size=1, max_size=3))
def test_a_term_is_said_where_it_is_one_of_the_words(texts: list[str], term: str) -> None:
    words = {word for text in texts for word in re.findall(r"[^\W_]+", folded(text))}
    assert unsaid([folded(term)], texts) == (folded(term) not in words)


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


@pytest.mark.parametrize("parts", [2, 5])
async def test_it_is_as_sure_of_several_collections_as_of_one_that_holds_all_of_them(
    acme: Organisation, parts: int
) -> None:
    """By meaning to the letter; how rare a word is, is told within a collection."""
    together = await written(acme, TIDES)
    names = list(TIDES)
    apart = [await written(acme, {name: TIDES[name] for name in names[part::parts]}) for part in range(parts)]
    searching = await search(acme, "viewer")
    for text in ("harbour tide", "boats", "salt E-417", "something else"):
        question = Question(text, Way.VECTOR, top_k=3)
        sure = (await searching.run(together.id, question)).confidence
        both = await searching.run_many([one.id for one in apart], question)
        assert both.confidence == pytest.approx(sure, abs=1e-6)


@pytest.mark.parametrize("way", WAYS)
async def test_collections_that_hold_nothing_more_make_no_answer_surer(acme: Organisation, way: Way) -> None:
    searching, question = await search(acme, "viewer"), Question("harbour tide", way)
    one = await written(acme, {"a": ["harbour tide"], "b": ["harbour quay"]})
    same = [await written(acme, {"a": ["harbour tide"], "b": ["harbour quay"]}) for _ in range(4)]
    alone = (await searching.run(one.id, question)).confidence
    several = await searching.run_many([one.id, *(other.id for other in same)], question)
    assert 0 < several.confidence < alone  # nothing is ahead of anything by now
    nothing = await searching.run_many([other.id for other in same], replace(question, min_score=1.1))
    assert (nothing.passages, nothing.confidence) == ([], 0)


def test_what_is_measured_otherwise_is_not_put_in_one_row() -> None:
    near = LookedAt(Way.VECTOR, "one", [passage("a", 0.9), passage("b", 0.2)], {"a": 0.9, "b": 0.2})
    narrow = LookedAt(Way.VECTOR, "other", [passage("c", 0.89), passage("d", 0.88)], {"c": 0.89, "d": 0.88})
    words = LookedAt(Way.KEYWORD, "other", [passage("e", 0.5)], {})
    alone = [confidence_of("?", [one]) for one in (near, narrow, words)]
    assert confidence_of("?", [near, narrow, words]) == max(alone) == alone[0]
    assert confidence_of("?", [near, replace(narrow, model="one")]) < alone[0]
    assert confidence_of("?", []) == 0
