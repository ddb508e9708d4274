"""Who sees which events, how, and as which file."""

from __future__ import annotations

import csv
import io
import json

import httpx
import pytest
from fastapi import Request

from app.audit.chain import Entry, append
from app.audit.queries import Wanted
from app.clock import SystemClock
from app.db.tenancy import Reach
from app.http.export import cell
from app.http.routes.audit import batches
from app.http.visit import Visit
from app.identity.errors import TokenInvalid
from app.identity.tables import User
from tests.world.lanes import writing
from tests.world.patience import eventually
from tests.world.people import Organisation, organisation
from tests.world.platform import Running


async def note(running: Running, tenant_id: str, *actions: str, **said: str) -> None:
    """Put something into a tenant's chain."""
    now = SystemClock().now()
    async with writing(running.platform.database) as connection:
        append(connection, [Entry(tenant_id, action, now, **said) for action in actions])  # type: ignore[arg-type]


async def _actions(client: httpx.AsyncClient, query: str = "", path: str = "/v1/audit/events") -> list[str]:
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    return [item["action"] for item in answer.json()["data"]["items"]]


async def test_the_trail_has_its_own_shape_and_both_names(acme: Organisation) -> None:
    await note(acme.running, acme.id, "user.created", actor_id="usr_a", target_id="usr_b")
    admin = acme.client("admin")
    one, other = (await admin.get("/v1/audit/events")).json(), (await admin.get("/v1/audit-log")).json()
    assert one["data"] == other["data"]
    assert one["pagination"] == {"has_more": False, "next_cursor": None}
    (event,) = one["data"]["items"]
    assert (event["tenant_id"], event["module"], event["number"]) == (acme.id, "core", 1)
    assert event["created_at"].endswith("Z")


async def test_pages_follow_one_another_and_a_cursor_fits_its_list_alone(acme: Organisation) -> None:
    await note(acme.running, acme.id, *(f"thing.{n}" for n in range(5)))
    admin = acme.client("admin")
    first = (await admin.get("/v1/audit/events?limit=3")).json()
    assert [item["action"] for item in first["data"]["items"]] == ["thing.4", "thing.3", "thing.2"]
    cursor = first["pagination"]["next_cursor"]
    rest = (await admin.get("/v1/audit/events", params={"limit": 3, "cursor": cursor})).json()
    assert [item["action"] for item in rest["data"]["items"]] == ["thing.1", "thing.0"]
    assert rest["pagination"]["has_more"] is False
    assert (await admin.get("/v1/audit-log", params={"cursor": cursor})).status_code == 422
    assert (await admin.get("/v1/audit/events?limit=1001")).status_code == 422


async def test_filters_narrow(acme: Organisation) -> None:
    await note(acme.running, acme.id, "scaimatrix.document.deleted", actor_id="usr_a", target_id="doc_1")
    await note(acme.running, acme.id, "user.created", actor_id="usr_b", outcome="refused")
    await note(acme.running, acme.id, "crawl.started", request_id="req_of_mine")
    admin = acme.client("admin")
    await note(acme.running, acme.id, "document.deleted", "acl.entry_added")
    refused = Entry(
        acme.id, "access.refused", SystemClock().now(), target_type="route", target_id="/v1/modules/scaimatrix/x"
    )
    async with writing(acme.running.platform.database) as connection:
        append(connection, [refused])
    mine = ["access.refused", "acl.entry_added", "document.deleted", "crawl.started", "scaimatrix.document.deleted"]
    assert await _actions(admin, "module=scaimatrix") == mine
    assert await _actions(admin, "actor_id=usr_b") == ["user.created"]
    assert await _actions(admin, "target_id=doc_1&action=scaimatrix.document.deleted&outcome=done")
    assert await _actions(admin, "outcome=refused") == ["user.created"]
    assert await _actions(admin, "request_id=req_of_mine") == ["crawl.started"]
    assert await _actions(admin, "request_id=req_other") == []
    assert len(await _actions(admin, "from=2020-01-01&to=2100-01-01T00:00:00Z")) == 6
    assert await _actions(admin, "from=2100-01-01T00:00:00Z") == []
    assert await _actions(admin, "to=2020-01-01") == []
    assert (await admin.get("/v1/audit/events?from=yesterday")).status_code == 422


async def test_a_tenant_admin_sees_their_tenant_and_nothing_else(acme: Organisation, running: Running) -> None:
    other = await organisation(running, partner_id=acme.partner_id)
    await note(running, other.id, "other.thing")
    await note(running, acme.id, "own.thing")
    admin = acme.client("admin")
    assert await _actions(admin) == ["own.thing"]
    assert (await admin.get(f"/v1/audit/events?tenant_id={other.id}")).status_code == 404
    for scope in ("all", "partner"):
        assert (await admin.get(f"/v1/audit/events?scope={scope}")).status_code == 403
    assert (await admin.get("/v1/audit/events?scope=mine")).status_code == 422
    assert (await acme.client("user").get("/v1/audit/events")).status_code == 403
    await other.aclose()


