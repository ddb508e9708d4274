"""Knowing, chunking: the strategies by name, and the one way from a text to its chunks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from app.inference.counting import TokenCounter
from app.loading import loading
from indexing.chunking.chunk import Chunk
from indexing.extraction.text import ExtractedText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexing.chunking.parser import SpanParser

Embed = Callable[[Sequence[str]], Awaitable["NDArray[np.float32]"]]


class Strategy(StrEnum):
    """How a text may be cut into chunks."""

    FIXED = "fixed"
    PARAGRAPH = "paragraph"
    SEMANTIC = "semantic"
    MARKDOWN = "markdown"
    CODE = "code"


async def chunk_text(
    extracted: ExtractedText,
    strategy: Strategy,
    size: int,
    overlap: int,
    counter: TokenCounter,
    *,
    embed: Embed | None = None,
) -> list[Chunk]:
    """Cut a text into chunks of at most `size` tokens, of which `overlap` at most repeat the chunk before.

    `embed` is asked for sentences by the semantic strategy alone; without it that one cuts by paragraphs.
    """
    given = {"chunk_size": size, "chunk_overlap": overlap}
    if strategy is Strategy.SEMANTIC and embed is not None:
        parser = await asyncio.to_thread(make_parser, strategy, counter, embed=embed, **given)
        return await parser.chunks(extracted)
    return await asyncio.to_thread(lambda: make_parser(strategy, counter, embed=None, **given).cut(extracted))


def make_parser(strategy: Strategy, counter: TokenCounter, *, embed: Embed | None = None, **given: Any) -> SpanParser:
    """Make the node parser of a strategy; `given` are its fields. The first one waits for LlamaIndex to be loaded."""
    if strategy is Strategy.SEMANTIC and embed is not None:
        with loading():
            from indexing.chunking.semantic import SemanticParser  # noqa: PLC0415 - loads LlamaIndex: seconds

        return SemanticParser(counter, embed, **given)
    return _plain(strategy)(counter, **given)


def _plain(strategy: Strategy) -> type[SpanParser]:
    with loading():
        from indexing.chunking.code import CodeParser  # noqa: PLC0415 - load LlamaIndex: seconds
        from indexing.chunking.fixed import FixedParser  # noqa: PLC0415
        from indexing.chunking.markdown import MarkdownParser  # noqa: PLC0415
        from indexing.chunking.paragraph import ParagraphParser  # noqa: PLC0415

    named = {Strategy.FIXED: FixedParser, Strategy.MARKDOWN: MarkdownParser, Strategy.CODE: CodeParser}
    return named.get(strategy, ParagraphParser)
