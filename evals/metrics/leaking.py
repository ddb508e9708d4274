"""Measuring: what of an answer nobody has accounted for, to be looked for where its reader may not read; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evals.answers import Answered
from evals.metrics.expecting import is_called
from evals.metrics.wording import row_of, stands_in, words_of
from evals.values import Forbidden

RUN = 8  # words in a row that nobody writes twice by chance


def unexplained(text: str, known: Iterable[str]) -> list[list[str]]:
    """The runs of eight words and more of a text of which no eight stand together in what is known of."""
    seen = {gram for one in known for gram in grams_of(words_of(one))}
    words, runs = words_of(text), list[list[str]]()
    end = -1
    for place, gram in enumerate(grams_of(words)):
        if gram in seen:
            continue
        if place <= end:
            runs[-1].append(gram[-1])
        else:
            runs.append(list(gram))
        end = place + 1
    return runs


def grams_of(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Every eight words in a row."""
    return [tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)]


def shared_run(run: Sequence[str], text: str) -> str | None:
    """The first eight words of a run that stand together in a text."""
    row = row_of(text)
    return next((" ".join(gram) for gram in grams_of(run) if f" {' '.join(gram)} " in row), None)


def forbidden_found(answered: Answered, forbidden: Sequence[Forbidden]) -> list[Forbidden]:
    """Those of some documents and phrases that show in an answer, its quotes, its titles or what it was made of."""
    names = [*answered.titles, *(one.document_name for one in answered.passages)]
    rows = [row_of(answered.text), *(row_of(one.quote) for one in answered.offered), *map(row_of, names)]
    return [one for one in forbidden if _shows(one, answered, names, rows)]


def _shows(one: Forbidden, answered: Answered, names: Sequence[str], rows: Sequence[str]) -> bool:
    if one.document_id is not None and one.document_id in answered.documents:
        return True
    if one.document_name is not None and any(is_called(one.document_name, name) for name in names):
        return True
    return any(stands_in(said, rows) for said in (one.phrase, one.document_name) if said is not None)
