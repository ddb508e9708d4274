"""Measuring, runs: what became of each question of each reader, written down stage by stage under a run's lease.

A stage is written with what it took, in one go: whoever goes on with a run never pays for it again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, insert, select, update

from app.db.transaction import Transactions
from app.db.writer import Writer, Writing
from app.errors import PlatformError
from evals.answers import Answered, Spent
from evals.gates import LEAKS
from evals.runs.answering import Got
from evals.runs.errors import RunLost
from evals.runs.measuring import Measured, Score
from evals.tables import EvalAnswer, EvalRun, EvalScore
from evals.values import DONE, RunStatus, Stage

_RUNS, _ANSWERS = cast("Table", EvalRun.__table__), cast("Table", EvalAnswer.__table__)
_SCORES = cast("Table", EvalScore.__table__)
_LONGEST_MESSAGE = 1000
_KEPT = ("answer", "retrieval", "passages", "refused")
_KEPT_BESIDE = ("cited", "titles", "read", "status", "steps", "searched", "unasked", "latency_ms", "first_token_ms")


@dataclass(slots=True)
class Tally:
    """The counts of a run, as its row has them."""

    answered: int = 0
    done: int = 0
    failed: int = 0
    leaks: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)
    busy_ms: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A question of a reader that is not done with."""

    position: int
    case_id: str
    reader_id: str
    stage: Stage
    attempts: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was written down, and by which metrics it was judged so far."""

    answered: Answered
    judged: frozenset[str]
    refused: bool


@dataclass(slots=True)
class RunLedger:
    """Writes for whoever holds a run; anybody else is told that they do no more."""

    transactions: Transactions
    writer: Writer
    tenant_id: str
    run_id: str
    lease: str
    tally: Tally = field(default_factory=Tally)
    _since: float = field(default_factory=time.monotonic)

    async def take_up(self) -> None:
        """Learn how far the run is; whoever worked on it before has nothing more to say."""
        run_id, lease = self.run_id, self.lease
        self.tally = await self.writer.write(lambda writing: hold(writing, run_id, lease))
        self._since = time.monotonic()

    async def due(self, after: int, limit: int) -> list[Due]:
        """The next questions that are not done with, in the order of the run."""
        among = (*self._mine, _ANSWERS.c.position > after)
        columns = (_ANSWERS.c[name] for name in ("position", "case_id", "reader_id", "stage", "attempts"))
        wanted = select(*columns).where(*among, _ANSWERS.c.stage.not_in(sorted(DONE)))
        rows = await self._look(lambda on: on.execute(wanted.order_by(_ANSWERS.c.position).limit(limit)).all())
        return [Due(row.position, row.case_id, row.reader_id, Stage(row.stage), row.attempts) for row in rows]

    async def kept(self, position: int) -> Kept:
        """What was answered at a position."""
        wanted = select(*(_ANSWERS.c[name] for name in _KEPT)).where(*self._at(position))
        judged = select(_SCORES.c.metric).where(
            _SCORES.c.run_id == self.run_id,
            _SCORES.c.tenant_id == self.tenant_id,
            _SCORES.c.position == position,
            _SCORES.c.judged,
        )

        def look(on: Connection) -> Kept:
            row = on.execute(wanted).one()
            answered = read_answer(row.answer, row.retrieval, row.passages)
            return Kept(answered, frozenset(on.scalars(judged)), row.refused)

        found: Kept = await self._look(look)
        return found

    async def stage_of(self, position: int) -> Stage:
        """How far a question is by now."""
        wanted = select(_ANSWERS.c.stage).where(*self._at(position))
        return Stage(await self._look(lambda on: on.scalar(wanted)))

    async def standing(self) -> bool:
        """Whether the run is still whose lease this is."""
        mine = (_RUNS.c.id == self.run_id, _RUNS.c.tenant_id == self.tenant_id, _RUNS.c.lease == self.lease)
        wanted = select(_RUNS.c.id).where(*mine, _RUNS.c.status == RunStatus.RUNNING)
        return await self._look(lambda on: on.execute(wanted).first()) is not None

    async def answered(self, position: int, got: Got, spent: Spent) -> None:
        """Write an answer with what it took; nobody is shown it before it is measured."""
        values = {**written_answer(got, spent), "stage": Stage.ANSWERED, "error_code": None, "error_message": None}

        def work(writing: Writing, tally: Tally) -> None:
            self._write(writing, position, {**values, "answered_at": writing.at})
            tally.answered += 1
            _spend(tally, spent)

        await self._held(work)

    async def measured(self, position: int, found: Measured, documents: Sequence[str], stage: Stage) -> None:
        """Write what an answer is worth without a judge, and all documents that it shows anything of."""
        leaked = any(score.metric == LEAKS and score.value for score in found.scores)
        values = {"stage": stage, "documents": list(documents), "leaked": leaked, "refused": found.refused}

        def work(writing: Writing, tally: Tally) -> None:
            self._write(writing, position, values)
            self._score(writing, position, found.scores, Spent())
            tally.done += stage in DONE
            tally.leaks += leaked

        await self._held(work)

    async def judged(self, position: int, score: Score, spent: Spent) -> None:
        """Write what a judge said by one metric."""

        def work(writing: Writing, tally: Tally) -> None:
            self._score(writing, position, [score], spent)
            more = {"judge_tokens": _ANSWERS.c.judge_tokens + spent.tokens, "cost": _ANSWERS.c.cost + spent.cost}
            self._write(writing, position, more)
            _spend(tally, spent)

        await self._held(work)

    async def finished(self, position: int) -> None:
        """Say that nothing is left to be judged."""

        def work(writing: Writing, tally: Tally) -> None:
            self._write(writing, position, {"stage": Stage.JUDGED})
            tally.done += 1

        await self._held(work)

    async def missed(self, position: int, spent: Spent) -> None:
        """Note an attempt that got nothing, and what it took all the same."""

        def work(writing: Writing, tally: Tally) -> None:
            self._write(writing, position, {"attempts": _ANSWERS.c.attempts + 1})
            _spend(tally, spent)

        await self._held(work)

    async def spend(self, spent: Spent) -> None:
        """Note what was spent on nothing."""
        if spent.calls:
            await self._held(lambda _writing, tally: _spend(tally, spent))

    async def failed(
        self, position: int, error: PlatformError, scores: Sequence[Score] = (), *, is_measured: bool
    ) -> None:
        """Say that a question gets no answer, or no judgement; an answer that was never measured is not kept."""
        said: dict[str, Any] = {"stage": Stage.FAILED, "error_code": error.code}
        said["error_message"] = error.message[:_LONGEST_MESSAGE]
        if not is_measured:
            said |= {"answer": None, "retrieval": None, "passages": None, "documents": []}

        def work(writing: Writing, tally: Tally) -> None:
            self._write(writing, position, said)
            self._score(writing, position, scores, Spent())
            tally.failed += 1

        await self._held(work)

    async def _held(self, work: Any) -> None:
        now = time.monotonic()
        elapsed, self._since = round((now - self._since) * 1000), now

        def change(writing: Writing) -> Tally:
            tally = hold(writing, self.run_id, self.lease)
            work(writing, tally)
            tally.busy_ms += elapsed
            write_tally(writing, self.run_id, tally)
            return tally

        self.tally = await self.writer.write(change)

    async def _look(self, look: Any) -> Any:
        return await self.transactions.look(look)

    def _at(self, position: int) -> tuple[Any, ...]:
        return *self._mine, _ANSWERS.c.position == position

    @property
    def _mine(self) -> tuple[Any, ...]:
        return _ANSWERS.c.run_id == self.run_id, _ANSWERS.c.tenant_id == self.tenant_id

    def _write(self, writing: Writing, position: int, values: Mapping[str, Any]) -> None:
        writing.on.execute(update(_ANSWERS).where(*self._at(position)).values(**values, updated_at=writing.at))

    def _score(self, writing: Writing, position: int, scores: Sequence[Score], spent: Spent) -> None:
        if not scores:
            return
        metrics = [score.metric for score in scores]
        mine = (_SCORES.c.run_id == self.run_id, _SCORES.c.position == position)
        writing.on.execute(delete(_SCORES).where(*mine, _SCORES.c.metric.in_(metrics)))
        beside = {"run_id": self.run_id, "position": position, "tenant_id": self.tenant_id, "made_at": writing.at}
        took = {"tokens": spent.tokens, "cost": spent.cost}
        writing.on.execute(insert(_SCORES), [{**_columns(score), **beside, **took} for score in scores])


def hold(writing: Writing, run_id: str, lease: str) -> Tally:
    """Hold a run until the commit, and say how far it is; whoever works on it no more is told so."""
    columns = (_RUNS.c[name] for name in Tally.__dataclass_fields__)
    mine = (_RUNS.c.id == run_id, _RUNS.c.lease == lease, _RUNS.c.status == RunStatus.RUNNING)
    row = writing.on.execute(select(*columns).where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise RunLost(run_id)
    return Tally(*row)


def write_tally(writing: Writing, run_id: str, tally: Tally) -> None:
    """Write the counts of a run that is held."""
    values = {**asdict(tally), "updated_at": writing.at, "waiting_for": None, "changes": _RUNS.c.changes + 1}
    writing.on.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(**values))


def written_answer(got: Got, spent: Spent) -> dict[str, Any]:
    """An answer as its row keeps it."""
    kept = got.answered.written()
    return {
        "answer": got.answered.text,
        "retrieval": {"told": dict(got.retrieval), "beside": {name: kept[name] for name in _KEPT_BESIDE}},
        "passages": kept["passages"],
        "documents": sorted(got.answered.documents),
        "latency_ms": round(got.answered.latency_ms),
        "ttft_ms": got.answered.first_token_ms,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost": spent.cost,
    }


def read_answer(text: str | None, retrieval: Mapping[str, Any] | None, passages: Sequence[Any] | None) -> Answered:
    """An answer as it was kept."""
    beside = (retrieval or {}).get("beside") or {}
    return Answered.read_from({**beside, "text": text or "", "passages": list(passages or ())})


def _columns(score: Score) -> dict[str, Any]:
    details = None if score.details is None else dict(score.details)
    return {
        "metric": score.metric,
        "value": score.value,
        "judged": score.judged,
        "reasons": score.reasons,
        "details": details,
    }


def _spend(tally: Tally, spent: Spent) -> None:
    tally.tokens += spent.tokens
    tally.cost += spent.cost
