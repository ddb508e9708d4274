"""What did not change is not embedded again."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from indexing.chunking.strategies import Strategy
from tests.indexing.chunking.trials import MINILM, cut, paragraph, paragraphs, words

EDITS = 40


def reworded(among: random.Random, text: str) -> str:
    said = text.split(" ")
    place = among.randrange(len(said))
    return " ".join([*said[:place], words(among, among.randint(1, 4)), *said[place + 1 :]])


def prolonged(among: random.Random, text: str) -> str:
    return f"{text} {words(among, 20)}"


def replaced(among: random.Random, _text: str) -> str:
    return paragraph(among)


@pytest.mark.parametrize("edit", [reworded, prolonged, replaced])
@pytest.mark.parametrize("strategy", [Strategy.PARAGRAPH, Strategy.MARKDOWN])
async def test_one_changed_paragraph_changes_few_chunks(
    strategy: Strategy, edit: Callable[[random.Random, str], str]
) -> None:
    among = random.Random(11)
    changed = []
    for _ in range(EDITS):
        told = paragraphs(among, 90)
        before = {chunk.text for chunk in await cut("\n\n".join(told), strategy)}
        place = among.randrange(len(told))
        told[place] = edit(among, told[place])
        after = await cut("\n\n".join(told), strategy)
        changed.append(sum(chunk.text not in before for chunk in after))
    # Nearly always three at most; what stays is the edit that moves two boundaries and the overlap after them.
    assert max(changed) <= 4
    assert sum(count <= 3 for count in changed) >= EDITS - 1
    assert sum(changed) / EDITS < 2


async def test_a_paragraph_put_in_front_leaves_the_rest_alone() -> None:
    told = paragraphs(random.Random(3), 200)
    before = {chunk.text for chunk in await cut("\n\n".join(told), Strategy.PARAGRAPH)}
    after = await cut("\n\n".join([paragraph(random.Random(5)), *told]), Strategy.PARAGRAPH)
    assert sum(chunk.text not in before for chunk in after) <= 3


async def test_chunks_are_well_filled_all_the_same() -> None:
    chunks = await cut("\n\n".join(paragraphs(random.Random(3), 300)), Strategy.PARAGRAPH)
    assert sum(chunk.tokens for chunk in chunks) / len(chunks) > 0.6 * 512


@pytest.mark.parametrize("strategy", [Strategy.PARAGRAPH, Strategy.MARKDOWN])
async def test_a_section_has_the_whole_of_a_chunk_for_itself(strategy: Strategy) -> None:
    """Nothing of what stands before a section is repeated at its start, so no room is kept for that."""
    among = random.Random(5)
    section = "\n\n".join(["## Title", *(words(among, 120) for _ in range(4))])
    text = "\n\n".join([paragraph(among), section, "## Another", words(among, 300)])
    weight = MINILM.count(section)
    assert 512 - 50 < weight <= 512
    chunks = await cut(text, strategy)
    assert section in [chunk.text for chunk in chunks]
    assert max(chunk.tokens for chunk in chunks) <= 512