async def test_a_partner_admin_sees_the_partners_tenants(acme: Organisation, running: Running) -> None:
    await acme.person("boss", "partner_admin")
    sister, stranger = await organisation(running, partner_id=acme.partner_id), await organisation(running)
    for tenant in (acme, sister, stranger):
        await note(running, tenant.id, f"thing.{tenant.slug}")
    boss = acme.client("boss")
    both = {f"thing.{acme.slug}", f"thing.{sister.slug}"}
    assert set(await _actions(boss)) == set(await _actions(boss, "scope=partner")) == both
    assert await _actions(boss, f"tenant_id={sister.id}") == [f"thing.{sister.slug}"]
    assert await _actions(boss, "scope=tenant&outcome=done") == [f"thing.{acme.slug}"]
    assert (await boss.get(f"/v1/audit/events?tenant_id={stranger.id}")).status_code == 404
    assert (await boss.get("/v1/audit/events?scope=all")).status_code == 403


async def test_a_super_admin_sees_all_and_pages_through_all(
    acme: Organisation, running: Running, root: httpx.AsyncClient
) -> None:
    other = await organisation(running)
    await note(running, acme.id, "all.one")
    await note(running, other.id, "all.two")
    await note(running, acme.id, "all.three")
    seen: list[str] = []
    cursor: str | None = None
    while len(seen) < 3:
        params = {"scope": "all", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await root.get("/v1/audit/events", params=params)).json()
        seen += [item["action"] for item in page["data"]["items"] if item["tenant_id"] in {acme.id, other.id}]
        cursor = page["pagination"]["next_cursor"]
    assert seen == ["all.three", "all.two", "all.one"]
    assert await _actions(root, f"tenant_id={other.id}") == ["all.two"]


async def test_a_change_and_a_refusal_leave_their_trace(acme: Organisation) -> None:
    admin = acme.client("admin")
    hook = {"url": "https://a.example/", "events": ["request.completed"], "secret": "hush-hush"}
    made = await admin.post("/v1/webhooks", json=hook, headers={"X-Request-Id": "trace-me-1"})
    await acme.client("user").get("/v1/webhooks")
    await admin.get("/v1/webhooks/whk_none")

    async def all_there() -> bool:
        return len(await _actions(admin)) == 3

    await eventually(all_there)  # what is refused is written down beside the request
    events = (await admin.get("/v1/audit/events?order=asc")).json()["data"]["items"]
    created = events[0]
    assert (created["action"], created["target_id"]) == ("webhook.created", made.json()["data"]["id"])
    assert created["request_id"] == "trace-me-1"
    assert created["actor_id"] == acme.people["admin"].id
    assert {(event["outcome"], event["details"]["code"]) for event in events[1:]} == {
        ("refused", "AUTHZ_PERMISSION_DENIED"),
        ("refused", "WEBHOOK_NOT_FOUND"),
    }
    assert "hush" not in json.dumps(events)


async def test_an_export_has_every_event_oldest_first_in_three_formats(acme: Organisation) -> None:
    await note(acme.running, acme.id, *(f"thing.{n}" for n in range(2100)))
    admin = acme.client("admin")
    lines = (await admin.get("/v1/audit/events/export?format=ndjson")).text.splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(1, 2101))
    array = (await admin.get("/v1/audit-log/export?format=json")).json()
    assert [item["action"] for item in array] == [f"thing.{n}" for n in range(2100)]
    answer = await admin.get("/v1/audit/events/export?format=csv&action=thing.7")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["action"], row["details"]) == ("thing.7", "{}")
    assert (await admin.get("/v1/audit/events/export?format=xlsx")).status_code == 422
    assert (await acme.client("user").get("/v1/audit/events/export")).status_code == 403


async def test_an_empty_export_is_still_a_file(acme: Organisation) -> None:
    admin = acme.client("admin")
    assert (await admin.get("/v1/audit/events/export?format=json")).json() == []
    assert (await admin.get("/v1/audit/events/export?format=ndjson")).text == ""
    assert len((await admin.get("/v1/audit/events/export?format=csv")).text.splitlines()) == 1


async def test_an_export_reaches_no_further_than_the_list(acme: Organisation, running: Running) -> None:
    other = await organisation(running)
    await note(running, other.id, "other.thing")
    await note(running, acme.id, "own.thing")
    admin = acme.client("admin")
    assert "other.thing" not in (await admin.get("/v1/audit/events/export?format=ndjson")).text
    assert (await admin.get(f"/v1/audit/events/export?tenant_id={other.id}")).status_code == 404
    await acme.person("boss", "partner_admin")
    assert "other.thing" not in (await acme.client("boss").get("/v1/audit/events/export?format=ndjson")).text


async def test_an_export_ends_when_the_right_to_it_does(acme: Organisation, running: Running) -> None:
    await note(running, acme.id, *(f"thing.{n}" for n in range(1500)))
    admin = acme.people["admin"]
    caller = (await running.platform.credentials.admit(admin.key)).caller
    visit = Visit(
        Request({"type": "http", "path": "/v1/audit/events/export", "headers": []}),
        running.platform,
        caller,
        acme.id,
        admin.key,
        subject=Reach.one(acme.id),
    )
    written = batches(visit, Wanted())
    assert len(await anext(written)) == 1000
    async with running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        (await transaction.session.get_one(User, admin.id)).status = "suspended"
    with pytest.raises(TokenInvalid):
        await anext(written)


async def test_a_cell_is_never_a_formula() -> None:
    for evil in ("=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1"):  # noqa: RUF001
        assert cell(evil) == f"'{evil}"
    assert cell("a=1") == "a=1"
    assert cell(-1.5) == -1.5
    assert cell(None) is None
    assert cell({"a": "é"}) == '{"a":"é"}'
