"""Usage over HTTP: who sees which calls, pages, sums and files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from app.accounting.calls import FinishedCall
from tests.app.accounting.world import Books
from tests.world.people import Organisation, organisation

ITEM = {
    *("id", "created_at", "request_id", "model", "backend_id", "user_id", "tenant_id", "partner_id", "operation"),
    *("outcome", "input_tokens", "output_tokens", "estimated", "cost", "latency_ms", "ttft_ms"),
}


@pytest.fixture
def books(acme: Organisation, tmp_path: Path) -> Books:
    books = Books(acme, tmp_path)
    books.clock.moment = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251 - the server's own time
    return books


async def note(books: Books, *calls: FinishedCall) -> None:
    async with books.ledger() as ledger:
        for call in calls:
            ledger.settle(call)


@pytest.fixture
async def sister(acme: Organisation) -> AsyncIterator[Organisation]:
    """Another tenant of the same partner."""
    made = await organisation(acme.running, partner_id=acme.partner_id)
    yield made
    await made.aclose()


async def ids(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    answer = await client.get("/v1/accounting/usage", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["data"]["items"]]


async def test_a_call_settled_on_the_platform_shows_with_every_field_within_seconds(acme: Organisation) -> None:
    books = Books(acme, Path())
    call = books.finished(cost=Decimal("0.0000015"), ttft_ms=None)
    acme.running.platform.ledger.settle(call)
    await acme.running.platform.ledger.start()
    answer = (await acme.client("admin").get("/v1/accounting/usage")).json()
    [item] = answer["data"]["items"]
    assert set(item) == ITEM
    assert (item["cost"], item["created_at"], item["ttft_ms"]) == ("0.0000015", "2026-03-11T12:00:00Z", None)
    assert answer["status"] == "ok"
    assert answer["pagination"] == {"has_more": False, "next_cursor": None}


async def test_who_may_see_only_their_own_sees_only_their_own(acme: Organisation, books: Books) -> None:
    mine, hers = books.finished(), books.finished(books.asked(user_id=acme.people["viewer"].id))
    await note(books, mine, hers)
    assert await ids(acme.client("user")) == [mine.id]
    assert await ids(acme.client("viewer")) == [hers.id]
    assert await ids(acme.client("viewer"), user_id=acme.people["user"].id) == []
    assert set(await ids(acme.client("admin"))) == {mine.id, hers.id}
    assert await ids(acme.client("admin"), scope="own") == []
    refused = await acme.client("user").get("/v1/accounting/usage", params={"scope": "tenant"})
    assert refused.status_code == 403


async def test_partners_see_their_tenants_and_nobody_sees_further(
    acme: Organisation, books: Books, sister: Organisation, root: httpx.AsyncClient, tmp_path: Path
) -> None:
    await acme.person("seller", "partner_admin")
    await acme.person("watcher", "partner_viewer")
    hers = Books(sister, tmp_path).finished()
    mine = books.finished()
    await note(books, mine, hers)
    for name in ("seller", "watcher"):
        assert await ids(acme.client(name)) == [mine.id]
        assert await ids(acme.client(name), tenant_id=sister.id) == [hers.id]
        assert set(await ids(acme.client(name), scope="partner")) == {mine.id, hers.id}
        beyond = await acme.client(name).get("/v1/accounting/usage", params={"scope": "all"})
        assert beyond.status_code == 403
    assert await ids(root, tenant_id=sister.id) == [hers.id]
    for call in (mine, hers):
        assert await ids(root, scope="all", user_id=call.user_id) == [call.id]
    for name in ("admin", "user"):
        other = await acme.client(name).get("/v1/accounting/usage", params={"tenant_id": sister.id})
        none = await acme.client(name).get("/v1/accounting/usage", params={"tenant_id": "tnt_none"})
        assert other.status_code == none.status_code == 404
        assert other.json()["error"] == none.json()["error"]
        refused = await acme.client(name).get("/v1/accounting/usage", params={"scope": "partner"})
        assert refused.status_code == 403


async def test_pages_follow_each_other_without_gap_or_repetition(acme: Organisation, books: Books) -> None:
    calls = []
    for number in range(7):
        calls.append(books.finished())
        if number % 3 == 0:
            books.clock.advance(timedelta(microseconds=1))  # some at the very same moment
    await note(books, *calls)
    for order in ("desc", "asc"):
        seen: list[str] = []
        query: dict[str, str | int] = {"limit": 2, "order": order}
        while True:
            answer = (await acme.client("admin").get("/v1/accounting/usage", params=query)).json()
            seen += [item["id"] for item in answer["data"]["items"]]
            if not answer["pagination"]["has_more"]:
                break
            query["cursor"] = answer["pagination"]["next_cursor"]
        wanted = [call.id for call in calls]
        assert seen == (wanted if order == "asc" else wanted[::-1])
    for limit in (0, 1001):
        assert (await acme.client("admin").get("/v1/accounting/usage", params={"limit": limit})).status_code == 422


async def test_filters_narrow_what_is_listed(acme: Organisation, books: Books) -> None:
    first = books.finished(model="acme/large", request_id="req_first")
    books.clock.advance(timedelta(minutes=1))
    second = books.finished(books.asked(operation="embedding"))
    await note(books, first, second)
    admin = acme.client("admin")
    assert await ids(admin, model="acme/large") == [first.id]
    assert await ids(admin, model="acme/la*") == [first.id]
    assert await ids(admin, model="a%/*") == [], "nothing but the end is a pattern"
    assert set(await ids(admin, model="*")) == {first.id, second.id}
    assert await ids(admin, operation="embedding") == [second.id]
    assert await ids(admin, request_id="req_first") == [first.id]
    assert await ids(admin, **{"from": second.created_at.isoformat().replace("+00:00", "Z")}) == [second.id]
    assert await ids(admin, to=second.created_at.isoformat().replace("+00:00", "Z")) == [first.id]


async def test_sums_are_exact_and_by_what_was_asked(acme: Organisation, books: Books) -> None:
    books.clock.moment = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # a Sunday
    tiny = Decimal("0.000000000001")
    calls = [books.finished(cost=tiny, latency_ms=10.0 * step) for step in (1, 2)]
    books.clock.advance(timedelta(hours=1))
    calls.append(books.finished(cost=Decimal("0.1"), model="acme/large", user_id=acme.people["viewer"].id))
    books.clock.advance(timedelta(days=2))
    calls.append(books.finished(cost=Decimal("0.2"), model="acme/large"))
    await note(books, *calls)

    async def sums(group_by: str, period: str) -> list[tuple[str, str, int, str]]:
        query = {"group_by": group_by, "period": period, "from": "2026-03-01", "to": "2026-03-08"}
        answer = await acme.client("admin").get("/v1/accounting/usage/summary", params=query)
        data = answer.json()["data"]
        assert data["truncated"] is False
        return [(row["period_start"], row["key"], row["requests"], row["cost"]) for row in data["items"]]

    assert await sums("model", "day") == [
        ("2026-03-04T00:00:00Z", "acme/large", 1, "0.2"),
        ("2026-03-02T00:00:00Z", "acme/large", 1, "0.1"),
        ("2026-03-01T00:00:00Z", "acme/small", 2, "0.000000000002"),
    ]
    assert await sums("model", "week") == [
        ("2026-03-02T00:00:00Z", "acme/large", 2, "0.3"),
        ("2026-02-23T00:00:00Z", "acme/small", 2, "0.000000000002"),
    ]
    assert await sums("tenant", "month") == [("2026-03-01T00:00:00Z", acme.id, 4, "0.300000000002")]
    assert (await sums("user", "hour"))[1][:2] == ("2026-03-02T00:00:00Z", acme.people["viewer"].id)
    assert {key for _, key, _, _ in await sums("backend", "month")} == {"bck_1"}
    answer = await acme.client("user").get(
        "/v1/accounting/usage/summary", params={"from": "2026-03-01", "period": "month", "model": "acme/small"}
    )
    [row] = answer.json()["data"]["items"]
    assert (row["requests"], row["input_tokens"], row["output_tokens"], row["average_latency_ms"]) == (2, 20, 10, 15.0)


async def test_exports_hold_every_call_in_every_format(acme: Organisation, books: Books) -> None:
    calls = [books.finished(cost=Decimal("0.5")) for _ in range(2100)]  # several pages
    await note(books, *calls)
    wanted = [call.id for call in calls]

    async def export(form: str) -> httpx.Response:
        answer = await acme.client("admin").get("/v1/accounting/export", params={"format": form})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="usage.{form}"'
        assert "content-length" not in answer.headers  # streamed
        return answer

    rows = list(csv.DictReader(io.StringIO((await export("csv")).text)))
    assert [row["id"] for row in rows] == wanted
    assert set(rows[0]) == ITEM
    assert [item["id"] for item in (await export("json")).json()] == wanted
    lines = (await export("ndjson")).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == wanted
    assert json.loads(lines[0])["cost"] == "0.5"


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
async def test_no_cell_of_a_csv_is_a_formula(acme: Organisation, books: Books, evil: str) -> None:
    await note(books, books.finished(model=evil))
    [row] = csv.DictReader(io.StringIO((await acme.client("admin").get("/v1/accounting/export")).text))
    assert row["model"] == f"'{evil}"


async def test_an_empty_export_is_a_whole_file(acme: Organisation) -> None:
    answer = await acme.client("user").get("/v1/accounting/export", params={"format": "json"})
    assert answer.json() == []
