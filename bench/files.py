"""The files that are ingested in the measurements: Markdown, web pages and papers of made-up words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench.pages import paper, web_page

MARKDOWN, HTML, PDF = 1_000, 200, 100
_PAGES = 4
_SYLLABLES = (  # noqa: SIM905 - a list of words is read as a line of words
    "ba re do mi ka lu ten sor vi na pol gra ter ma lo ne si cor du pa ver ti mon ra"
).split()


@dataclass(frozen=True, slots=True)
class File:
    """One file."""

    name: str
    data: bytes


def files(share: int = 1) -> list[File]:
    """Every file, or one of so many of each kind; the same ones every time."""
    chance = random.Random(11)  # noqa: S311 - made-up words
    made = [File(f"{place}.md", _markdown(chance)) for place in range(MARKDOWN // share)]
    made += [File(f"{place}.html", web_page(chance).data) for place in range(HTML // share)]
    made += [File(f"{place}.pdf", paper(chance, _PAGES)) for place in range(PDF // share)]
    chance.shuffle(made)
    return made


def pages(number: int) -> Iterator[File]:
    """So many Markdown files, one at a time."""
    chance = random.Random(13)  # noqa: S311 - made-up words
    for place in range(number):
        yield File(f"{place}.md", _markdown(chance))


def _markdown(chance: random.Random) -> bytes:
    """A few sections of a few paragraphs, some 5 KB; no two alike."""
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))) for _ in range(400)]
    parts = []
    for _ in range(chance.randint(3, 6)):
        parts.append(f"## {' '.join(chance.choices(words, k=4)).capitalize()}")
        parts += [_paragraph(chance, words) for _ in range(chance.randint(2, 4))]
    return ("# A page\n\n" + "\n\n".join(parts)).encode()


def _paragraph(chance: random.Random, words: list[str]) -> str:
    lengths = [chance.randint(6, 16) for _ in range(chance.randint(3, 6))]
    return " ".join(" ".join(chance.choices(words, k=length)).capitalize() + "." for length in lengths)
