"""Words are the same words where they are kept and where they are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.stores.embedded.store import EmbeddedVectors
from indexing.stores.vectors import Scope
from indexing.wording.analysis import asked_words, kept_words
from tests.contract.vectors.passages import chunks, new_index, passage

FOUND = [
    ("naïve café", "NAIVE cafe"),
    ("e\u0301cole", "école"),
    ("Straße", "STRASSE"),
    ("ΣΟΦΊΑ", "σοφια"),
    ("ﬁnance", "finance"),
    ("\uff21\uff22\uff23\uff11", "abc1"),
    ("向量数据库的设计", "数据库"),
    ("向量数据库的设计", "库"),
    ("東京タワーは高い", "タワー"),
    ("ｶﾀｶﾅ語", "カタカナ"),
    ("한국어문서입니다", "문서"),
    ("ภาษาไทยไม่มีช่องว่าง", "ไทย"),
    ("हिन्दी में खोज", "हिन्दी"),
    ("مَرحَبا", "مرحبا"),
    ("snake_case-and.dots", "case dots"),
    ("a" * 500, "A" * 500),
]
NOT_FOUND = [
    ("向量数据库", "据数"),  # neighbours in their order only
    ("東京タワー", "京都"),
    ("हिन्दी", "हन्द"),
    ("harbour", "harb"),
]


@pytest.mark.parametrize(("text", "asked"), FOUND)
async def test_found_in_any_script(embedded: EmbeddedVectors, text: str, asked: str) -> None:
    index, entry = new_index(), passage(text=f"before {text}, after")
    await embedded.put(index, [entry, passage(text="something else")])
    assert chunks(await embedded.matching(index, asked, Scope(1))) == [entry.chunk_id]


@pytest.mark.parametrize(("text", "asked"), NOT_FOUND)
async def test_not_found_by_parts_of_words(embedded: EmbeddedVectors, text: str, asked: str) -> None:
    index = new_index()
    await embedded.put(index, [passage(text=text)])
    assert await embedded.matching(index, asked, Scope(1)) == []


async def test_words_that_nearly_all_hold_still_fill_the_page(embedded: EmbeddedVectors) -> None:
    index = new_index()
    frequent = [passage(text=f"the page {'of ' * number}") for number in range(20)]
    rare = passage(text="the zeppelin")
    await embedded.put(index, [*frequent, rare])
    found = await embedded.matching(index, "the zeppelin", Scope(1, limit=15))
    assert found[0].chunk_id == rare.chunk_id
    assert len(found) == 15
    assert len(await embedded.matching(index, "the", Scope(1, limit=100))) == 21


async def test_a_word_that_has_become_rare_or_frequent_counts_as_it_is_now(embedded: EmbeddedVectors) -> None:
    index = new_index()
    tides = [passage(text="tide of the harbour") for _ in range(1200)]
    ports = [passage(text="port of the harbour") for _ in range(1100)]
    await embedded.put(index, [*tides, *ports])
    assert len(await embedded.matching(index, "tide port", Scope(1))) == 10
    await embedded.remove(index, [entry.chunk_id for entry in tides[1:]])
    assert chunks(await embedded.matching(index, "tide port", Scope(1)))[0] == tides[0].chunk_id
    await embedded.put(index, tides)
    await embedded.remove(index, [entry.chunk_id for entry in ports[1:]])
    assert chunks(await embedded.matching(index, "tide port", Scope(1)))[0] == ports[0].chunk_id


async def test_of_a_long_question_the_rarest_words_are_looked_for(embedded: EmbeddedVectors) -> None:
    index = new_index()
    common = " ".join(f"common{number}" for number in range(60))
    rare = passage(text=f"{common} zeppelin")
    await embedded.put(index, [*[passage(text=common) for _ in range(30)], rare])
    found = await embedded.matching(index, f"{common} zeppelin and others that nobody holds", Scope(1, limit=1))
    assert chunks(found) == [rare.chunk_id]


@given(st.text(st.characters(codec="ascii")))
def test_plain_text_is_cut_as_any_other(text: str) -> None:
    assert kept_words(text).split() == kept_words(f"{text} ø").split()[:-1]


@given(st.text(), st.text())
def test_no_text_is_more_than_words(text: str, other: str) -> None:
    for phrase in asked_words(f"{text} {other}"):
        said = "".join(form for forms in phrase for form in forms)
        assert '"' not in said
        assert "\0" not in said
    kept = set(kept_words(text).split())
    assert all(kept.intersection(forms) for phrase in asked_words(text) for forms in phrase)
