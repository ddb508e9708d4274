"""A list is read a page at a time: what a page of the console costs does not grow with what a collection holds."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import update

from app.db.tenancy import Reach
from indexing.documents.tables import Document
from tests.console.browsing import tab
from tests.indexing.collections.shelving import make, put_document
from tests.world.people import Organisation

pytestmark = pytest.mark.services

PAGE, ALL = 50, 70


async def test_more_is_shown_only_to_whoever_asks_for_it(browser: Browser, office: Organisation) -> None:
    shelf = await make(office.client("admin"))
    await asyncio.gather(*(put_document(office, shelf["id"]) for _ in range(ALL)))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/collections/{shelf['id']}")
        rows = seen.page.locator("table.documents tbody tr")
        await expect(rows).to_have_count(PAGE)
        await seen.page.get_by_role("button", name="More").click()
        await expect(rows).to_have_count(ALL)
        await expect(seen.page.get_by_role("button", name="More")).to_have_count(0)


async def test_what_is_new_elsewhere_is_counted_once_however_often_it_changes(
    browser: Browser, office: Organisation
) -> None:
    shelf = await make(office.client("admin"))
    async with tab(browser, office.running.url, office.people["admin"].key) as seen:
        await seen.open(f"/console/collections/{shelf['id']}")
        await seen.shows("No document yet.")
        await asyncio.gather(*(put_document(office, shelf["id"]) for _ in range(ALL)))
        await seen.shows(f"Show what is new ({ALL})")
        await _change_all(office, shelf["id"])
        await put_document(office, shelf["id"])
        await seen.shows(f"Show what is new ({ALL + 1})")
        await seen.page.get_by_role("button", name="Show what is new").click()
        await expect(seen.page.locator("table.documents tbody tr")).to_have_count(PAGE)
        await expect(seen.page.locator(".facts")).to_contain_text(f"{ALL + 1} documents")


async def _change_all(office: Organisation, collection_id: str) -> None:
    async with office.running.platform.transactions.open(Reach.one(office.id)) as transaction:
        of_it = update(Document).where(Document.collection_id == collection_id)
        changed = of_it.values(updated_at=transaction.clock.now(), changes=Document.changes + 1)
        await transaction.session.execute(changed, execution_options={"synchronize_session": False})
