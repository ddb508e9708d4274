"""Roof, HTTP shapes: usage, its sums, and budgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer

from acl.visible import Visible
from app.accounting.calls import Operation, Outcome
from app.accounting.periods import Period
from app.accounting.prices import plain
from app.accounting.queries import CallPassed
from app.accounting.stages import DocumentUse
from app.http.envelope import Wire
from app.http.wire.names import NotTruth, amount

Money = Annotated[Decimal, PlainSerializer(plain, return_type=str)]
Limit = Annotated[Decimal, NotTruth, Field(ge=0, max_digits=38, decimal_places=12), amount(whole=26, places=12)]
Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]
Share = Annotated[float, Field(gt=0, le=1, strict=True)]
BudgetScope = Literal["partner", "tenant", "user", "group"]
HardAction = Literal["block", "notify", "throttle"]
BudgetName = Annotated[str, Field(max_length=255)]


class UsageRead(Wire):
    """One model call and what it took."""

    id: str
    created_at: datetime
    request_id: str
    model: str
    backend_id: str | None
    user_id: str
    tenant_id: str
    partner_id: str
    operation: Operation
    outcome: Outcome
    input_tokens: int
    output_tokens: int
    estimated: bool
    cost: Money
    latency_ms: float
    ttft_ms: float | None


class DocumentUseRead(Wire):
    """A document that whoever looks may read, and how many of its passages came how far."""

    document_id: str
    found: int
    offered: int = Field(description="To the model.")
    cited: int = Field(description="In its answer.")

    @classmethod
    def of(cls, visible: Visible[DocumentUse]) -> Self:
        """Tell of one that the chokepoint has let through."""
        return cls.model_validate(visible.value)


class CallStageRead(Wire):
    """How long a call was at one thing."""

    stage: str
    ms: int


class CallStagesRead(Wire):
    """What a call of an assistant went through; nothing of what was asked, found or answered."""

    call_id: str
    request_id: str
    model: str
    created_at: datetime
    stages: list[CallStageRead] = Field(
        description="Those that were needed, in whole milliseconds: `access`, `embedding`, `graph`, `vector`,"
        " `keyword`, `passages`, `share`, `model` (thinking of better questions), `rest`, and `answer`."
    )
    documents: list[DocumentUseRead] = Field(
        description="Those that whoever looks may read at this moment, best first; no other is counted anywhere."
    )

    @classmethod
    def of(cls, call: CallPassed, uses: Sequence[Visible[DocumentUse]]) -> Self:
        """Tell it; what looking did not take, answering did."""
        looking = call.stages.ms
        spent = {**looking, "answer": max(int(call.latency_ms) - sum(looking.values()), 0)}
        return cls(
            call_id=call.id,
            request_id=call.request_id,
            model=call.model,
            created_at=call.created_at,
            stages=[CallStageRead(stage=stage, ms=ms) for stage, ms in spent.items()],
            documents=[DocumentUseRead.of(one) for one in uses],
        )


class UsageSumRead(Wire):
    """What the calls of one group took in one stretch of time; `key` is the model, user, backend or tenant."""

    period_start: datetime
    key: str | None
    requests: int
    input_tokens: int
    output_tokens: int
    cost: Money
    average_latency_ms: float


class UsageSummaryRead(Wire):
    """Usage added up; `truncated` where older rows had to be left out."""

    group_by: Literal["model", "user", "backend", "tenant"]
    period: Literal["hour", "day", "week", "month"]
    since: Annotated[datetime | None, Field(serialization_alias="from")]
    until: Annotated[datetime | None, Field(serialization_alias="to")]
    items: list[UsageSumRead]
    truncated: bool


class BudgetCreate(Wire):
    """A budget to be set."""

    name: BudgetName = ""
    scope: BudgetScope
    scope_id: Annotated[str, Field(min_length=1, max_length=64)]
    period: Period
    cost_limit: Limit | None = None
    token_limit: Count | None = None
    request_limit: Count | None = None
    hard_action: HardAction
    soft_limit_pct: Share = 0.8


class BudgetPatch(Wire):
    """What is to change of a budget; a limit of null is lifted."""

    name: BudgetName = ""
    cost_limit: Limit | None = None
    token_limit: Count | None = None
    request_limit: Count | None = None
    hard_action: HardAction = "block"
    soft_limit_pct: Share = 0.8


class SpentRead(Wire):
    """What has been spent in the present period."""

    cost: Money
    tokens: int
    requests: int
    period_start: datetime
    period_end: datetime | None


class BudgetRead(Wire):
    """A budget and how it stands; `set_by` says with whose authority it was set."""

    id: str
    name: str
    scope: BudgetScope
    scope_id: str
    partner_id: str
    tenant_id: str | None
    period: Period
    cost_limit: Money | None
    token_limit: int | None
    request_limit: int | None
    hard_action: HardAction
    soft_limit_pct: float
    set_by: Literal["tenant", "partner", "platform"]
    spent: SpentRead
    created_at: datetime
    updated_at: datetime
