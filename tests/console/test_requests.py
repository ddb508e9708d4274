"""What became of requests: found in the list, opened, told step by step, and nothing of others' told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from acl.facts import Effect, PrincipalType
from tests.console.browsing import Tab, tab
from tests.world import openai_answers as says
from tests.world.models import data
from tests.world.passages import written
from tests.world.patience import eventually
from tests.world.people import Organisation
from tests.world.personas import at, persona, reads
from tests.world.served import Served, model_on
from tests.world.upstream import Upstream, upstream

pytestmark = pytest.mark.services

SOON = 60_000  # milliseconds; calls are written down within five seconds


@dataclass(slots=True)
class Talk:
    """A model and what serves it."""

    model: Served
    up: Upstream


@pytest.fixture(scope="module")
async def talk(office: Organisation) -> AsyncIterator[Talk]:
    root = office.running.client(office.running.root_key)
    async with upstream() as up, root:
        prices: dict[str, Any] = {"input_price_per_mtok": "1", "output_price_per_mtok": "2"}
        yield Talk(await model_on(root, up, display_name="Talker", **prices), up)


async def _call(office: Organisation, who: str, model: str) -> str:
    """Ask a model something; the id of the request, however it went."""
    body = {"model": model, "messages": [{"role": "user", "content": "How long do refunds take?"}]}
    answer = await office.client(who).post("/v1/inference/chat", json=body)
    return str(answer.headers["X-Request-Id"])


async def _booked(office: Organisation, request: str) -> None:
    """Wait until the one call of a request is written down."""

    async def told() -> bool:
        found = data(await office.client("admin").get("/v1/accounting/usage"))["items"]
        return request in {one["request_id"] for one in found}

    await eventually(told)


def _rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Model calls").locator("tbody tr")


async def test_a_chat_is_found_among_the_requests_and_its_story_opened(
    browser: Browser, office: Organisation, talk: Talk
) -> None:
    talk.up.says(says.talk())
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/chat?model={talk.model.slug}")
        await seen.page.get_by_label("Your question", exact=True).fill("How long do refunds take?")
        await seen.page.keyboard.press("Enter")
        story = seen.page.locator(".happened").get_by_role("link", name="What happened")
        request = (await story.get_attribute("href") or "").rpartition("/")[2]
        await seen.open("/console/requests")
        row = _rows(seen.page).filter(has_text=talk.model.slug).first
        await _appears(seen, row)
        await expect(row).to_contain_text("answered")
        await expect(row).to_contain_text("9 + 3")
        await expect(row).to_contain_text("0.000015")
        await seen.is_sound("requests")
        await row.get_by_role("link").click()
        await expect(seen.page).to_have_url(f"{office.running.url}/console/requests/{request}")
        steps = seen.page.get_by_role("table", name="Steps").locator("tbody tr")
        await expect(steps).to_have_count(1)
        await expect(steps.first).to_contain_text(f"Chat with {talk.model.slug}")
        await expect(seen.page.locator(".request-facts")).to_contain_text("0.000015")
        await expect(seen.page.get_by_role("img", name="1 steps along")).to_be_visible()
        await expect(seen.page.locator(".waterfall rect.answering")).to_have_count(1)
        await seen.is_sound("request")


async def test_a_request_of_an_assistant_shows_the_rooms_it_went_through(
    browser: Browser, office: Organisation
) -> None:
    shelf, admin = await written(office, {"tide": ["The harbour tide is high at noon."]}), office.client("admin")
    helper = await persona(admin, rag_enabled=True, rag_search_type="keyword")
    await reads(admin, helper, shelf.id, source_name="Shelf")
    slug = data(await admin.post(at(helper, "publish"), json={}))["published_slug"]
    asked = {"model": slug, "messages": [{"role": "user", "content": "When is the harbour tide high?"}]}
    answer = await office.client("user").post("/v1/inference/chat", json=asked)
    async with tab(browser, office.running.url, office.people["user"].key) as seen:
        await seen.open(f"/console/requests/{answer.headers['X-Request-Id']}")
        rooms = seen.page.locator(".rooms li")
        await expect(rooms.first).to_contain_text("who may read what", timeout=SOON)
        await expect(seen.page.locator(".rooms")).to_contain_text(re.compile("found 1 passage of 1 document"))
        await expect(rooms.last).to_have_text("cited 1")
        document = seen.page.get_by_role("table", name="Documents").get_by_role("link")
        id_ = shelf.shelf.documents["tide"]
        await expect(document).to_have_attribute("href", f"/console/documents/{id_}")
        await seen.is_sound("request-rooms")
        await shelf.enter(Effect.DENY, (PrincipalType.USER, office.people["user"].id), ["tide"])
        await seen.page.reload()
        await expect(rooms.last).to_contain_text("answering", timeout=SOON)
        await expect(seen.page.get_by_text(id_)).to_have_count(0)


async def _appears(seen: Tab, row: Locator) -> None:
    """Wait until a call is written down; the page says by itself that there is something new."""
    new = seen.page.get_by_role("button", name="new")
    await expect(row.or_(new).first).to_be_visible(timeout=SOON)
    if not await row.count():
        await new.click()
    await expect(row).to_be_visible()


async def test_what_failed_says_why_and_what_to_do(browser: Browser, office: Organisation, talk: Talk) -> None:
    talk.up.says(says.error(500))
    request = await _call(office, "user", talk.model.slug)
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/requests/{request}")
        await expect(seen.page.get_by_role("heading", name="What went wrong")).to_be_visible(timeout=SOON)
        await seen.shows("did not answer as it should.")
        link = seen.page.get_by_role("link", name="Test its backend")
        await expect(link).to_have_attribute(
            "href", f"/console/settings/models?tab=providers#{talk.model.backend_ids[0]}"
        )
        await expect(seen.page.locator(".waterfall rect.failed")).to_have_count(1)
        await expect(seen.page.locator(".request-facts")).to_contain_text("User")
        await seen.is_sound("request-failed")


async def test_what_a_request_changed_and_was_refused_is_told_to_who_oversees(
    browser: Browser, office: Organisation
) -> None:
    made = await office.client("admin").post("/v1/groups", json={"name": "Readers"})
    group, done = data(made, 201), str(made.headers["X-Request-Id"])
    refused = await office.client("user").get("/v1/users", headers={"X-Request-Id": "req_of_mine"})
    assert refused.status_code == 403
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/requests/{done}")
        step = seen.page.get_by_role("table", name="Steps").locator("tbody tr")
        await expect(step).to_contain_text("group.created")
        await expect(step).to_contain_text(group["id"])
        await seen.open("/console/requests/req_of_mine")
        await expect(seen.page.locator(".wrong-list")).to_contain_text("GET /v1/users was refused", timeout=SOON)
        await expect(seen.page.locator(".wrong-list")).to_contain_text("AUTHZ_PERMISSION_DENIED")


async def test_filters_stand_in_the_address_and_new_calls_wait(
    browser: Browser, office: Organisation, talk: Talk
) -> None:
    talk.up.says(says.completion())
    await _call(office, "viewer", "local/quote")  # of one who may call nothing: none of the calls below
    await _booked(office, await _call(office, "user", talk.model.slug))  # else it is one of the new below
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open("/console/requests?model=no/such")
        await seen.shows("No call fits this.")
        await seen.is_sound("requests-none")
        await seen.page.get_by_label("Model", exact=True).fill(talk.model.slug)
        await seen.page.keyboard.press("Enter")
        await expect(seen.page).to_have_url(f"{office.running.url}/console/requests?model={talk.model.slug}")
        await expect(_rows(seen.page).first).to_contain_text(talk.model.slug, timeout=SOON)
        before = await _rows(seen.page).count()
        await _call(office, "user", talk.model.slug)
        new = seen.page.get_by_role("button", name="1 new")
        await expect(new).to_be_visible(timeout=SOON)
        await expect(_rows(seen.page)).to_have_count(before)
        await new.click()
        await expect(_rows(seen.page)).to_have_count(before + 1)
        await expect(new).to_have_count(0)
        await seen.page.get_by_role("combobox", name="Person").fill("user")
        await seen.page.locator(".combobox li:visible").filter(has_text="user@").click()
        await expect(seen.page).to_have_url(re.compile(f"person={office.people['user'].id}"))
        await expect(_rows(seen.page).filter(has_text="Admin")).to_have_count(0)


async def test_nobody_opens_the_story_of_anothers_request(browser: Browser, office: Organisation, talk: Talk) -> None:
    talk.up.says(says.completion())
    theirs, mine = await _call(office, "admin", talk.model.slug), await _call(office, "user", talk.model.slug)
    async with tab(browser, office.running.url, office.people["user"].key) as seen:
        await seen.open("/console/requests")
        await expect(_rows(seen.page).first).to_be_visible(timeout=SOON)
        await expect(seen.page.get_by_role("combobox", name="Person")).to_have_count(0)
        await expect(seen.page.get_by_label("Of", exact=True).locator("option")).to_have_count(1)
        await seen.open(f"/console/requests/{mine}")
        await expect(seen.page.get_by_role("table", name="Steps").locator("tbody tr")).to_have_count(1, timeout=SOON)
        await seen.open(f"/console/requests/{theirs}")
        await expect(seen.page.get_by_text("Nothing is known of a request of this id.")).to_be_visible(timeout=SOON)
        await seen.is_sound("request-unknown")
