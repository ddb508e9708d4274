"""Measuring, runs: a run begins, waits and ends: what its row says of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Table, func, select

from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.jobs.tables import Job
from app.jobs.work import Held
from evals.metrics.speed import percentile
from evals.runs.errors import RunLost
from evals.tables import EvalAnswer, EvalRun, EvalScore
from evals.values import ENDED, RunStatus, Stage

_LONGEST_MESSAGE, _LONGEST_REASON = 1000, 500
_ANSWERS, _SCORES = cast("Table", EvalAnswer.__table__), cast("Table", EvalScore.__table__)


@dataclass(frozen=True, slots=True)
class Endings:
    """Writes how runs begin and end, under the lease of whoever works on them."""

    transactions: Transactions

    async def begin(self, held: Held) -> EvalRun | None:
        """Take a run over from whoever had it, or begin it; None if there is nothing left to do."""
        async with self.transactions.open(Reach.one(held.tenant_id)) as transaction:
            run = await held_run(transaction, held.subject_id)
            if run is None or run.status in ENDED:
                return None
            now = transaction.clock.now()
            if run.status == RunStatus.PENDING:
                run.status, run.started_at = RunStatus.RUNNING, run.started_at or now
            run.lease, run.updated_at, run.changes = held.lease, now, run.changes + 1
            return run

    async def complete(self, held: Held) -> None:
        """Say that every question is done with, and what the answers are worth together."""
        await self._end(held, RunStatus.COMPLETED)

    async def cap(self, held: Held, by: str) -> None:
        """Say which limit has ended it; what there is stays."""
        await self._end(held, RunStatus.CAPPED, stopped_by=by)

    async def wait(self, held: Held, why: str) -> None:
        """Say why it does not go on just now."""
        async with self.transactions.open(Reach.one(held.tenant_id)) as transaction:
            run = await held_run(transaction, held.subject_id)
            if run is not None and run.lease == held.lease and run.status == RunStatus.RUNNING:
                run.waiting_for, run.changes = why[:_LONGEST_REASON], run.changes + 1
                run.updated_at = transaction.clock.now()

    async def fail(self, held: Held, code: str, message: str) -> None:
        """Say why a run ended before its time; what it has kept stays."""
        async with self.transactions.open(Reach.one(held.tenant_id)) as transaction:
            run = await held_run(transaction, held.subject_id)
            if run is None or run.status in ENDED:
                return
            if run.lease not in {None, held.lease} and not await _is_in_hand(transaction, held):
                return  # another has taken it over, and says how it ends
            end(transaction, run, RunStatus.FAILED)
            run.error_code, run.error_message = code, message[:_LONGEST_MESSAGE]

    async def _end(self, held: Held, status: RunStatus, stopped_by: str | None = None) -> None:
        async with self.transactions.open(Reach.one(held.tenant_id)) as transaction:
            run = await held_run(transaction, held.subject_id)
            if run is None or run.lease != held.lease or run.status != RunStatus.RUNNING:
                raise RunLost(held.subject_id)
            run.numbers = await transaction.write(lambda writing: numbers_of(writing.on, run.id))
            end(transaction, run, status)
            run.stopped_by = stopped_by


def end(transaction: Transaction, run: EvalRun, status: RunStatus) -> None:
    """Write that a run has ended."""
    run.status, run.lease, run.waiting_for = status, None, None
    run.finished_at = run.updated_at = transaction.clock.now()
    run.changes += 1


async def held_run(transaction: Transaction, run_id: str) -> EvalRun | None:
    """A run as it is by now, held until the commit."""
    wanted = select(EvalRun).where(EvalRun.id == run_id).with_for_update()
    found: EvalRun | None = await transaction.session.scalar(wanted, execution_options={"populate_existing": True})
    return found


def numbers_of(on: Connection, run_id: str) -> dict[str, Any]:
    """What all answers of a run are worth together: means by metric, and what they took."""
    scores, answers = _SCORES.c, _ANSWERS.c
    means = select(scores.metric, func.avg(scores.value)).where(scores.run_id == run_id, scores.value.is_not(None))
    found: dict[str, Any] = {metric: float(mean) for metric, mean in on.execute(means.group_by(scores.metric))}
    mine = answers.run_id == run_id
    took = list(on.scalars(select(answers.latency_ms).where(mine, answers.latency_ms.is_not(None))))
    failed = on.scalar(select(func.count()).where(mine, answers.stage == Stage.FAILED))
    leaked = on.scalar(select(func.count()).where(mine, answers.leaked))
    spent = select(
        func.sum(answers.cost), func.sum(answers.input_tokens + answers.output_tokens + answers.judge_tokens)
    )
    cost, tokens = on.execute(spent.where(mine)).one()
    return {
        **found,
        "p50_ms": percentile(took, 0.5),
        "p95_ms": percentile(took, 0.95),
        "tokens": int(tokens or 0),
        "cost": float(cost or 0),
        "failed": failed or 0,
        "leaks": leaked or 0,
    }


async def _is_in_hand(transaction: Transaction, held: Held) -> bool:
    """Whether the job itself is still whose lease this is, though they have not begun to work."""
    wanted = select(Job.id).where(Job.id == held.id, Job.lease == held.lease)
    return await transaction.session.scalar(wanted) is not None
