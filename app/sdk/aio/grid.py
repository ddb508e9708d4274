"""SDK: models that may be called, and what calls took."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime

from ..shapes.answering import Model
from ..shapes.working import CallStages, UsageEntry, UsageSummary
from .transport import Transport


class Models:
    """What may be called."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self, *, modality: str | None = None) -> AsyncGenerator[Model, None]:
        """All for the owner of the key; of one modality: chat or embedding."""
        return self._transport.every("/v1/models", Model, modality=modality)

    async def get(self, slug: str) -> Model:
        """One."""
        return Model.read(await self._transport.get(f"/v1/models/{slug}"))


class Usage:
    """What calls took."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(
        self, *, since: datetime | None = None, model: str | None = None, request_id: str | None = None
    ) -> AsyncGenerator[UsageEntry, None]:
        """Call by call, the newest first."""
        query = {"from": _written(since), "model": model, "request_id": request_id}
        return self._transport.every("/v1/accounting/usage", UsageEntry, **query)

    def stages(
        self, *, since: datetime | None = None, model: str | None = None, request_id: str | None = None
    ) -> AsyncGenerator[CallStages, None]:
        """What calls of assistants went through, the newest first."""
        query = {"from": _written(since), "model": model, "request_id": request_id}
        return self._transport.every("/v1/accounting/stages", CallStages, **query)

    async def summary(
        self, *, by: str = "model", period: str = "day", since: datetime | None = None, until: datetime | None = None
    ) -> UsageSummary:
        """Summed up by model, user, backend or tenant, for each hour, day, week or month."""
        query = {"group_by": by, "period": period, "from": _written(since), "to": _written(until)}
        return UsageSummary.read(await self._transport.get("/v1/accounting/usage/summary", **query))


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
