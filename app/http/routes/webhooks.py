"""Roof, HTTP: outgoing webhooks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from app.db.tenancy import Reach
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.webhooks import (
    DeliveryRead,
    WebhookCreate,
    WebhookCreated,
    WebhookPatch,
    WebhookRead,
    WebhookTested,
)
from app.identity.permissions import Core
from app.webhooks.authoring import WebhookAuthoring, WebhookTrial, new_secret
from app.webhooks.errors import WebhookNotFound
from app.webhooks.queries import WebhookQueries
from app.webhooks.redelivery import Redelivery
from app.webhooks.tables import Webhook

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=GatedRoute)


async def _named(request: Request, visit: Visit) -> Webhook:
    webhook = await visit.find(Webhook, request.path_params["webhook_id"])
    if webhook is None:
        raise WebhookNotFound
    return webhook


def _authoring(visit: Visit) -> WebhookAuthoring:
    return WebhookAuthoring(visit.transaction, visit.platform.secrets, visit.platform.guard)


def _read(webhook: Webhook) -> WebhookRead:
    return WebhookRead.model_validate(webhook)


@router.post("", status_code=201, operation_id="create_webhook")
@gate(Core.WEBHOOKS_MANAGE, creates=True)
async def create_webhook(visit: VisitDep, body: WebhookCreate) -> Success[WebhookCreated]:
    """Ask to be told of some events."""
    made = None if body.secret else new_secret()
    webhook = await _authoring(visit).add(
        tenant_id=visit.tenant_id, url=body.url, events=body.events, secret=body.secret or made or ""
    )
    visit.record("webhook.created", ("webhook", webhook.id), events=webhook.events)
    visit.etag(webhook.version)
    return success(WebhookCreated(**_read(webhook).model_dump(), secret=made))


@router.get("", operation_id="list_webhooks")
@gate(Core.WEBHOOKS_MANAGE)
async def list_webhooks(visit: VisitDep, page: PageDep) -> Listing[WebhookRead]:
    """List the tenant's webhooks."""
    return listing(visit, page, await WebhookQueries(visit.session).page(page), _read)


@router.get("/{webhook_id}", operation_id="get_webhook")
@gate(Core.WEBHOOKS_MANAGE, guard=_named)
async def get_webhook(visit: VisitDep, webhook_id: str) -> Success[WebhookRead]:
    """Show one webhook."""
    visit.etag(visit.subject.version)
    return success(_read(visit.subject))


@router.patch("/{webhook_id}", operation_id="change_webhook")
@gate(Core.WEBHOOKS_MANAGE, guard=_named)
async def change_webhook(visit: VisitDep, webhook_id: str, body: WebhookPatch) -> Success[WebhookRead]:
    """Change where a webhook leads, what it is told, whether it is, or its secret."""
    visit.expect(visit.subject.version)
    changes: dict[str, Any] = body.model_dump(exclude_none=True)
    webhook = await _authoring(visit).change(visit.subject, changes)
    visit.record("webhook.changed", ("webhook", webhook.id), fields=sorted(changes))
    visit.etag(webhook.version)
    return success(_read(webhook))


@router.delete("/{webhook_id}", operation_id="delete_webhook")
@gate(Core.WEBHOOKS_MANAGE, guard=_named)
async def delete_webhook(visit: VisitDep, webhook_id: str) -> Success[Deleted]:
    """Take a webhook away; what it was still to be told is dropped."""
    visit.expect(visit.subject.version)
    await _authoring(visit).remove(visit.subject)
    visit.record("webhook.deleted", ("webhook", webhook_id))
    return success(Deleted())


@router.post("/{webhook_id}/test", operation_id="test_webhook")
@gate(Core.WEBHOOKS_MANAGE, guard=_named, transaction=False)
async def test_webhook(visit: VisitDep, webhook_id: str) -> Success[WebhookTested]:
    """Send a ping now and say what came of it."""
    trial = WebhookTrial(visit.platform.transactions, visit.platform.webhooks.attempts)
    delivery, outcome = await trial.send(visit.subject)
    async with visit.platform.transactions.open(Reach.one(visit.tenant_id)) as transaction:
        visit.work_in(transaction)
        visit.record("webhook.tested", ("webhook", webhook_id), delivered=outcome.delivered)
    return success(
        WebhookTested(delivery_id=delivery.id, delivered=outcome.delivered, status=outcome.status, error=outcome.error)
    )


@router.get("/{webhook_id}/deliveries", operation_id="list_webhook_deliveries")
@gate(Core.WEBHOOKS_MANAGE, guard=_named)
async def list_deliveries(visit: VisitDep, page: PageDep, webhook_id: str) -> Listing[DeliveryRead]:
    """List what a webhook was told, and what it is still to be told."""
    found = await WebhookQueries(visit.session).deliveries(visit.subject, page)
    return listing(visit, page, found, DeliveryRead.model_validate)


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=202, operation_id="redeliver_webhook")
@gate(Core.WEBHOOKS_MANAGE, guard=_named, creates=True)
async def redeliver(visit: VisitDep, webhook_id: str, delivery_id: str) -> Success[DeliveryRead]:
    """Send one delivery again: the same id and body, signed anew; the next look at it says what became of it."""
    delivery = await Redelivery(visit.transaction).ask(visit.subject, delivery_id)
    visit.record("webhook.redelivered", ("webhook", webhook_id), delivery_id=delivery.id, event=delivery.event)
    visit.transaction.after_commit(visit.platform.webhooks.wake)
    return success(DeliveryRead.model_validate(delivery))
