"""Texts to cut, and what must be true of the chunks of any text."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from functools import cache

from tokenizers import Tokenizer

from app.inference.backends.embedded.minilm.pieces import WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.counting import TokenCounter
from app.wiring.models import token_counters
from indexing.chunking.chunk import Chunk
from indexing.chunking.strategies import Strategy, chunk_text
from indexing.extraction.text import ExtractedText, TextForm

COUNTERS = token_counters()
MINILM = COUNTERS.of("local", "minilm")
GUESS = COUNTERS.of("openai", "text-embedding-3-small")

FRAGMENTS = (
    "the ", "embeddings ", "Überraschung ", "word. ", "End! ", "\n", "\n\n", "\x0c", "\x85", "\x1c", "\ud83d", "\ude00",
    "👨‍👩‍👧‍👦", "e\u0301", "漢字。", "これは", "한국어", "[SEP]", "[CLS", "]", "a\u200bb", "\ue000",
    "|a|b|\n|-|-|\n", "# H\n", "## K\n", "```\n", "- x\n", "1. y\n", "İ", "ß", "\u2028", "def f():\n", "    return 1\n",
    "class A:\n", "{", "}", "x" * 60, "q" * 130, "\ufffd", "≮", "\u034f", "tokenizer", "##ing", "=\n", "---\n",
    "......", "ศึกษา", "\t", " ", "مرحبا", "१२३", base64.b64encode(bytes(range(90))).decode(),
    "http://example.com/a/b?c=d&e=f#g ",
)  # fmt: skip


@cache
def tokenizer() -> Tokenizer:
    """The model's own, to count with what the platform did not."""
    return WordPieces(ModelFiles.installed()).load()


def alone(text: str) -> int:
    """Count a text's tokens in one encoding of its own."""
    return len(tokenizer().encode(text.encode(errors="replace").decode(), add_special_tokens=False).ids)


def words(among: random.Random, count: int) -> str:
    """Make a sentence of words the model knows."""
    return " ".join(among.choices(_vocabulary(), k=count)).capitalize() + "."


def paragraphs(among: random.Random, count: int) -> list[str]:
    """Make paragraphs of one to eight sentences."""
    return [paragraph(among) for _ in range(count)]


def paragraph(among: random.Random) -> str:
    """Make one."""
    return " ".join(words(among, among.randint(4, 24)) for _ in range(among.randint(1, 8)))


@cache
def _vocabulary() -> Sequence[str]:
    return sorted(word for word in tokenizer().get_vocab() if word.isascii() and word.isalpha() and len(word) > 2)


async def cut(
    text: str | ExtractedText,
    strategy: Strategy,
    size: int = 512,
    overlap: int = 50,
    counter: TokenCounter = MINILM,
    language: str | None = None,
) -> list[Chunk]:
    """Cut a text as the platform does."""
    given = text if isinstance(text, ExtractedText) else ExtractedText(text, (), TextForm.MARKDOWN, language)
    return await chunk_text(given, strategy, size, overlap, counter)


def require_sound(text: str, chunks: Sequence[Chunk], size: int, overlap: int, counter: TokenCounter = MINILM) -> None:
    """Check that the chunks stand in the text, lose nothing, and are no larger than was asked."""
    count = alone if counter is MINILM else counter.count
    covered = 0
    for index, chunk in enumerate(chunks):
        assert chunk.index == index
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.text.strip()
        assert count(chunk.text) == chunk.tokens <= size
        assert not text[covered : chunk.start].strip()
        assert count(text[chunk.start : max(covered, chunk.start)]) <= overlap
        assert chunk.end > covered
        covered = chunk.end
    assert not text[covered:].strip()
