"""Measuring: what was measured, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.cases import Cases
from evals.metrics.ranking import Quality
from evals.metrics.retrieval import Measured

_HEAD = ("", "questions", "nDCG@10", "recall@5", "recall@10", "MRR@10")
_ABSTAINING = ("", "at 95 % kept", "kept", "let through", "area")


def tables(cases: Cases, measured: Sequence[Measured]) -> str:
    """One table of how good the rankings are, and one of how well answers are told from none, where there are such."""
    lines = [f"{cases.name}: {len(cases.documents)} documents, {len(cases.questions)} questions", ""]
    lines += aligned([_HEAD, *_rankings(measured)])
    abstaining = list(_abstaining(measured))
    if abstaining:
        lines += ["", f"{len(cases.unanswerable)} questions have no answer", ""]
        lines += aligned([_ABSTAINING, *abstaining])
    return "\n".join(lines)


def _rankings(measured: Sequence[Measured]) -> Iterator[Sequence[str]]:
    for one in measured:
        yield _row(one.way, one.quality)
        yield from (_row(f"  {kind}", found) for kind, found in one.by_kind.items())


def _row(name: str, found: Quality) -> Sequence[str]:
    means = (found.ndcg_10, found.recall_5, found.recall_10, found.mrr_10)
    return (name, str(found.questions), *(f"{mean:.3f}" for mean in means))


def _abstaining(measured: Sequence[Measured]) -> Iterator[Sequence[str]]:
    for one in measured:
        for signal, said in (("score", one.by_score), ("confidence", one.by_confidence)):
            if said is not None:
                shares = (f"{said.kept:.1%}", f"{said.let_through:.1%}", f"{said.area:.3f}")
                yield (f"{one.way} by {signal}", f">= {said.threshold:.3f}", *shares)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns one under the other, the first to the left and the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
