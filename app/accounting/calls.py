"""Ground floor, accounting: a model call before and after, as the ledger knows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from app.accounting.stages import Stages

Operation = Literal["chat", "embedding"]
Outcome = Literal["ok", "failed", "cancelled"]
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call about to be made, and the most it is expected to take."""

    id: str
    partner_id: str
    tenant_id: str
    user_id: str
    groups: frozenset[str]
    operation: Operation
    cost: Decimal = NOTHING
    tokens: int = 0
    timeout_seconds: float = 120.0

    @property
    def requests(self) -> int:
        """Embeddings are metered but are not requests."""
        return 1 if self.operation == "chat" else 0

    @property
    def scopes(self) -> Iterator[str]:
        """The ids of everything whose budgets this call draws on."""
        return _scopes(self)


@dataclass(frozen=True, slots=True)
class FinishedCall:
    """A call that has ended, and what it took."""

    id: str
    created_at: datetime
    partner_id: str
    tenant_id: str
    user_id: str
    key_id: str | None
    groups: frozenset[str]
    model: str  # the slug as it was called
    model_id: str
    backend_id: str | None  # None where no backend was reached
    operation: Operation
    outcome: Outcome
    input_tokens: int
    output_tokens: int
    estimated: bool
    cost: Decimal
    latency_ms: float
    ttft_ms: float | None
    request_id: str
    stages: Stages | None = None  # of calls that something was looked for first

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.input_tokens + self.output_tokens

    @property
    def requests(self) -> int:
        """What counts as a request: a conversation that reached a backend, however it ended."""
        return 1 if self.operation == "chat" and self.backend_id is not None else 0

    @property
    def scopes(self) -> Iterator[str]:
        """The ids of everything whose budgets this call draws on."""
        return _scopes(self)

    def row(self) -> dict[str, Any]:
        """The call as a row of usage events."""
        return {name: getattr(self, name) for name in self.__slots__ if name not in {"groups", "stages"}}

    def line(self) -> bytes:
        """The call as a line of a journal."""
        said = {name: getattr(self, name) for name in self.__slots__ if name != "stages"}
        said["created_at"] = self.created_at.isoformat()
        said["groups"] = list(self.groups)
        said["cost"] = str(self.cost)
        if self.stages is not None:
            said["stages"] = self.stages.kept()
        return json.dumps(said, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> FinishedCall:
        """Read a line back; raises ValueError (or its kin) for one that was torn."""
        said = json.loads(line)
        said["created_at"] = datetime.fromisoformat(said["created_at"])
        said["groups"] = frozenset(said["groups"])
        said["cost"] = Decimal(said["cost"])
        if "stages" in said:
            said["stages"] = Stages.of(said["stages"])
        return cls(**said)


def _scopes(call: OpenCall | FinishedCall) -> Iterator[str]:
    yield call.partner_id
    yield call.tenant_id
    yield call.user_id
    yield from call.groups
