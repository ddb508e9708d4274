"""Knowing, chunking: pieces grown together into chunks, so that one changed piece changes few chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zlib import crc32

from indexing.chunking.measured import MOST_CHARACTERS_A_TOKEN, Measured
from indexing.chunking.pieces import SECTION, Piece

_HEAD = 48  # characters of a piece that decide when it joins the one before
_BATCH = 8_192  # pieces held at once; only a book of several megabytes has more
_ENDING = 64  # after that, one piece in so many ends a batch


def pack(measured: Measured, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join neighbours as long as they have room in one chunk: weak seams first, equals as the words after them decide.

    Filling chunks from the front would fill them better (85 % instead of 72 % of the room), but then a changed
    paragraph moves every boundary after it and the rest of the document is embedded again. Here a boundary depends on
    its surroundings alone.
    """
    batch: list[Piece] = []
    ranks: list[tuple[int, int]] = []
    for piece in pieces:
        rank = crc32(measured.text[piece.start : min(piece.end, piece.start + _HEAD)].encode(errors="surrogatepass"))
        if len(batch) >= _BATCH and (piece.strength >= SECTION or rank % _ENDING == 0 or len(batch) >= 2 * _BATCH):
            yield from _grown(measured, batch, ranks)
            batch, ranks = [], []
        batch.append(piece)
        ranks.append((piece.strength, rank))
    yield from _grown(measured, batch, ranks)


def _grown(measured: Measured, pieces: list[Piece], ranks: list[tuple[int, int]]) -> Iterator[Piece]:
    longest = measured.room * MOST_CHARACTERS_A_TOKEN
    first = list(range(len(pieces)))  # of the group that ends at a piece
    last = list(range(len(pieces)))  # of the group that begins at a piece
    tokens = [piece.tokens for piece in pieces]  # of the group that begins at a piece
    joined = [False] * len(pieces)
    for right in sorted(range(1, len(pieces)), key=ranks.__getitem__):
        left = first[right - 1]
        characters = pieces[last[right]].end - pieces[left].start
        most = pieces[right].most
        if most == measured.room and pieces[left].strength >= SECTION:
            most = measured.size  # at the start of a section nothing is repeated of what stands before it
        if tokens[left] + tokens[right] <= most and characters <= longest:
            tokens[left] += tokens[right]
            last[left] = last[right]
            first[last[right]] = left
            joined[right] = True
    for index, piece in enumerate(pieces):
        if not joined[index]:
            yield piece._replace(end=pieces[last[index]].end, tokens=tokens[index])
