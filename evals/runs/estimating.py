"""Measuring, runs: what a run would about take, told before anything is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sqlalchemy import func, select

from app.accounting.prices import cost_of
from app.db.tenancy import TenantSession
from app.inference.callable import CallableModel
from evals.judging.judge import Judged, expense, needs_reference
from evals.runs.start import Planned
from evals.tables import EvalAnswer, EvalRun
from rag.personas.values import Persona, Strategy

_CHARACTERS = 4  # of a token
_PASSAGE, _ANSWER = 300, 250  # tokens
_CALLS = {Strategy.SINGLE_STEP: 1, Strategy.MULTI_STEP: 2, Strategy.AGENTIC: 5}
_ENOUGH = 20  # answers that were got before, to reckon by


@dataclass(frozen=True, slots=True)
class Estimated:
    """About what a run takes."""

    answers: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    based_on: Literal["earlier_runs", "lengths"]


@dataclass(frozen=True, slots=True)
class _Each:
    """What one answer takes."""

    input_tokens: float
    output_tokens: float


async def estimated(session: TenantSession, planned: Planned, judge: CallableModel | None) -> Estimated:
    """Reckon by what the assistant's answers took before, where there are enough; else by lengths."""
    answers, persona = len(planned.asked), planned.draft.persona
    before = await _before(session, persona.id)
    each = before or _by_lengths(planned)
    calls = answers * (_CALLS[persona.strategy] if persona.rag_enabled else 1)
    asked, written = round(answers * each.input_tokens), round(answers * each.output_tokens)
    cost = _cost(planned.model, asked, written)
    if judge is not None:
        more = _judging(planned)
        calls, asked, written = calls + more.calls, asked + more.input_tokens, written + more.output_tokens
        cost += _cost(judge, more.input_tokens, more.output_tokens)
    return Estimated(answers, calls, asked, written, cost, "lengths" if before is None else "earlier_runs")


async def _before(session: TenantSession, persona_id: str) -> _Each | None:
    among = select(EvalRun.id).where(EvalRun.persona_id == persona_id).order_by(EvalRun.id.desc()).limit(5)
    runs = list(await session.scalars(among))
    took = select(func.count(), func.avg(EvalAnswer.input_tokens), func.avg(EvalAnswer.output_tokens))
    answered = EvalAnswer.answered_at.is_not(None)
    number, asked, written = (await session.execute(took.where(EvalAnswer.run_id.in_(runs), answered))).one()
    return _Each(float(asked), float(written)) if number >= _ENOUGH else None


def _by_lengths(planned: Planned) -> _Each:
    draft, persona = planned.draft, planned.draft.persona
    questions = sum(len(case.question) + sum(len(turn.content) for turn in case.history) for case, _ in planned.asked)
    context = _passages(persona) * _PASSAGE + len(persona.template) // _CHARACTERS
    prompt = len(draft.prompt) // _CHARACTERS
    times = _CALLS[persona.strategy] if persona.rag_enabled else 1
    asked = questions / max(len(planned.asked), 1) / _CHARACTERS
    return _Each(times * (prompt + asked + context), times * _ANSWER)


def _judging(planned: Planned) -> Estimated:
    passages, calls, asked, written = _passages(planned.draft.persona), 0, 0, 0
    metrics = planned.config.metrics
    for case, _ in planned.asked:
        for metric in Judged:
            wanted = not case.must_refuse and (not metrics or metric in metrics)
            if not wanted or (needs_reference(metric) and not case.reference):
                continue
            one = expense(metric, passages=passages, passage_tokens=_PASSAGE, answer_tokens=_ANSWER)
            calls, asked = calls + one.calls, asked + one.usage.input_tokens
            written += one.usage.output_tokens
    return Estimated(0, calls, asked, written, Decimal(0), "lengths")


def _passages(persona: Persona) -> int:
    return persona.top_k if persona.rag_enabled else 0


def _cost(model: CallableModel, asked: int, written: int) -> Decimal:
    prices = {"input_price_per_mtok": model.input_price, "output_price_per_mtok": model.output_price}
    return cost_of(asked, written, **prices)
