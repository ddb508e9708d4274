"""Each strategy cuts where a reader would."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from indexing.chunking.strategies import Strategy, chunk_text
from indexing.extraction.text import ExtractedText, Place, TextForm
from tests.indexing.chunking.trials import MINILM, cut, paragraph, paragraphs, require_sound, words


async def test_fixed_windows_are_full_and_end_after_words() -> None:
    text = " ".join(paragraphs(random.Random(1), 60))
    chunks = await cut(text, Strategy.FIXED, 128, 20)
    assert all(chunk.tokens > 110 for chunk in chunks[:-1])
    assert all(text[chunk.end : chunk.end + 1].strip() == "" for chunk in chunks)
    assert all(before.end > after.start for before, after in pairwise(chunks))


async def test_paragraphs_stay_whole_while_they_fit() -> None:
    told = paragraphs(random.Random(2), 40)
    chunks = await cut("\n\n".join(told), Strategy.PARAGRAPH, 512, 0)
    assert all(any(part in chunk.text for chunk in chunks) for part in told)


async def test_a_long_paragraph_is_cut_between_sentences_and_overlaps_by_sentences() -> None:
    among = random.Random(3)
    text = " ".join(words(among, 12) for _ in range(200))
    chunks = await cut(text, Strategy.PARAGRAPH, 200, 50)
    assert all(chunk.text.endswith(".") and chunk.text[0].isupper() for chunk in chunks)
    assert all(before.end > after.start for before, after in pairwise(chunks))
    require_sound(text, chunks, 200, 50)


async def test_page_and_section_are_those_a_chunk_begins_in() -> None:
    first, second = (" ".join(paragraphs(random.Random(seed), 12)) for seed in (4, 5))
    text = f"{first}\n\n{second}"
    border = len(first) + 2
    places = (Place(0, border, 1, "Aims"), Place(border, len(text), 2, "Means"))
    chunks = await cut(ExtractedText(text, places), Strategy.PARAGRAPH, 128, 20)
    told = [(1, "Aims") if chunk.start < border else (2, "Means") for chunk in chunks]
    assert [(chunk.page, chunk.section) for chunk in chunks] == told
    assert border in {chunk.start for chunk in chunks}, "an overlap reaches back over a heading"


async def test_markdown_names_the_headings_above() -> None:
    among = random.Random(6)
    aims, steps, uses = paragraphs(among, 3)
    text = f"# Guide\n\n{aims}\n\n## Set up\n\n{steps} {steps}\n\nUse\n---\n{uses} {uses}"
    chunks = await cut(text, Strategy.MARKDOWN, 200, 20)
    assert {chunk.section for chunk in chunks} >= {"Guide", "Guide > Set up", "Guide > Use"}
    assert any(chunk.text.startswith("## Set up\n\n") for chunk in chunks), "a heading goes with what stands under it"


async def test_markdown_never_tears_a_row_or_a_code_block_that_fits() -> None:
    among = random.Random(7)
    rows = [
        "| name | said |",
        "|---|---|",
        *(f"| {index} | {words(among, 6)} {words(among, 3)} |" for index in range(60)),
    ]
    block = "```python\n# not a heading\n\n" + "\n".join(f"call({index})" for index in range(12)) + "\n```"
    text = (
        f"# A\n\n{paragraph(among)}\n\n" + "\n".join(rows) + f"\n\n{paragraph(among)}\n\n{block}\n\n{paragraph(among)}"
    )
    chunks = await cut(text, Strategy.MARKDOWN, 160, 40)
    require_sound(text, chunks, 160, 40)
    assert all(any(row in chunk.text.splitlines() for chunk in chunks) for row in rows)
    assert any(block in chunk.text for chunk in chunks)
    table = [line for chunk in chunks for line in chunk.text.splitlines() if line.startswith("|")]
    assert set(table) == set(rows)


SOURCES = {
    "python": "class A{0}:\n    def b{0}(self):\n        return {0}\n\n\ndef c{0}():\n    # why\n    return {0}\n\n\n",
    "javascript": "class A{0} {{\n  b() {{ return {0}; }}\n}}\n\nfunction c{0}() {{\n  return {0};\n}}\n\n",
    "typescript": "interface A{0} {{ b: string }}\n\nexport function c{0}(d: number): number {{\n  return d;\n}}\n\n",
    "go": "type A{0} struct {{\n\tb int\n}}\n\nfunc c{0}() int {{\n\treturn {0}\n}}\n\n",
    "rust": "struct A{0} {{ b: i32 }}\n\nfn c{0}() -> i32 {{\n    {0}\n}}\n\n",
    "java": "class A{0} {{\n  int b() {{ return {0}; }}\n}}\n\nclass C{0} {{\n}}\n\n",
    "c": "struct a{0} {{ int b; }};\n\nint c{0}(void) {{\n  return {0};\n}}\n\n",
    "cpp": "class A{0} {{ int b; }};\n\nint c{0}() {{\n  return {0};\n}}\n\n",
    "c-sharp": "class A{0} {{\n  int B() {{ return {0}; }}\n}}\n\nclass C{0} {{\n}}\n\n",
    "ruby": "class A{0}\n  def b\n    {0}\n  end\nend\n\ndef c{0}\n  {0}\nend\n\n",
    "php": "<?php\nclass A{0} {{\n  function b() {{ return {0}; }}\n}}\n\nfunction c{0}() {{\n  return {0};\n}}\n?>\n",
    "bash": "a{0}() {{\n  echo {0}\n}}\n\nc{0}() {{\n  echo c\n}}\n\n",
}


@pytest.mark.parametrize("language", SOURCES)
async def test_code_is_cut_before_definitions(language: str) -> None:
    text = "".join(SOURCES[language].format(index) for index in range(40))
    chunks = await cut(text, Strategy.CODE, 96, 16, language=language)
    require_sound(text, chunks, 96, 16)
    assert all(not chunk.text[0].isspace() and chunk.text[0] != "}" for chunk in chunks)
    beginnings = {text.rfind("\n", 0, chunk.start) + 1 for chunk in chunks}
    assert beginnings == {chunk.start for chunk in chunks}


@pytest.mark.parametrize("language", [None, "cobol", "python"])
async def test_what_no_grammar_reads_is_cut_by_lines(language: str | None) -> None:
    text = "\n".join(f"((( move {index} to [ there" for index in range(400))
    chunks = await cut(text, Strategy.CODE, 96, 16, language=language)
    require_sound(text, chunks, 96, 16)
    assert all(chunk.text.startswith("(((") and chunk.text.endswith("there") for chunk in chunks)


async def test_semantic_breaks_where_the_subject_changes() -> None:
    sea, tax = (" ".join(f"{word} {words(random.Random(seed), 5)}" for seed in range(12)) for word in ("Sea", "Tax"))
    asked: list[int] = []

    async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.append(len(texts))
        return np.array([[1, 0] if text.startswith("Sea") else [0, 1] for text in texts], dtype=np.float32)

    text = f"{sea} {tax}"
    chunks = await chunk_text(ExtractedText(text, ()), Strategy.SEMANTIC, 512, 50, MINILM, embed=embed)
    assert [chunk.text for chunk in chunks] == [sea, tax]
    require_sound(text, chunks, 512, 50)
    assert sum(asked) == 24
    assert max(asked) <= 64


async def test_semantic_without_an_embedder_cuts_by_paragraphs() -> None:
    text = ExtractedText("\n\n".join(paragraphs(random.Random(8), 30)), (), TextForm.PROSE)
    assert await cut(text, Strategy.SEMANTIC) == await cut(text, Strategy.PARAGRAPH)
