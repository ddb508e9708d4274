"""Answering, strategies: what a model is asked so that it makes better questions, and what it made; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from indexing.graphs.answers import objects_in
from rag.room import guessed
from rag.sources.gathered import Piece
from rag.strategies.showing import Fence, parts, shown

LONGEST = 400  # characters of a query
_LONGEST_QUESTION = 4_000
_SPARE = 40  # tokens of what stands between
_FEWEST = 200  # characters of passages
_MARK = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,2}[.):])\s+")  # noqa: RUF001 - dashes do begin list items
_TASK = (
    "You prepare a search in a library; you do not answer. You are given a question and the passages that a first "
    "search found. Write the search queries that would find what is still missing for an answer: what a passage names "
    "and does not explain, each part of a question that asks for several things, other words for the same thing. "
    "A query stands for itself: names in it, not pronouns. Keep to the language of the library. "
    'Give JSON and nothing else: {{"queries": ["…"]}}, at most {most}; an empty list if nothing is missing.'
)


def messages(question: str, pieces: Sequence[Piece], *, queries: int, characters: int) -> list[dict[str, str]]:
    """What a model is asked."""
    fence = Fence()
    found = fence.around(shown(list(enumerate(pieces, 1)) if characters else [], characters))
    return [
        {"role": "system", "content": f"{_TASK.format(most=queries)}\n{fence.rule}"},
        {"role": "user", "content": f"Question: {question[:_LONGEST_QUESTION]}\n\nFound so far:\n{found}"},
    ]


def room_for(question: str, pieces: Sequence[Piece], tokens: int) -> int:
    """Characters of passages that may be shown with a question where so many tokens are read.

    Where that leaves hardly any, none are: half a line tells a model nothing.
    """
    numbered = list(enumerate(pieces, 1))
    beside = [question[:_LONGEST_QUESTION], _TASK, Fence().rule, *parts(numbered, 0)]
    left = tokens - _SPARE - sum(map(guessed, beside))
    if all(piece.passage.content.isascii() for piece in pieces):
        left *= 3
    return left if left >= _FEWEST else 0


def queries_in(answer: str, question: str, most: int) -> list[str]:
    """The queries of an answer, without what was asked already: of its JSON, or else each of its lines."""
    found = next((one for one in objects_in(answer) if isinstance(one.get("queries"), list)), None)
    said = _lines(answer) if found is None else _texts(found["queries"])
    asked, queries = {_folded(question)}, list[str]()
    for one in said:
        query = clean(one)
        if query and _folded(query) not in asked:
            asked.add(_folded(query))
            queries.append(query)
    return queries[:most]


def clean(query: str) -> str:
    """One line without what neither databases nor LlamaIndex take."""
    return " ".join(query.replace("\0", "").encode(errors="replace").decode().split())[:LONGEST].rstrip()


def _texts(said: Iterable[Any]) -> list[str]:
    return [one for one in said if isinstance(one, str)]


def _lines(answer: str) -> list[str]:
    """Lines that may be queries: no fences, no braces, nothing that only leads up to a list."""
    lines = [_MARK.sub("", line).strip().strip("\"'`") for line in answer.splitlines()]
    return [line for line in lines if any(map(str.isalnum, line)) and not line.endswith(":") and line[0] not in "{}[]"]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip("?!. ")
