"""Signing in to the console at an identity provider: a code with PKCE there and back, renewed, ended, and refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from app.db.tenancy import Reach
from app.identity.tables import Tenant
from tests.console.browsing import Tab, tab
from tests.world.entrance import CONSOLE, Entrance
from tests.world.people import organisation
from tests.world.platform import Running, fresh
from tests.world.scaikey import AUDIENCE, ScaiKey, scaikey

pytestmark = pytest.mark.services

EXTERNAL = "ext-acme"
DOOR = "Sign in to ScaiGrid"
WANTED = "/console/collections?sort=name#here"


@dataclass(slots=True)
class Town:
    """A platform, and the provider whose people it takes."""

    running: Running
    provider: ScaiKey

    @asynccontextmanager
    async def tab(self, browser: Browser, **entrance: Any) -> AsyncIterator[Tab]:
        """A tab, and the provider as it is to behave."""
        person = {"sub": "ada", "tenant_id": EXTERNAL, "email": "ada@example.com", "name": "Ada Quay"}
        self.provider.entrance = Entrance(**{"person": person, **entrance})
        self.provider.away, self.provider.delay = False, 0
        async with tab(browser, self.running.url, beside=self.provider.url) as made:
            yield made


@pytest.fixture(scope="module")
async def town() -> AsyncIterator[Town]:
    async with scaikey(by_its_address=True) as provider:
        known = {"url": provider.url, "issuer": provider.issuer, "audience": AUDIENCE, "console_client_id": CONSOLE}
        async with fresh(scaikey=known) as running:
            acme = await organisation(running)
            async with running.platform.transactions.open(Reach.everywhere()) as transaction:
                (await transaction.session.get_one(Tenant, acme.id)).external_id = EXTERNAL
            yield Town(running, provider)
            await acme.aclose()


async def begin(seen: Tab, path: str = "/console") -> None:
    await seen.open(path)
    await seen.page.get_by_role("button", name="Continue with ScaiKey").click()


async def kept(seen: Tab) -> dict[str, Any]:
    """What the tab keeps of its sign-in."""
    found: dict[str, Any] = json.loads(await seen.page.evaluate("sessionStorage.getItem('scaigrid.session')") or "{}")
    return found


async def is_out(seen: Tab) -> None:
    """Nobody is signed in, and nothing is left of a sign-in."""
    await expect(seen.page.get_by_role("heading", name=DOOR)).to_be_visible()
    assert await seen.page.evaluate("sessionStorage.length") == 0


async def test_who_signs_in_is_where_they_were_going_and_the_token_is_in_no_address(
    browser: Browser, town: Town
) -> None:
    async with town.tab(browser) as seen:
        addresses: list[str] = []
        seen.page.on("request", lambda request: addresses.append(request.url))
        await begin(seen, WANTED)
        await expect(seen.page.get_by_role("heading", level=1, name="Collections")).to_be_visible()
        await expect(seen.page.locator(".you")).to_contain_text("Ada Quay")
        assert seen.page.url == f"{town.running.url}{WANTED}"
        secrets = [(await kept(seen))["bearer"], (await kept(seen))["refresh"]["token"]]
        assert not [one for one in addresses for secret in secrets if secret in one]
        assert await seen.page.evaluate("JSON.stringify(localStorage)") == "{}"
        assert await seen.page.context.cookies() == []
        asked = town.provider.entrance.asked[0]
        assert (asked["code_challenge_method"], "code_verifier" in asked) == ("S256", False)
        await seen.page.go_back()  # to where it was begun: the page of the code is in no history
        await expect(seen.page.get_by_role("heading", level=1, name="Collections")).to_be_visible()
        assert seen.page.url == f"{town.running.url}{WANTED}"
        assert (seen.strayed, seen.complaints) == ([], [])


async def test_who_signs_out_is_out_and_nothing_renews_it(browser: Browser, town: Town) -> None:
    async with town.tab(browser) as seen:
        await begin(seen)
        await expect(seen.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
        assert town.provider.entrance.renewable == 1
        async with seen.page.expect_response(f"{town.provider.url}/revoke"):
            await seen.page.locator(".you summary").click()
            await seen.page.get_by_role("button", name="Sign out").click()
        await is_out(seen)
        assert town.provider.entrance.renewable == 0
        await seen.page.reload()
        await is_out(seen)


async def test_a_refused_sign_in_says_why_and_can_be_begun_again(browser: Browser, town: Town) -> None:
    async with town.tab(browser, refuses=("access_denied", "Ask for the group <b>grid</b>.")) as seen:
        await begin(seen)
        await seen.shows("ScaiKey did not let you in: Ask for the group <b>grid</b>.")
        await seen.is_sound("sign-in-refused")
        town.provider.entrance.refuses = None
        await seen.page.get_by_role("button", name="Try again").click()
        await is_out(seen)
        await begin(seen)
        await expect(seen.page.get_by_role("heading", level=1, name="Home")).to_be_visible()


@pytest.mark.parametrize("says", [{"state": "forged"}, {"state": ""}, {"iss": "https://id.evil.example"}])
async def test_an_answer_to_another_question_is_refused_unread(
    browser: Browser, town: Town, says: dict[str, str]
) -> None:
    async with town.tab(browser, says=says) as seen:
        await begin(seen)
        await seen.shows("That sign-in was not begun in this tab. Begin again.")
        assert town.provider.entrance.redemptions == 0
        assert await kept(seen) == {}


async def test_a_link_of_somebody_else_puts_no_words_in_the_providers_mouth(browser: Browser, town: Town) -> None:
    async with town.tab(browser) as seen:
        forged = "error=access_denied&error_description=Call+us&state=x&code=theirs"
        await seen.page.goto(f"{town.running.url}/console/signed-in?{forged}")
        await seen.shows("That sign-in was not begun in this tab. Begin again.")
        assert "Call us" not in await seen.page.content()
        assert "theirs" not in seen.page.url
        assert town.provider.entrance.redemptions == 0


async def test_whom_the_platform_does_not_take_is_told_so_at_the_door(browser: Browser, town: Town) -> None:
    for changes in ({"tenant_id": "ext-other"}, {"aud": "another"}):
        async with town.tab(browser, changes=changes) as seen:
            await begin(seen)
            await seen.shows("ScaiKey knows you, but this platform does not let you in.")
            assert await kept(seen) == {}


async def test_a_bearer_is_renewed_before_it_ends_and_lasts_while_the_provider_is_away(
    browser: Browser, town: Town
) -> None:
    async with town.tab(browser, lasts=20) as seen:  # renewed from half a minute before its end
        await begin(seen)
        await expect(seen.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
        await seen.page.get_by_role("link", name="Usage", exact=True).click()
        await expect(seen.page.get_by_role("heading", level=1, name="Usage")).to_be_visible()
        assert town.provider.entrance.renewals > 0
        town.provider.away = True
        await seen.page.get_by_role("link", name="Home", exact=True).click()
        await expect(seen.page.get_by_role("heading", level=1, name="Home")).to_be_visible()
        assert (await kept(seen))["bearer"]
        town.provider.away = False
        town.provider.entrance = Entrance()  # knows nothing of what it gave out
        await seen.page.get_by_role("link", name="Usage", exact=True).click()
        await is_out(seen)


async def test_the_provider_being_away_is_said_as_that(browser: Browser, town: Town) -> None:
    async with town.tab(browser) as seen:
        await seen.open("/console")
        town.provider.away = True
        await seen.page.get_by_role("button", name="Continue with ScaiKey").click()
        await seen.shows("ScaiKey does not answer.")
