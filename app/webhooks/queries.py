"""Ground floor, webhooks: every look at webhooks and their deliveries by a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.db.tenancy import TenantSession
from app.paging import Page, PageRequest, cut
from app.webhooks.tables import Webhook, WebhookDelivery


@dataclass(frozen=True, slots=True)
class WebhookQueries:
    """Reads within the session's tenant."""

    session: TenantSession

    async def page(self, request: PageRequest) -> Page[Webhook]:
        """One page of the tenant's webhooks."""
        rows = await self.session.scalars(_slice(select(Webhook), Webhook.id, request))
        return cut(rows.all(), request, lambda row: row.id)

    async def deliveries(self, webhook: Webhook, request: PageRequest) -> Page[WebhookDelivery]:
        """One page of what a webhook was, or is to be, told."""
        mine = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
        rows = await self.session.scalars(_slice(mine, WebhookDelivery.id, request))
        return cut(rows.all(), request, lambda row: row.id)


def _slice(statement: Select[Any], place: Any, request: PageRequest) -> Select[Any]:
    rising = request.order == "asc"
    if request.after is not None:
        statement = statement.where(place > request.after if rising else place < request.after)
    return statement.order_by(place.asc() if rising else place.desc()).limit(request.limit + 1)
