"""Measuring, runs: one question of one reader, from being asked to being judged, each stage written when it is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from app.accounting.errors import BudgetExceeded
from app.errors import Kind, PlatformError
from app.identity.caller import Caller
from app.inference.callable import CallableModel
from app.inference.errors import BackendRefused
from app.inference.gateway import Gateway
from evals.answers import Spent
from evals.judging.judge import Judge, Judged, Judgement, Material, judge_by
from evals.runs.answering import Asking, Subject, answer
from evals.runs.leaks import LeakWatch
from evals.runs.ledger import Due, RunLedger
from evals.runs.measuring import ALWAYS, Score, measured, unanswered
from evals.runs.spending import Counted, counted
from evals.runs.standing import Standing
from evals.values import Case, RunConfig, Stage
from rag.personas.stages import Stage as Telling
from rag.personas.values import Persona, StatusMode

Judges = Callable[[Gateway, Caller, str], Awaitable[Judge]]
_MOST_ATTEMPTS, _MOST_IN_VAIN = 3, 30  # of one question: while others are answered, and while none is
_PASSING = frozenset({Kind.UNAVAILABLE, Kind.UPSTREAM, Kind.UPSTREAM_TIMEOUT, Kind.LIMITED})
_OF_ANSWERS = frozenset({Judged.FAITHFULNESS, Judged.ANSWER_RELEVANCY})  # a refusal states nothing
_MOST_REASONS, _LONGEST_REASON = 30, 500


@dataclass(frozen=True, slots=True)
class Interview:
    """Asks one assistant in one run."""

    asking: Asking
    judges: Judges
    ledger: RunLedger
    standing: Standing
    watch: LeakWatch
    config: RunConfig
    persona: Persona
    model: CallableModel

    async def bring(self, due: Due, case: Case, runner: Caller, *, well: bool) -> PlatformError | None:
        """Go on with a question as far as it goes; returns what is away, if something is.

        `well` is whether others get on: what alone gets nothing is given up sooner.
        """
        gateway, books = counted(self.asking.gateway)
        try:
            if due.stage is Stage.QUEUED:
                await self._answer(due, case, runner, gateway, books)
            if due.stage in {Stage.QUEUED, Stage.ANSWERED}:
                await self._measure(due, case, runner)
            if self.config.judge is not None:
                await self._judge(due, case, runner)
        except BudgetExceeded:
            await self.ledger.spend(books.spent if due.stage is Stage.QUEUED else Spent())
            raise
        except PlatformError as error:
            if error.kind is Kind.INTERNAL:
                raise
            return await self._missed(due, case, error, books, well=well)
        return None

    async def _answer(self, due: Due, case: Case, runner: Caller, gateway: Gateway, books: Counted) -> None:
        reader = await self.standing.reader(due.reader_id, runner)
        subject = Subject(self.persona, self.model, runner)
        got = await answer(replace(self.asking, gateway=gateway), subject, reader, case)
        spent, books.spent = books.spent, Spent()
        await self.ledger.answered(due.position, got, spent)

    async def _measure(self, due: Due, case: Case, runner: Caller) -> None:
        """Say what an answer is worth without a judge, and whether its reader may read at this moment what it shows."""
        reader = await self.standing.reader(due.reader_id, runner)
        kept = await self.ledger.kept(due.position)
        looked = await self.watch.look(reader, runner, case, kept.answered)
        found = measured(case, kept.answered, looked, _own_words(self.persona))
        wanted = replace(found, scores=[score for score in found.scores if self._is_wanted(score.metric)])
        stage = Stage.JUDGED if self.config.judge is None else Stage.MEASURED
        documents = kept.answered.documents | {leak.document_id for leak in looked.leaks if leak.document_id}
        await self.ledger.measured(due.position, wanted, sorted(documents), stage)

    async def _judge(self, due: Due, case: Case, runner: Caller) -> None:
        """Have every metric judged that has not been."""
        kept = await self.ledger.kept(due.position)
        said = Material(
            case.question, kept.answered.text, [one.text for one in kept.answered.offered], case.reference or ""
        )
        for metric in self._to_judge(case, refused=kept.refused):
            if metric in kept.judged:
                continue
            gateway, books = counted(self.asking.gateway)
            try:
                judge = await self.judges(gateway, runner, self.config.judge or "")
                judgement = await judge_by(judge, metric, said)
            except PlatformError:
                await self.ledger.spend(books.spent)
                raise
            await self.ledger.judged(due.position, _score_of(judgement), books.spent)
        await self.ledger.finished(due.position)

    def _to_judge(self, case: Case, *, refused: bool) -> list[Judged]:
        if case.must_refuse:
            return []
        wanted = [metric for metric in Judged if self._is_wanted(metric)]
        return [metric for metric in wanted if not (refused and metric in _OF_ANSWERS)]

    def _is_wanted(self, metric: str) -> bool:
        return not self.config.metrics or metric in self.config.metrics or metric in ALWAYS

    async def _missed(
        self, due: Due, case: Case, error: PlatformError, books: Counted, *, well: bool
    ) -> PlatformError | None:
        spent = books.spent
        tried = due.attempts + 1
        passes = error.kind in _PASSING and not isinstance(error, BackendRefused)
        if passes and tried < (_MOST_ATTEMPTS if well else _MOST_IN_VAIN):
            await self.ledger.missed(due.position, spent)
            return error
        is_measured = await self.ledger.stage_of(due.position) is Stage.MEASURED
        scores = [] if is_measured else [one for one in unanswered(case) if self._is_wanted(one.metric)]
        await self.ledger.spend(spent)
        await self.ledger.failed(due.position, error, scores, is_measured=is_measured)
        return None


def _own_words(persona: Persona) -> Collection[str]:
    """What an assistant says where it has found nothing, if it has words of its own."""
    said = persona.status_messages.get(Telling.NOTHING_FOUND) if persona.status_mode is StatusMode.CUSTOM else None
    return (said,) if said else ()


def _score_of(judgement: Judgement) -> Score:
    reasons = [f"{'+' if one.holds else '-'} {one.of}: {one.why}"[:_LONGEST_REASON] for one in judgement.opinions]
    told = [judgement.without, *reasons[:_MOST_REASONS]]
    details = {"calls": judgement.calls, "unreadable": judgement.unreadable}
    said = "\n".join(line for line in told if line)
    return Score(str(judgement.metric), judgement.value, judged=True, reasons=said or None, details=details)
