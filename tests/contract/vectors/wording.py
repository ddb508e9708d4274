"""What is found by words, and questions that mean harm, whichever store is asked."""

from __future__ import annotations

import pytest

from indexing.stores.vectors import Index, Scope, VectorStore
from tests.contract.vectors.passages import chunks, ids, only, passage, without

HOSTILE = {
    "nothing": "",
    "blank": " \t\n ",
    "NUL": "\0",
    "NUL inside": "har\0bour",
    "quotes": '"harbour\' ""',
    "operators": "harbour AND NOT (tide OR",
    "near": "NEAR(harbour tide, 2)",
    "column": "text:harbour -tide ^harbour",
    "star": "*",
    "wildcards": "har* %bour% _",
    "punctuation": "!?.,;:-_#'+*~`^°§$%&/()=\\[]{}|<>@€",
    "statement": "'; DROP TABLE chunks; --",
    "GraphQL": '{ Get { Everything } } "',
    "lone surrogate": "harbour \ud800",
    "control": "".join(map(chr, range(32))),
    "right to left": "\u202eharbour\u202c",
    "emoji": "⚓ 🛳️ 👩‍👩‍👧",
    "Chinese": "港口的潮汐",
    "long": "harbour " * 12_500,
    "long word": "h" * 100_000,
    "many words": " ".join(f"word{number}" for number in range(12_000)),
    "many quotes": '"' * 100_000,
    "brackets": "(" * 100_000,
}


class Wording:
    """Order, emptiness and filters of `matching`."""

    async def test_whoever_holds_more_of_the_words_comes_first(self, store: VectorStore, index: Index) -> None:
        both = passage(text="The harbour master writes down the tide.")
        one = passage(text="The harbour is closed on Sundays and on holidays.")
        none = passage(text="Bread is baked before dawn.")
        await store.put(index, [none, one, both])
        found = await store.matching(index, "harbour tide", Scope(1))
        assert chunks(found) == ids(both, one)
        assert found[0].score > found[1].score > 0
        assert [hit.document_id for hit in found] == [both.document_id, one.document_id]

    async def test_a_rare_word_says_more_than_a_frequent_one(self, store: VectorStore, index: Index) -> None:
        frequent = [passage(text=f"the report of week {number}") for number in range(20)]
        rare = passage(text="the embargo of week 99")
        await store.put(index, [*frequent, rare])
        assert chunks(await store.matching(index, "the report embargo", Scope(1)))[0] == rare.chunk_id

    async def test_words_are_found_in_any_case_beside_any_sign(self, store: VectorStore, index: Index) -> None:
        entry = passage(text="Invoice_no (RE-4711), see harbour/quay: ΣΟΦΊΑ, Straße.")
        await store.put(index, [entry])
        for asked in ("INVOICE", "re 4711", "4711", "Quay!", "«harbour»"):
            assert chunks(await store.matching(index, asked, Scope(1))) == [entry.chunk_id], asked

    async def test_words_that_nobody_holds_find_nothing(self, store: VectorStore, index: Index) -> None:
        await store.put(index, [passage(text="harbour"), passage(text="tide"), passage(text="")])
        assert await store.matching(index, "zeppelin", Scope(1)) == []
        assert await store.matching(index, "harb", Scope(1)) == []
        assert await store.matching(index, "harbour", Scope(2)) == []
        assert await store.matching(index, "harbour", Scope(1, limit=0)) == []

    async def test_no_more_is_found_than_was_asked_for(self, store: VectorStore, index: Index) -> None:
        await store.put(index, [passage(text=f"harbour {number}") for number in range(30)])
        assert len(await store.matching(index, "harbour", Scope(1, limit=7))) == 7
        assert len(await store.matching(index, "harbour", Scope(1, limit=100))) == 30

    async def test_words_are_filtered_as_meanings_are(self, store: VectorStore, index: Index) -> None:
        kept, hidden = passage("doc_kept", "the tide of the harbour"), passage("doc_hidden", "tide")
        await store.put(index, [kept, hidden])
        assert chunks(await store.matching(index, "tide", only("doc_kept"))) == [kept.chunk_id]
        assert chunks(await store.matching(index, "tide", without("doc_hidden"))) == [kept.chunk_id]
        assert await store.matching(index, "tide", only()) == []
        assert len(await store.matching(index, "tide", without())) == 2

    async def test_words_between_spaces_are_found_in_any_script(self, store: VectorStore, index: Index) -> None:
        texts = ["東京 タワー", "Привет, мир", "مرحبا بالعالم", "한국어 문서", "naïve café"]
        entries = [passage(text=text) for text in texts]
        await store.put(index, entries)
        for asked, entry in zip(("東京", "МИР", "مرحبا", "문서", "café"), entries, strict=True):
            assert chunks(await store.matching(index, asked, Scope(1))) == [entry.chunk_id], asked

    @pytest.mark.parametrize("asked", HOSTILE.values(), ids=HOSTILE.keys())
    async def test_any_text_is_a_question(self, store: VectorStore, index: Index, asked: str) -> None:
        entry, other = passage(text="harbour"), passage("doc_other", "bread")
        await store.put(index, [entry, other])
        for scope in (Scope(1), only(entry.document_id), without("doc_other")):
            assert set(chunks(await store.matching(index, asked, scope))) <= {entry.chunk_id}
        assert len(await store.matching(index, "harbour", Scope(1))) == 1

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
    async def test_any_text_can_be_kept(self, store: VectorStore, index: Index, text: str) -> None:
        entry, other = passage(text=f"{text} lighthouse"), passage(text=text)
        await store.put(index, [entry, other])
        assert entry.chunk_id in chunks(await store.matching(index, "lighthouse", Scope(1)))
        assert await store.remove(index, ids(entry, other)) == 2
        assert await store.matching(index, "lighthouse", Scope(1)) == []
