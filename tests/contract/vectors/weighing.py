"""How words are weighed, whichever store is asked: by what is asked about and by nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import log1p

import pytest

from app.ids import new_id
from indexing.stores.vectors import Entry, Hit, Index, Scope, VectorStore
from tests.contract.vectors.passages import chunks, ids, only, passage, without

TEXTS = {
    "doc_tide": ["harbour tide harbour", "the tide falls and rises and falls", "bread"],
    "doc_quay": ["quay and harbour", "salt, salt and salt again by the quay", "The master writes down the tide"],
    "doc_salt": ["salt"],
}
ASKED = "harbour tide salt"


def entries(texts: dict[str, list[str]]) -> list[Entry]:
    return [passage(document, text) for document, said in texts.items() for text in said]


def told(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.chunk_id, hit.score) for hit in hits]


def bm25(asked: str, among: list[Entry]) -> dict[str, float]:
    """The textbook's, as a share of the most it could be."""
    said = {entry.chunk_id: Counter(entry.text.lower().replace(",", "").split()) for entry in among}
    average = sum(words.total() for words in said.values()) / len(said)
    scores, most = dict[str, float](), 0.0
    for word in asked.split():
        holders = [id_ for id_, words in said.items() if words[word]]
        rarity = log1p((len(said) - len(holders) + 0.5) / (len(holders) + 0.5))
        most += rarity * 2.2
        for id_ in holders:
            room = 1.2 * (0.25 + 0.75 * said[id_].total() / average)
            scores[id_] = scores.get(id_, 0.0) + rarity * said[id_][word] * 2.2 / (said[id_][word] + room)
    return {id_: score / most for id_, score in scores.items()}


class Weighing:
    """What scores by words depend on."""

    async def test_words_are_weighed_by_the_textbook(self, store: VectorStore, index: Index) -> None:
        held = entries(TEXTS)
        await store.put(index, held)
        for scope, among in (
            (Scope(1), held),
            (only("doc_tide", "doc_quay"), held[:6]),
            (without("doc_tide"), held[3:]),
        ):
            found = await store.matching(index, ASKED, scope)
            assert dict(told(found)) == pytest.approx(bm25(ASKED, among), rel=1e-9)
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)

    async def test_what_is_not_asked_about_moves_no_score(self, store: VectorStore, index: Index) -> None:
        """To the last bit, whatever comes and goes: other documents, other generations, other tenants."""
        await store.put(index, entries(TEXTS))
        shown = [name for name in TEXTS if name != "doc_salt"]
        vector = entries({"": ["tide"]})[0].vector

        async def asked(scope: Scope) -> list[list[tuple[str, float]]]:
            return [told(await store.matching(index, ASKED, scope)), told(await store.near(index, vector, scope))]

        before = await asked(only(*shown))
        hidden = {f"doc_hidden{number}": [f"harbour tide {number}", "harbour " * number] for number in range(1, 30)}
        await store.put(index, entries(hidden))
        await store.put(index, [replace(each, generation=2, chunk_id=new_id("chk")) for each in entries(TEXTS)])
        for _ in range(2):
            assert await asked(only(*shown)) == before
            assert await asked(without("doc_salt", *hidden)) == before
            await store.remove_documents(index, list(hidden)[::2])

    async def test_words_of_one_stem_in_a_language_are_two_in_another(self, store: VectorStore, index: Index) -> None:
        """Options are optional in English; in German they are not, and a question is of no language."""
        held = [passage(text=text) for text in ("die Option ist nicht teuer", "das ist nicht optional", "Brot")]
        await store.put(index, held)
        found = await store.matching(index, "Option optional", Scope(1))
        assert sorted(chunks(found)) == sorted(ids(*held[:2]))
        assert await store.matching(index, "optional Option", Scope(1)) == found
        await store.put(index, [passage("doc_en", "an option")])
        (hit,) = await store.matching(index, "optional Option bread", only("doc_en"))
        said, unsaid = log1p(0.5 / 1.5), log1p(1.5 / 0.5)
        assert hit.score == pytest.approx(2 * said / 2.2 / (2 * said + unsaid), rel=1e-9)

    async def test_words_of_scripts_without_spaces_are_found_where_they_stand(
        self, store: VectorStore, index: Index
    ) -> None:
        held = [passage(text="港口的潮汐每天两次"), passage(text="口港是另一个词"), passage(text="ท่าเรือและกระแสน้ำ")]
        await store.put(index, held)
        for asked, right in (("港口", held[0]), ("潮汐每天", held[0]), ("กระแสน้ำ", held[2])):
            assert chunks(await store.matching(index, asked, Scope(1)))[0] == right.chunk_id, asked
        assert chunks(await store.matching(index, "潮汐", Scope(1))) == [held[0].chunk_id]
