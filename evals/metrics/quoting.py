"""Measuring: whether an answer stands in what it cites, word for word, and its numbers in what may be read; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evals.answers import Answered, Shown
from evals.metrics.wording import row_of, sentences_of, stands_in


@dataclass(frozen=True, slots=True)
class Support:
    """How much of an answer stands in the passages it cites."""

    share: float
    unsupported: Sequence[str]  # the statements that do not


def quote_support(answered: Answered) -> Support | None:
    """Of the statements, those that stand in a cited passage; None where an answer states nothing."""
    statements = sentences_of(answered.text)
    if not statements:
        return None
    cited = set(answered.cited)
    rows = [row_of(one.text) for one in answered.offered if one.marker in cited]
    unsupported = [one for one in statements if not stands_in(one, rows)]
    return Support(1 - len(unsupported) / len(statements), unsupported)


def citation_validity(answered: Answered, readable: Collection[str]) -> float | None:
    """Of the numbers in an answer, those of a passage that may be read and whose quote stands in it.

    None where there are no numbers. What is elsewhere was shown by who keeps it, and is taken at its word.
    """
    if not answered.cited:
        return None
    named = {one.marker: one for one in answered.offered}
    good = [marker for marker in answered.cited if _is_good(named.get(marker), readable)]
    return len(good) / len(answered.cited)


def _is_good(passage: Shown | None, readable: Collection[str]) -> bool:
    if passage is None or (passage.document_id is not None and passage.document_id not in readable):
        return False
    return bool(passage.quote.strip()) and stands_in(passage.quote, [row_of(passage.text)])
