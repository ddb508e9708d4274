"""Budgets over HTTP: who may set, see and change which."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.accounting.errors import BudgetExceeded
from app.clock import SystemClock
from app.identity.tables import Group
from app.ids import new_id
from tests.app.accounting.world import Books
from tests.world.people import Organisation, organisation

PATH = "/v1/accounting/budgets"


@pytest.fixture
async def stranger(acme: Organisation) -> AsyncIterator[Organisation]:
    """A tenant of another partner."""
    made = await organisation(acme.running)
    yield made
    await made.aclose()


def terms(acme: Organisation, **changed: Any) -> dict[str, Any]:
    """A budget of the tenant."""
    given = {"scope": "tenant", "scope_id": acme.id, "period": "monthly", "request_limit": 3, "hard_action": "block"}
    return given | changed


async def made(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_a_budget_holds_and_shows_what_was_spent(acme: Organisation, tmp_path: Path) -> None:
    admin, ledger = acme.client("admin"), acme.running.platform.ledger
    budget = await made(admin, terms(acme, cost_limit="1.50", name="Trial"))
    assert (budget["cost_limit"], budget["soft_limit_pct"], budget["set_by"]) == ("1.5", 0.8, "tenant")
    books = Books(acme, tmp_path)
    books.clock.moment = SystemClock().now()
    for _ in range(3):
        call = books.asked(cost=Decimal("0.1"))
        await ledger.reserve(call)
        ledger.settle(books.finished(call, cost=Decimal("0.1")))
    with pytest.raises(BudgetExceeded):
        await ledger.reserve(books.asked())
    shown = await admin.get(f"{PATH}/{budget['id']}")
    spent = shown.json()["data"]["spent"]
    assert (spent["cost"], spent["tokens"], spent["requests"]) == ("0.3", 45, 3)
    assert spent["period_start"] < spent["period_end"]
    again = await admin.get(f"{PATH}/{budget['id']}", headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 304
    raised = await admin.patch(
        f"{PATH}/{budget['id']}", json={"request_limit": 4}, headers={"If-Match": shown.headers["etag"]}
    )
    assert raised.json()["data"]["request_limit"] == 4
    await ledger.reserve(books.asked())
    stale = await admin.patch(
        f"{PATH}/{budget['id']}", json={"request_limit": 5}, headers={"If-Match": shown.headers["etag"]}
    )
    assert stale.status_code == 412
    assert (await admin.delete(f"{PATH}/{budget['id']}")).json()["data"] == {"deleted": True}
    assert (await admin.delete(f"{PATH}/{budget['id']}")).json()["error"]["code"] == "BUDGET_NOT_FOUND"
    await ledger.reserve(books.asked())


async def test_a_budget_must_limit_something_and_say_nothing_unknown(acme: Organisation) -> None:
    admin = acme.client("admin")
    nothing = await admin.post(PATH, json=terms(acme, request_limit=None))
    assert nothing.status_code == 422
    unknown = await admin.post(PATH, json=terms(acme, cost_limt=3))
    assert "cost_limit" in unknown.json()["error"]["details"][0]["message"]
    for wrong in ({"cost_limit": "-1"}, {"cost_limit": "NaN"}, {"soft_limit_pct": 0}, {"token_limit": 1.5}):
        assert (await admin.post(PATH, json=terms(acme, **wrong))).status_code == 422
    budget = await made(admin, terms(acme))
    emptied = await admin.patch(f"{PATH}/{budget['id']}", json={"request_limit": None})
    assert emptied.status_code == 422
    moved = await admin.patch(f"{PATH}/{budget['id']}", json={"scope_id": "tnt_other"})
    assert moved.status_code == 422
    lifted = await admin.patch(f"{PATH}/{budget['id']}", json={"request_limit": None, "token_limit": 7})
    assert (lifted.json()["data"]["request_limit"], lifted.json()["data"]["token_limit"]) == (None, 7)


async def test_the_same_key_sets_one_budget(acme: Organisation) -> None:
    admin, keyed = acme.client("admin"), {"Idempotency-Key": "once"}
    first, second = [await admin.post(PATH, json=terms(acme), headers=keyed) for _ in range(2)]
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json()["data"]["id"] == first.json()["data"]["id"]
    assert len((await admin.get(PATH)).json()["data"]["items"]) == 1


async def test_only_who_manages_budgets_sets_them(acme: Organisation) -> None:
    for name in ("user", "viewer"):
        assert (await acme.client(name).post(PATH, json=terms(acme))).status_code == 403
        assert (await acme.client(name).get(PATH)).status_code == 403


async def test_every_scope_of_the_tenant_can_be_limited_and_nothing_outside_it(
    acme: Organisation, stranger: Organisation
) -> None:
    groups = {}
    for tenant in (acme, stranger):
        async with Books(tenant, Path()).opened() as transaction:
            now = transaction.clock.now()
            group = Group(id=new_id("grp"), name="Writers", created_at=now, updated_at=now)
            transaction.session.add(group)
            groups[tenant.id] = group.id
    admin = acme.client("admin")
    for scope, mine, theirs in (
        ("tenant", acme.id, stranger.id),
        ("user", acme.people["user"].id, stranger.people["user"].id),
        ("group", groups[acme.id], groups[stranger.id]),
    ):
        assert (await made(admin, terms(acme, scope=scope, scope_id=mine)))["tenant_id"] == acme.id
        hidden = await admin.post(PATH, json=terms(acme, scope=scope, scope_id=theirs))
        missing = await admin.post(PATH, json=terms(acme, scope=scope, scope_id=f"{scope}_none"))
        assert hidden.status_code == missing.status_code == 422
        assert hidden.json()["error"] == missing.json()["error"]
    assert (await admin.post(PATH, json=terms(acme, scope="partner", scope_id=acme.partner_id))).status_code == 403


async def test_what_somebody_above_set_nobody_below_loosens(
    acme: Organisation, stranger: Organisation, root: httpx.AsyncClient
) -> None:
    await acme.person("seller", "partner_admin")
    sister = await organisation(acme.running, partner_id=acme.partner_id)
    admin, seller = acme.client("admin"), acme.client("seller")
    of_partner = await made(seller, terms(acme))
    of_platform = await made(root, terms(acme))
    assert (of_partner["set_by"], of_platform["set_by"]) == ("partner", "platform")
    for budget in (of_partner, of_platform):
        path = f"{PATH}/{budget['id']}"
        assert (await admin.get(path)).status_code == 200
        assert (await admin.patch(path, json={"request_limit": 99})).status_code == 403
        assert (await admin.delete(path)).status_code == 403
    assert (await seller.patch(f"{PATH}/{of_platform['id']}", json={"request_limit": 9})).status_code == 403
    assert (await seller.patch(f"{PATH}/{of_partner['id']}", json={"request_limit": 9})).status_code == 200
    assert (await root.delete(f"{PATH}/{of_partner['id']}")).status_code == 200
    whole = await made(seller, terms(acme, scope="partner", scope_id=acme.partner_id))
    assert (await admin.get(f"{PATH}/{whole['id']}")).status_code == 404
    elsewhere = await made(seller, terms(acme, scope_id=sister.id))
    hidden, missing = [await admin.get(f"{PATH}/{name}") for name in (elsewhere["id"], "bud_none")]
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["error"] == missing.json()["error"]
    assert (await seller.post(PATH, json=terms(acme, scope_id=stranger.id))).status_code == 422
    theirs = await made(stranger.client("admin"), terms(stranger))
    assert (await seller.get(f"{PATH}/{theirs['id']}")).status_code == 404
    assert {item["id"] for item in (await admin.get(PATH)).json()["data"]["items"]} == {of_platform["id"]}
    seen = {item["id"] for item in (await seller.get(PATH)).json()["data"]["items"]}
    assert seen == {of_platform["id"], whole["id"], elsewhere["id"]}
    only = (await seller.get(PATH, params={"tenant_id": sister.id})).json()["data"]["items"]
    assert [item["id"] for item in only] == [elsewhere["id"]]
    await sister.aclose()
