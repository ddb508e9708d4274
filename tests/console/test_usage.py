"""What calls took, by day: the table, the bars and the file say the same, and nobody sees more than they may."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.app.accounting.world import Books
from tests.console.browsing import tab
from tests.world.people import Organisation

pytestmark = pytest.mark.services

MODELS = [f"acme/{name}" for name in ("small", "large", "legal", "tiny", "draft", "vision", "old")]


@pytest.fixture(scope="module")
async def spent(office: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Three weeks of calls of two people, of more models than the bars have colours, and some of today."""
    books = Books(office, Path(tmp_path_factory.mktemp("books")))
    now = datetime.now(UTC)  # noqa: TID251 - the server's own time
    calls = [
        books.finished(
            books.asked(user_id=office.people[who].id),
            created_at=now - timedelta(days=day),
            model=model,
            cost=Decimal("0.0000015") * (len(MODELS) - at) * (1 + day % 4),
            input_tokens=1000 * (1 + day % 5),
            output_tokens=250,
        )
        for day in range(21)
        for at, model in enumerate(MODELS)
        for who in ("user", "viewer")
        if (day + at) % 3
    ]
    async with books.ledger() as ledger:
        for call in calls:
            ledger.settle(call)
    return books


async def test_the_table_the_totals_and_the_file_say_the_same(
    browser: Browser, office: Organisation, spent: Books
) -> None:
    events = await spent.events()
    assert len(events) > len(MODELS)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/usage")
        cost = format(sum((event.cost for event in events), Decimal(0)), "f").rstrip("0")
        await expect(_total(seen.page, "Cost")).to_have_text(cost)
        await expect(_total(seen.page, "Calls")).to_have_text(f"{len(events):,}")
        await expect(_total(seen.page, "Tokens")).to_have_text(
            f"{sum(event.input_tokens + event.output_tokens for event in events):,}"
        )
        rows = seen.page.get_by_role("table", name="Usage by day").locator("tbody tr")
        days = {(event.created_at.date(), event.model) for event in events}
        await expect(rows).to_have_count(len(days))
        await expect(rows.first).to_contain_text("still counting")
        async with seen.page.expect_download() as downloading:
            await seen.page.get_by_role("button", name="Every call as CSV").click()
        file = (await (await downloading.value).path()).read_text(encoding="utf-8")
        lines = list(csv.DictReader(io.StringIO(file)))
        assert len(lines) == len(events)
        assert sum(Decimal(line["cost"]) for line in lines) == Decimal(cost)
        await seen.is_sound("usage")


async def test_bars_stack_the_largest_and_put_the_others_together(
    browser: Browser, office: Organisation, spent: Books
) -> None:
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/usage?show=calls")
        names = seen.page.locator(".legend li")
        await expect(names).to_have_count(6)
        await expect(names.last).to_contain_text("2 others")
        await expect(seen.page.get_by_role("img", name="Calls by day")).to_be_visible()
        heights = await seen.page.locator(".chart rect:not(.counting)").evaluate_all(
            """rects => Object.values(Object.groupBy(rects, rect => rect.getAttribute("x")))
                .map(stack => stack.reduce((tall, rect) => tall + Number(rect.getAttribute("height")), 0))"""
        )
        by_day = [event.created_at.date() for event in await spent.events()]
        most = max(map(by_day.count, by_day))
        assert sorted(round(height * most / 100) for height in heights) == sorted(map(by_day.count, set(by_day)))


async def test_what_is_asked_stands_in_the_address(browser: Browser, office: Organisation, spent: Books) -> None:
    viewer = office.people["viewer"].id
    mine = [event for event in await spent.events() if event.user_id == viewer]
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/usage")
        await seen.page.get_by_label("By", exact=True).select_option("Person")
        table = seen.page.get_by_role("table", name="Usage by day")
        await expect(table.locator("tbody tr", has_text="Viewer")).to_have_count(
            len({event.created_at.date() for event in mine})
        )
        assert "by=user" in seen.page.url
        yesterday = max(event.created_at for event in mine).date() - timedelta(days=1)
        await seen.open(f"/console/usage?by=user&from={yesterday}&to={yesterday}")
        await expect(table.locator("tbody tr")).to_have_count(2)
        await expect(table).not_to_contain_text("still counting")
        await seen.open("/console/usage?from=2024-01-01&to=2024-01-31")
        await seen.shows("No model was called in these days.")
        await seen.is_sound("usage-none")


async def test_budgets_say_how_they_stand(browser: Browser, office: Organisation, spent: Books) -> None:
    made = await office.client("admin").post(
        "/v1/accounting/budgets",
        json={
            "name": "Everything", "scope": "tenant", "scope_id": office.id, "period": "monthly",
            "cost_limit": "500", "token_limit": 10, "hard_action": "notify",
        },
    )  # fmt: skip
    assert made.status_code == 201, made.text
    spent.clock.moment = datetime.now(UTC)  # noqa: TID251 - the server's own time
    async with spent.ledger() as ledger:
        ledger.settle(spent.finished(model="acme/small", cost=Decimal("1.25"), input_tokens=9, output_tokens=0))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/usage")
        row = seen.page.get_by_role("table", name="Budgets").locator("tbody tr", has_text="Everything")
        await expect(row).to_contain_text("1.25 of 500 cost a month")
        await expect(row).to_contain_text("9 of 10 tokens a month")
        await expect(row).to_contain_text("nearly used up")
        await seen.is_sound("usage-budgets")


async def test_who_sees_only_their_own_is_offered_no_more(browser: Browser, office: Organisation, spent: Books) -> None:
    mine = [event for event in await spent.events() if event.user_id == office.people["viewer"].id]
    async with tab(browser, office.running.url, office.people["viewer"].key) as seen:
        await seen.open("/console/usage?scope=tenant&by=user")
        await expect(_total(seen.page, "Calls")).to_have_text(f"{len(mine):,}")
        await expect(seen.page.get_by_label("Of", exact=True).locator("option")).to_have_count(1)
        await expect(seen.page.get_by_role("heading", name="Budgets")).to_have_count(0)


def _total(page: Page, name: str) -> Locator:
    return page.locator(".totals div", has=page.locator("dt", has_text=name)).locator("dd")
