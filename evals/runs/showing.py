"""Measuring, runs: what of a run may be shown to whom: an answer only to who may read all that it was made of, then.

Numbers of an answer say something of what it was made of, and so do means over answers: they are made of those that
whoever looks may see.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from acl.chokepoint import Chokepoint
from app.db.tenancy import TenantSession
from app.identity.caller import Caller
from app.paging import Page, PageRequest, cut
from evals.errors import EvaluationRunNotFound
from evals.tables import EvalAnswer, EvalRun, EvalScore
from evals.values import Stage

SavedRun = EvalRun  # as the doors call it
_AT_ONCE = 500
_MOST_LOOKED_AT = 2_000  # answers for one page of those that are looked for


@dataclass(frozen=True, slots=True)
class _Source:
    """One document of one answer, on its way to the chokepoint."""

    document_id: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer with its scores; without both, where its viewer may not read all that it was made of."""

    row: EvalAnswer
    withheld: bool
    scores: Sequence[EvalScore] = ()

    @property
    def position(self) -> int:
        """Its place in the run."""
        return self.row.position


@dataclass(frozen=True, slots=True)
class WantedAnswers:
    """Which answers are looked for; None is any. What is withheld is none of those that a number is known of."""

    reader_id: str | None = None
    case_id: str | None = None
    stage: Stage | None = None
    leaked: bool | None = None
    refused: bool | None = None
    metric: str | None = None  # by this metric,
    below: float | None = None  # worth less than that

    @property
    def tells(self) -> bool:
        """Whether being among them says something of an answer."""
        return self.leaked is not None or self.refused is not None or self.below is not None


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one tenant."""

    session: TenantSession

    async def one(self, run_id: str, *, hold: bool = False) -> EvalRun:
        """One of them; `hold` keeps it as it is until the commit."""
        wanted = select(EvalRun).where(EvalRun.id == run_id)
        if hold:
            wanted = wanted.with_for_update().execution_options(populate_existing=True)
        found: EvalRun | None = await self.session.scalar(wanted)
        if found is None:
            raise EvaluationRunNotFound
        return found

    async def page(self, request: PageRequest, **named: str | None) -> Page[EvalRun]:
        """A page of them, by what is named of set_id, persona_id and status."""
        wanted, newest = select(EvalRun), request.order == "desc"
        for name, value in named.items():
            wanted = wanted if value is None else wanted.where(getattr(EvalRun, name) == value)
        if request.after is not None:
            wanted = wanted.where(EvalRun.id < request.after if newest else EvalRun.id > request.after)
        ordered = wanted.order_by(EvalRun.id.desc() if newest else EvalRun.id).limit(request.limit + 1)
        return cut(list(await self.session.scalars(ordered)), request, lambda row: row.id)


@dataclass(frozen=True, slots=True)
class Viewing:
    """Looks at the answers of one run with the eyes of one viewer."""

    session: TenantSession
    chokepoint: Chokepoint
    viewer: Caller
    run_id: str
    _seen: dict[str, bool] = field(default_factory=dict)  # documents, for as long as one look takes

    async def page(self, wanted: WantedAnswers, request: PageRequest) -> Page[ShownAnswer]:
        """A page of answers, in the order of the run."""
        found: list[ShownAnswer] = []
        after, looked = -1 if request.after is None else int(request.after), 0
        while len(found) <= request.limit and looked < _MOST_LOOKED_AT:
            rows = await self._rows(wanted, after, request.limit + 1)
            if not rows:
                break
            looked, after = looked + len(rows), rows[-1].position
            shown = [ShownAnswer(row, not may) for row, may in zip(rows, await self._may_see(rows), strict=True)]
            found += [one for one in shown if not (one.withheld and wanted.tells)]
        page = cut(found, request, lambda one: str(one.position))
        if page.next_after is None and looked >= _MOST_LOOKED_AT:
            page = Page(page.items, str(after))
        return Page(await self._scored(page.items), page.next_after)

    async def answers_to(self, case_ids: Collection[str]) -> list[ShownAnswer]:
        """All answers to some cases, whoever asked them."""
        wanted = select(EvalAnswer).where(EvalAnswer.run_id == self.run_id, EvalAnswer.case_id.in_(case_ids))
        rows = (await self.session.scalars(wanted.order_by(EvalAnswer.position))).all() if case_ids else ()
        may = await self._may_see(rows)
        return await self._scored([ShownAnswer(row, not one) for row, one in zip(rows, may, strict=True)])

    async def visible(self) -> AsyncIterator[Sequence[tuple[Any, Sequence[Any]]]]:
        """All answers that the viewer may see, some at a time, with their scores; of each what numbers are made of."""
        columns = ("position", "case_id", "reader_id", "stage", "documents", "leaked", "refused", "latency_ms")
        more = ("input_tokens", "output_tokens", "judge_tokens", "cost")
        wanted = select(*(getattr(EvalAnswer, name) for name in (*columns, *more))).where(
            EvalAnswer.run_id == self.run_id
        )
        after = -1
        while True:
            following = wanted.where(EvalAnswer.position > after).order_by(EvalAnswer.position).limit(_AT_ONCE)
            rows = (await self.session.execute(following)).all()
            if not rows:
                return
            after = rows[-1].position
            seen = [row for row, may in zip(rows, await self._may_see(rows), strict=True) if may]
            scores = await self._scores([row.position for row in seen])
            yield [(row, scores.get(row.position, ())) for row in seen]

    async def _rows(self, wanted: WantedAnswers, after: int, limit: int) -> Sequence[EvalAnswer]:
        statement = select(EvalAnswer).where(EvalAnswer.run_id == self.run_id, EvalAnswer.position > after)
        for name in ("reader_id", "case_id", "stage", "leaked", "refused"):
            value = getattr(wanted, name)
            statement = statement if value is None else statement.where(getattr(EvalAnswer, name) == value)
        if wanted.metric is not None and wanted.below is not None:
            worth = (EvalScore.metric == wanted.metric, EvalScore.value < wanted.below)
            mine = (EvalScore.run_id == self.run_id, EvalScore.position == EvalAnswer.position)
            statement = statement.where(select(EvalScore.position).where(*mine, *worth).exists())
        return (await self.session.scalars(statement.order_by(EvalAnswer.position).limit(limit))).all()

    async def _may_see(self, rows: Sequence[Any]) -> list[bool]:
        """Of each answer, whether the viewer may read all that it was made of, at this moment.

        Before an answer is measured nobody knows what else it may show, and so nobody sees it.
        """
        named = dict.fromkeys(id_ for row in rows for id_ in row.documents)
        unknown = [_Source(id_) for id_ in named if id_ not in self._seen]
        seen = await self.chokepoint.filter_results_by_acl(self.session, self.viewer, unknown) if unknown else []
        self._seen.update(dict.fromkeys((one.document_id for one in unknown), False))
        self._seen.update(dict.fromkeys((one.value.document_id for one in seen), True))
        return [row.stage != Stage.ANSWERED and all(self._seen[id_] for id_ in row.documents) for row in rows]

    async def _scored(self, shown: Sequence[ShownAnswer]) -> list[ShownAnswer]:
        scores = await self._scores([one.position for one in shown if not one.withheld])
        return [ShownAnswer(one.row, one.withheld, scores.get(one.position, ())) for one in shown]

    async def _scores(self, positions: Sequence[int]) -> dict[int, list[EvalScore]]:
        if not positions:
            return {}
        wanted = select(EvalScore).where(EvalScore.run_id == self.run_id, EvalScore.position.in_(positions))
        found: dict[int, list[EvalScore]] = {}
        for score in await self.session.scalars(wanted.order_by(EvalScore.position, EvalScore.metric)):
            found.setdefault(score.position, []).append(score)
        return found
