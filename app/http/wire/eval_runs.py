"""Roof, HTTP shapes: runs of sets: what they are to measure, how far they are, and what every answer is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StringConstraints

from app.http.envelope import Wire
from app.http.wire.accounting import Limit, Money
from app.http.wire.collections import Metadata
from app.http.wire.models import Slug, unsaid
from app.http.wire.names import UniqueName
from app.http.wire.persona_sources import Weight
from app.http.wire.personas import MinScore as PersonaMinScore
from app.http.wire.personas import Prompt, Template, TopK
from evals.runs.estimating import Estimated
from evals.runs.showing import SavedRun, ShownAnswer
from evals.runs.summary import Metric, Summary
from evals.values import Caps, RunConfig, Stage
from rag.personas.values import Grounding, SearchType, SourceType, Strategy

RunState = Literal["pending", "running", "completed", "capped", "failed", "cancelled"]
Named = Annotated[str, StringConstraints(min_length=1, max_length=190)]
MetricName = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9_.@]+$")]
Whole = Annotated[int, Field(ge=1, le=10**12, strict=True)]


class EvalDraftSource(Wire):
    """A place that is read instead."""

    source_type: SourceType
    source_id: UniqueName
    weight: Weight = 1.0


class EvalChanges(Wire):
    """What is other than the persona has it; nothing of it is kept with the persona."""

    model_slug: Slug = Field(default_factory=unsaid)
    system_prompt: Prompt = Field(default_factory=unsaid)
    rag_enabled: StrictBool = Field(default_factory=unsaid)
    rag_strategy: Strategy = Field(default_factory=unsaid)
    rag_top_k: TopK = Field(default_factory=unsaid)
    rag_min_score: PersonaMinScore | None = None
    rag_context_template: Template = Field(default_factory=unsaid)
    rag_search_type: SearchType = Field(default_factory=unsaid)
    grounding: Grounding = Field(default_factory=unsaid)
    default_params: Metadata = Field(default_factory=unsaid)
    sources: Annotated[list[EvalDraftSource], Field(max_length=50)] = Field(default_factory=unsaid)

    def meant(self) -> dict[str, Any]:
        """What was said, as JSON can keep it."""
        return self.model_dump(mode="json", include=self.model_fields_set)


class EvalCaps(Wire):
    """Where a run ends, whatever is left of it; with higher ones it goes on."""

    max_cost: Limit | None = None
    max_tokens: Whole | None = None
    max_seconds: Whole | None = Field(None, description="Of work; waits are left out.")

    def meant(self) -> Caps:
        """The limits."""
        return Caps(self.max_cost, self.max_tokens, self.max_seconds)


class EvalCapsRead(Wire):
    """Where a run ends, if anywhere."""

    max_cost: Money | None
    max_tokens: int | None
    max_seconds: int | None


class EvalRunCreate(Wire):
    """A set put to a persona, or to a changed draft of it."""

    set: Named = Field(description="Id or slug of a set.")
    persona_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    version: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] | None = Field(
        None, description="Of the set; the newest if nothing is said."
    )
    changes: EvalChanges = Field(default_factory=EvalChanges)
    readers: Annotated[list[Named], Field(max_length=200)] = Field(
        default_factory=list,
        description="Ids or addresses; each of them is asked every case. None: the readers of the cases.",
    )
    metrics: Annotated[list[MetricName], Field(max_length=40)] = Field(
        default_factory=list, description="All of them, if none is named."
    )
    judge: Slug | None = Field(None, description="A model that judges; none: only what needs no judge.")
    caps: EvalCaps = Field(default_factory=EvalCaps)
    note: Annotated[str, StringConstraints(max_length=255)] | None = None
    ahead: StrictBool = Field(
        False,
        description="Ask what is built and held of the collections (re-chunk with `hold`) in place of what answers.",
    )

    def config(self) -> RunConfig:
        """What it is to do."""
        return RunConfig(
            persona_id=self.persona_id,
            set_id=self.set,
            set_number=self.version or 0,
            changes=self.changes.meant(),
            readers=self.readers,
            metrics=self.metrics,
            judge=self.judge,
            ahead=self.ahead,
            caps=self.caps.meant(),
        )


class EvalResume(Wire):
    """Other limits for a run that reached one."""

    caps: EvalCaps = Field(default_factory=EvalCaps)


class EvalEstimateRead(Wire):
    """What a run would about take; what it is reckoned from is said with it."""

    answers: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost: Money
    based_on: Literal["earlier_runs", "lengths"]

    @classmethod
    def of(cls, said: Estimated) -> Self:
        """Show it."""
        return cls.model_validate(said)


class EvalRunRead(Wire):
    """A run, and how far it is."""

    id: str
    set_id: str
    set_version: int
    persona_id: str
    note: str | None
    changes: dict[str, Any]
    readers: list[str]
    metrics: list[str]
    judge: str | None
    caps: EvalCapsRead
    eyes: Literal["reader", "both"] = Field(
        description="`both`: answers are made of what its readers and whoever began it may both read."
    )
    started_by: str
    status: RunState
    stopped_by: str | None
    waiting_for: str | None
    error_code: str | None
    error_message: str | None
    total: int
    answered: int
    done: int
    failed: int
    leaks: int = Field(description="Answers that showed their reader something they may not read; it must be 0.")
    tokens: int
    cost: Money
    config_hash: str
    measured_hash: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: SavedRun) -> Self:
        """Show a run."""
        config = RunConfig.read(row.config)
        said = {
            "set_version": row.set_number,
            "changes": dict(config.changes),
            "readers": list(config.readers),
            "metrics": list(config.metrics),
            "judge": config.judge,
            "caps": EvalCapsRead.model_validate(config.caps),
        }
        own = {name: getattr(row, name) for name in cls.model_fields if name not in said}
        return cls(**own, **said)


class EvalMetricRead(Wire):
    """A number over answers, and between what it lies with 95 % confidence."""

    metric: str
    judged: bool = Field(description="By a model, whose word it is.")
    n: int
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, metric: Metric) -> Self:
        """Show it."""
        said = metric.estimate
        return cls(metric=metric.name, judged=metric.judged, n=said.n, value=said.value, low=said.low, high=said.high)


class EvalSummaryRead(Wire):
    """What one reader's answers are worth, or everybody's where no reader is named."""

    reader_id: str | None
    answers: int
    failed: int
    leaked: int
    refused: int
    tokens: int
    cost: Money
    metrics: list[EvalMetricRead]

    @classmethod
    def of(cls, summary: Summary) -> Self:
        """Show it."""
        gathered = summary.gathered
        names = ("answers", "failed", "leaked", "refused", "tokens", "cost")
        counts = {name: getattr(gathered, name) for name in names}
        return cls(reader_id=summary.reader_id, metrics=[EvalMetricRead.of(one) for one in summary.metrics], **counts)


class EvalRunSummaryRead(Wire):
    """A run with its numbers, made of those answers that whoever looks may see."""

    run: EvalRunRead
    withheld: int = Field(description="Answers made of something that may not be read by whoever looks.")
    summaries: list[EvalSummaryRead]

    @classmethod
    def made(cls, row: SavedRun, found: Sequence[Summary]) -> Self:
        """Show it."""
        seen = found[0].gathered.seen if found else 0
        return cls(
            run=EvalRunRead.of(row), withheld=row.total - seen, summaries=[EvalSummaryRead.of(one) for one in found]
        )


class EvalScoreRead(Wire):
    """What an answer is worth by one metric; null where it cannot be said, with the reason."""

    metric: str
    value: float | None
    judged: bool
    reasons: str | None


class EvalPassageRead(Wire):
    """A passage that was found, best first; with a number where the model was given it."""

    document_id: str | None
    document_name: str
    marker: int | None
    score: float
    page: int | None
    quote: str


class EvalAnswerRead(Wire):
    """What one reader was answered to one case; without all that, where `withheld`."""

    position: int
    case_id: str
    reader_id: str
    stage: Stage
    withheld: bool
    answer: str | None
    refused: bool | None
    leaked: bool | None
    leaks: list[str] = Field(description="passage, quote, title or forbidden.")
    passages: list[EvalPassageRead]
    scores: list[EvalScoreRead]
    latency_ms: int | None
    tokens: int | None
    cost: Money | None
    error_code: str | None
    error_message: str | None

    @classmethod
    def of(cls, shown: ShownAnswer) -> Self:
        """Show it."""
        row = shown.row
        plain = {"position": row.position, "case_id": row.case_id, "reader_id": row.reader_id, "stage": row.stage}
        if shown.withheld:
            nothing = dict.fromkeys(
                ("answer", "refused", "leaked", "latency_ms", "tokens", "cost", "error_code", "error_message")
            )
            return cls(**plain, **nothing, withheld=True, leaks=[], passages=[], scores=[])
        told = ("document_id", "document_name", "marker", "score", "page", "quote")
        return cls(
            **plain,
            withheld=False,
            answer=row.answer,
            refused=row.refused,
            leaked=row.leaked,
            leaks=[leak["kind"] for score in shown.scores for leak in (score.details or {}).get("leaks", ())],
            passages=[EvalPassageRead(**{name: one[name] for name in told}) for one in row.passages or ()],
            scores=[EvalScoreRead.model_validate(score) for score in shown.scores],
            latency_ms=row.latency_ms,
            tokens=row.input_tokens + row.output_tokens + row.judge_tokens,
            cost=row.cost,
            error_code=row.error_code,
            error_message=row.error_message,
        )
