"""Measuring, runs: two runs side by side, by the cases that both asked the same readers, as one viewer may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.paging import Page, PageRequest
from evals.metrics.differences import Difference, Pair, Verdict, change, differences
from evals.queries import standing_in
from evals.runs.showing import SavedRun, ShownAnswer, Viewing, WantedAnswers
from evals.tables import EvalCase

SMALLER_IS_BETTER = frozenset({"latency_ms", "tokens", "cost", "leaks"})
_NO_QUALITY = frozenset({"latency_ms", "tokens", "cost"})  # which differ each time
_MOST_LOOKED_AT = 2_000  # answers for one page of those that are looked for

Key = tuple[str, str]  # a case and its reader


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs by every metric that both have, and what could not be set side by side."""

    pairs: int
    only_before: int  # answers that the other run has not, or whose viewer may not see one of the two
    only_after: int
    altered: int  # answers to cases that say something else in the other run's version
    better: int  # pairs by their quality
    worse: int
    mixed: int
    same: int
    metrics: Mapping[str, Difference]
    judged: frozenset[str]


@dataclass(frozen=True, slots=True)
class Side:
    """One case of one reader in both runs."""

    before: ShownAnswer
    after: ShownAnswer
    change: str | None  # better | worse | mixed | same; None where one of the two is withheld
    changes: Mapping[str, Verdict] = field(default_factory=dict)  # by metric


@dataclass(slots=True)
class Gathered:
    """The numbers of two runs before anything is reckoned from them."""

    pairs: dict[str, list[Pair]] = field(default_factory=lambda: defaultdict(list))
    judged: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class Comparing:
    """Two runs, each looked at with the same eyes."""

    before: Viewing
    after: Viewing
    runs: tuple[SavedRun, SavedRun]

    async def gather(self) -> Gathered:
        """All pairs that the viewer may see."""
        found, same = Gathered(), await self._same_cases()
        known: dict[Key, Mapping[str, float]] = {}
        async for some in self.before.visible():
            for row, scores in some:
                known[row.case_id, row.reader_id] = _numbers(row, scores)
                found.judged |= {score.metric for score in scores if score.judged}
        async for some in self.after.visible():
            for row, scores in some:
                _pair(found, known.pop((row.case_id, row.reader_id), None), row, scores, same)
        found.counts["only_before"] = sum(case in same for case, _ in known)
        found.counts["altered"] += sum(case not in same for case, _ in known)
        return found

    async def page(self, wanted: str | None, request: PageRequest) -> Page[Side]:
        """A page of pairs in the order of the second run; `wanted` are those that changed in one way alone."""
        same, found, after, looked = await self._same_cases(), list[Side](), request.after, 0
        while len(found) <= request.limit and looked < _MOST_LOOKED_AT:
            page = await self.after.page(WantedAnswers(), PageRequest(request.limit + 1, after, "asc"))
            looked += len(page.items)
            found += [one for one in await self._sides(page.items, same) if wanted in {None, one.change}]
            after = page.next_after
            if after is None:
                break
        items = found[: request.limit]
        if len(found) > request.limit:
            return Page(items, str(items[-1].after.position))
        return Page(items, after)

    async def _sides(self, shown: Sequence[ShownAnswer], same: frozenset[str]) -> list[Side]:
        mine = [one for one in shown if one.row.case_id in same]
        others = await self.before.answers_to({one.row.case_id for one in mine})
        known = {(one.row.case_id, one.row.reader_id): one for one in others}
        both = [(known.get((one.row.case_id, one.row.reader_id)), one) for one in mine]
        return [_side(before, after) for before, after in both if before is not None]

    async def _same_cases(self) -> frozenset[str]:
        """Cases that say the same in both versions."""
        digests = []
        for run, viewing in zip(self.runs, (self.before, self.after), strict=True):
            wanted = standing_in(run.set_id, run.set_number).with_only_columns(EvalCase.case_id, EvalCase.digest)
            digests.append({(case_id, digest) for case_id, digest in await viewing.session.execute(wanted)})
        return frozenset(case_id for case_id, _ in digests[0] & digests[1])


def compared(found: Gathered, seed: str) -> Compared:
    """Reckon what that comes to; of many numbers, so not on a loop that others wait for."""
    metrics = differences(found.pairs, seed.encode(), smaller_is_better=SMALLER_IS_BETTER)
    counts = {
        name: found.counts[name]
        for name in ("pairs", "only_before", "only_after", "altered", "better", "worse", "mixed", "same")
    }
    return Compared(**counts, metrics=metrics, judged=frozenset(found.judged))


def _pair(
    found: Gathered, before: Mapping[str, float] | None, row: Any, scores: Iterable[Any], same: frozenset[str]
) -> None:
    if row.case_id not in same:
        found.counts["altered"] += 1
        return
    if before is None:
        found.counts["only_after"] += 1
        return
    after = _numbers(row, scores)
    for metric in before.keys() & after.keys():
        found.pairs[metric].append(Pair(row.case_id, before[metric], after[metric]))
    found.counts["pairs"] += 1
    found.counts[_whole(_changes(before, after))] += 1
    found.judged |= {score.metric for score in scores if score.judged}


def _numbers(row: Any, scores: Iterable[Any]) -> dict[str, float]:
    numbers = {score.metric: float(score.value) for score in scores if score.value is not None}
    if row.latency_ms is not None:
        numbers["latency_ms"] = float(row.latency_ms)
        numbers["tokens"] = float(row.input_tokens + row.output_tokens)
        numbers["cost"] = float(row.cost)
    return numbers


def _side(before: ShownAnswer, after: ShownAnswer) -> Side:
    if before.withheld or after.withheld:
        return Side(before, after, None)
    changes = _changes(_numbers(before.row, before.scores), _numbers(after.row, after.scores))
    return Side(before, after, _whole(changes), changes)


def _changes(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Verdict]:
    return {
        metric: change(before[metric], after[metric], smaller_is_better=metric in SMALLER_IS_BETTER)
        for metric in sorted((before.keys() & after.keys()) - _NO_QUALITY)
    }


def _whole(changes: Mapping[str, Verdict]) -> str:
    """What all metrics of quality together say of one case."""
    said = set(changes.values())
    if {Verdict.BETTER, Verdict.WORSE} <= said:
        return "mixed"
    return next((str(one) for one in (Verdict.BETTER, Verdict.WORSE) if one in said), str(Verdict.SAME))
