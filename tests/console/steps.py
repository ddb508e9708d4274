"""What people do in the console again and again, step by step, each waiting until it is done."""

from __future__ import annotations

from playwright.async_api import FilePayload, expect

from tests.console.browsing import Tab

_ROW = "table.documents tbody tr"


async def sign_in(seen: Tab, key: str) -> None:
    """Come in with a key, from the door."""
    await seen.page.get_by_label("API key").fill(key)
    await seen.page.get_by_role("button", name="Sign in").click()
    await expect(seen.page.locator(".you")).to_be_visible()


async def upload(seen: Tab, name: str, data: bytes, becomes: str) -> None:
    """Send a file, and wait for the row to say what became of it, without a reload."""
    file = FilePayload(name=name, mimeType="application/octet-stream", buffer=data)
    await seen.page.get_by_label("Files to upload").set_input_files(file)
    row = seen.page.locator(_ROW, has_text=name)
    await expect(row.locator(".badge", has_text=becomes)).to_be_visible(timeout=90_000)


async def search(seen: Tab, question: str) -> None:
    """Look for something in the search lab."""
    await seen.open("/console/search")
    await seen.page.get_by_label("Question").fill(question)
    await seen.page.get_by_role("button", name="Search", exact=True).click()


async def ask(seen: Tab, question: str) -> None:
    """Ask the assistant whose page is open."""
    await seen.page.get_by_label("Your question", exact=True).fill(question)
    await seen.page.keyboard.press("Enter")
