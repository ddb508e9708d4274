"""Setting the grid up in the console: providers tried badly and well, webhooks that arrive, the record of it all."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.console.browsing import Tab, tab
from tests.world import openai_answers as says
from tests.world.models import data
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh, unique
from tests.world.receiver import Received, Receiver, receiver
from tests.world.upstream import Answer, upstream

pytestmark = pytest.mark.services

MODELS = "/console/settings/models"
WRONG, RIGHT = "sk-wrong-0123456789", "sk-right-0123456789"
SOON = 60_000  # milliseconds; for what is written down or told within seconds


@pytest.fixture(scope="module")
async def grid() -> AsyncIterator[Running]:
    """A platform of these tests alone, which may call this machine."""
    async with fresh(allow_hosts=("127.0.0.1",)) as running:
        yield running


@pytest.fixture(scope="module")
async def shop(grid: Running) -> AsyncIterator[Organisation]:
    made = await organisation(grid)
    yield made
    await made.aclose()


@pytest.fixture
async def theirs() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


def _offers(*names: str) -> Answer:
    return Answer(pieces=[json.dumps({"data": [{"id": name} for name in names]}).encode()])


async def _row(page: Page, table: str, text: str) -> None:
    await expect(page.get_by_role("table", name=table).locator("tbody tr").filter(has_text=text)).to_be_visible()


async def test_a_provider_is_added_tested_badly_and_well_and_its_model_called(browser: Browser, grid: Running) -> None:
    name, slug = unique("Models"), unique("example/large")
    async with upstream() as up, tab(browser, grid.url, grid.root_key) as seen:
        page = seen.page
        up.says_at("/v1/models", says.error(401))
        await _add_provider(seen, name, up.base_url, WRONG)
        card = page.get_by_role("region", name=name)
        await expect(card).to_contain_text("The backend does not accept our credentials.")
        await expect(card).to_contain_text("Look at its address and its key.")
        assert up.asked[-1].headers["authorization"] == f"Bearer {WRONG}"
        await _unseen(seen, WRONG)

        up.says_at("/v1/models", _offers("large-1", "small-1"))
        await _give_key(page, name, RIGHT)
        await expect(card).to_contain_text("It offers 2 models")
        assert up.asked[-1].headers["authorization"] == f"Bearer {RIGHT}"
        await _unseen(seen, RIGHT)

        await _add_model(page, name, "large-1", slug)
        row = card.get_by_role("row").filter(has_text="large-1")
        await expect(row).to_contain_text(slug)
        await expect(row).to_contain_text("not seen yet")

        test = row.get_by_role("button", name="Test")
        await test.click()
        await expect(row).to_contain_text("It can be reached, and takes the key.")
        up.says_at("/v1/models", says.error(503))
        await test.click()
        await expect(row).to_contain_text("fails")
        await expect(row).to_contain_text("The backend failed. Look at the provider's address and key.")
        await seen.is_sound("settings-providers")

        up.says(says.completion("Five working days."))
        async with grid.client(grid.root_key) as root:
            body = {"model": slug, "messages": [{"role": "user", "content": "How long?"}]}
            answer = data(await root.post("/v1/inference/chat", json=body))
        assert answer["choices"][0]["message"]["content"] == "Five working days."


async def _add_provider(seen: Tab, name: str, address: str, key: str) -> None:
    await seen.open(f"{MODELS}?tab=providers")
    await seen.page.get_by_role("button", name="Add a provider").click()
    dialog = seen.page.get_by_role("dialog", name="Add a provider")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("Address").fill(address)
    await dialog.get_by_label("Key", exact=True).fill(key)
    await seen.is_sound("settings-provider-new")
    await dialog.get_by_role("button", name="Add and test").click()


async def _give_key(page: Page, name: str, key: str) -> None:
    await page.get_by_role("button", name=f"Edit {name}", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Edit {name}")
    await expect(dialog.get_by_label("Key", exact=True)).to_have_value("")
    await dialog.get_by_label("Key", exact=True).fill(key)
    await dialog.get_by_role("button", name="Save and test").click()


async def _add_model(page: Page, provider: str, upstream_model: str, slug: str) -> None:
    await page.get_by_role("button", name=f"Add a model of {provider}").click()
    dialog = page.get_by_role("dialog", name=f"Add a model of {provider}")
    await dialog.get_by_label("Its name there").fill(upstream_model)
    await dialog.get_by_label("Called here as").fill(slug)
    await dialog.get_by_label("Price of a million tokens in").fill("2.5")
    await dialog.get_by_role("button", name="Add the model").click()


async def _unseen(seen: Tab, secret: str) -> None:
    """What was typed once is nowhere any more: not on the page, not in its address, not in the tab's storage."""
    kept = await seen.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, location.href])")
    assert secret not in kept
    assert secret not in await seen.page.content()
    assert not await seen.page.evaluate(
        "all => [...document.querySelectorAll('input')].some(i => i.value === all)", secret
    )


async def test_two_who_change_a_model_at_once_lose_nothing(browser: Browser, grid: Running) -> None:
    async with grid.client(grid.root_key) as root, tab(browser, grid.url, grid.root_key) as seen:
        body = {"slug": unique("model"), "display_name": "Plain", "modality": "chat", "backends": []}
        model = data(await root.post("/v1/models", json=body), 201)
        page = seen.page
        await seen.open(MODELS)
        await expect(page.get_by_role("row").filter(has_text=model["slug"])).to_contain_text("cannot be called")
        await page.get_by_role("button", name=f"Edit {model['slug']}").click()
        dialog = page.get_by_role("dialog", name=f"Edit {model['slug']}")
        await dialog.get_by_label("Name").fill("Mine")
        await seen.is_sound("settings-model")
        data(await root.patch(f"/v1/models/{model['id']}", json={"display_name": "Theirs", "context_window": 8000}))
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_contain_text("Somebody else has changed it")
        await dialog.get_by_role("button", name="Show it as it is now").click()
        await expect(dialog.get_by_label("Name")).to_have_value("Theirs")
        await expect(dialog.get_by_label("Context window")).to_have_value("8000")
        await dialog.get_by_label("Name").fill("Ours")
        await dialog.get_by_label("Serve it by another backend too").select_option("local/quote")
        await dialog.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("row").filter(has_text=model["slug"])).to_contain_text("Ours")
        saved = data(await root.get(f"/v1/models/{model['id']}"))
        assert (saved["display_name"], saved["context_window"], len(saved["backends"])) == ("Ours", 8000, 1)
        await seen.is_sound("settings-models")


async def test_each_sees_what_is_theirs_and_is_told_what_is_not(browser: Browser, shop: Organisation) -> None:
    url = shop.running.url
    async with tab(browser, url, shop.people["admin"].key) as seen:
        await seen.open("/console/settings")
        await expect(seen.page.locator(".sections h2")).to_have_text(
            ["Models", "API keys", "Webhooks", "Audit log", "Modules"]
        )
        await seen.is_sound("settings")
        await seen.open(f"{MODELS}?tab=providers")
        local = seen.page.get_by_role("row").filter(has_text="minilm")
        await local.get_by_role("button", name="Test").click()
        await expect(local).to_contain_text("It is built in, and ready.")
        await expect(seen.page.get_by_role("button", name="Add a provider")).to_have_count(0)
        await expect(seen.page.get_by_role("button", name=re.compile("^(Edit|Remove) "))).to_have_count(0)
    async with tab(browser, url, shop.people["viewer"].key) as seen:
        await seen.open("/console/settings")
        await expect(seen.page.locator(".sections h2")).to_have_text(["Models"])
        await seen.open(MODELS)
        await _row(seen.page, "Models", "local/quote")
        await expect(seen.page.get_by_role("tab")).to_have_count(0)
        for path, needed in (("webhooks", "webhooks:manage"), ("audit", "admin:access"), ("modules", "modules:use")):
            await seen.open(f"/console/settings/{path}")
            await expect(seen.page.locator(".state code")).to_have_text(needed)
            await expect(seen.page.get_by_role("button", name="New webhook")).to_have_count(0)
        await seen.is_sound("settings-lacking")


async def test_a_webhook_is_made_tried_and_told(browser: Browser, shop: Organisation, theirs: Receiver) -> None:
    async with tab(browser, shop.running.url, shop.people["admin"].key) as seen:
        page = seen.page
        secret = await _make_webhook(seen, theirs.url)
        await seen.is_sound("settings-webhook-once")
        await page.get_by_role("button", name="I have it").click()
        await _unseen(seen, secret)
        await page.get_by_role("link", name=theirs.url).click()

        ping = page.get_by_role("button", name="Send a ping")
        await ping.click()
        await seen.shows("The receiver answered 200.")
        assert _signed(theirs.got[-1], secret)
        theirs.status = 500
        await ping.click()
        await seen.shows("The receiver answered 500. Its own log says why.")
        rows = page.get_by_role("table", name="Deliveries").locator("tbody tr")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("given up")
        await expect(rows.last).to_contain_text("taken")
        theirs.status = 200
        await _send_again(rows.first, theirs)

        await page.get_by_role("button", name="New secret").click()
        await page.get_by_role("dialog").get_by_role("button", name="Make a new secret").click()
        fresh_secret = await page.get_by_label("The secret", exact=True).inner_text()
        body = {"model": "local/quote", "messages": [{"role": "user", "content": "Anything?"}]}
        data(await shop.client("user").post("/v1/inference/chat", json=body))
        await theirs.until(4)
        assert json.loads(theirs.got[-1].body)["event"] == "request.completed"
        assert _signed(theirs.got[-1], fresh_secret)
        assert not _signed(theirs.got[-1], secret)
        await page.get_by_role("button", name="Look again").click()
        await expect(rows.first).to_contain_text("a model call has ended", timeout=SOON)
        await seen.is_sound("settings-webhook")

        await _delete_webhook(page, theirs.url)
        await seen.shows("Nobody is told of anything yet.")
        assert data(await shop.client("admin").get("/v1/webhooks")) == []


async def _make_webhook(seen: Tab, url: str) -> str:
    """Make one for ended model calls, after an address that is never called was refused; its secret."""
    await seen.open("/console/settings/webhooks")
    await seen.shows("Nobody is told of anything yet.")
    await seen.page.get_by_role("button", name="New webhook").click()
    dialog = seen.page.get_by_role("dialog", name="New webhook")
    make = dialog.get_by_role("button", name="Make the webhook")
    await dialog.get_by_label("a model call has ended").check()
    await dialog.get_by_label("Address").fill("http://169.254.169.254/hook")
    await make.click()
    await expect(dialog.locator(".complaint, .trouble")).to_be_visible()
    await dialog.get_by_label("Address").fill(url)
    await seen.is_sound("settings-webhook-new")
    await make.click()
    return await seen.page.get_by_label("The secret", exact=True).inner_text()


async def _send_again(row: Locator, theirs: Receiver) -> None:
    """What was given up comes once more, and says what became of it."""
    await row.get_by_role("button", name="Send again").click()
    await expect(row.get_by_role("cell").nth(2)).to_have_text("2", timeout=SOON)
    await expect(row).to_contain_text("taken")
    assert theirs.got[-1].body == theirs.got[-2].body


async def _delete_webhook(page: Page, url: str) -> None:
    """Pause it, and then for good."""
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    await page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill(url.split("/")[2])
    await dialog.get_by_role("button", name="Delete the webhook").click()


def _signed(got: Received, secret: str) -> bool:
    """Whether a request is signed as the reference says."""
    due = "sha256=" + hmac.new(secret.encode(), got.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(got.headers["x-scaigrid-signature"], due)


async def test_the_audit_log_shows_what_was_done_and_that_it_holds(browser: Browser, shop: Organisation) -> None:
    admin = shop.client("admin")
    made = await admin.post("/v1/groups", json={"name": "Auditors"})
    group, request = data(made, 201), str(made.headers["X-Request-Id"])
    assert (await shop.client("viewer").get("/v1/webhooks")).status_code == 403
    async with tab(browser, shop.running.url, shop.people["admin"].key) as seen:
        page = seen.page
        await seen.open("/console/settings/audit")
        row = page.get_by_role("table", name="Audit log").locator("tbody tr").filter(has_text="group.created")
        await expect(row.first).to_contain_text("Admin (you)")
        await row.first.get_by_role("link").click()
        await expect(page).to_have_url(f"{shop.running.url}/console/requests/{request}")
        await seen.open("/console/settings/audit")
        await page.get_by_label("Came to").select_option("Refused")
        rows = page.get_by_role("table", name="Audit log").locator("tbody tr")
        await expect(rows.first).to_contain_text("/v1/webhooks")
        await expect(rows.first).to_contain_text("Viewer")
        await expect(rows.filter(has_text="group.created")).to_have_count(0)
        await expect(page).to_have_url(re.compile(r"\?outcome=refused$"))
        await seen.open(f"/console/settings/audit?target={group['id']}")
        await expect(rows).to_have_count(1)
        await page.get_by_role("button", name="Does the record hold?").click()
        await seen.shows("it holds")
        await seen.is_sound("settings-audit")
        async with page.expect_download() as downloading:
            await page.get_by_role("button", name="All of these as CSV").click()
        file = (await (await downloading.value).path()).read_text(encoding="utf-8")
        assert [line["action"] for line in csv.DictReader(io.StringIO(file))] == ["group.created"]
        await seen.open("/console/settings/audit?action=no.such")
        await seen.shows("Nothing fits this.")


async def test_modules_are_switched_by_tenants_and_set_up_by_operators(browser: Browser, shop: Organisation) -> None:
    grid, personas = shop.running, "/v1/modules/scaipersona/personas"
    async with tab(browser, grid.url, grid.root_key) as seen:
        await seen.open("/console/settings/modules")
        await seen.page.get_by_role("button", name="Set scaidrive_base_url").click()
        dialog = seen.page.get_by_role("dialog")
        await dialog.get_by_label("Value").fill("nowhere")
        await dialog.get_by_role("button", name="Set").click()
        await expect(dialog.locator(".complaint")).to_contain_text("must be an absolute http or https address")
        await dialog.get_by_label("Value").fill("https://drive.example.com")
        await dialog.get_by_role("button", name="Set").click()
        await expect(seen.page.get_by_role("row").filter(has_text="drive.example.com")).to_contain_text("the operators")
    async with tab(browser, grid.url, shop.people["admin"].key) as seen:
        await seen.open("/console/settings/modules")
        await expect(seen.page.get_by_role("button", name=re.compile("^Set "))).to_have_count(0)
        card = seen.page.get_by_role("region", name="ScaiPersona")
        await expect(card).to_contain_text("by super-admins")
        await card.get_by_role("button", name="Switch off").click()
        dialog = seen.page.get_by_role("dialog")
        await dialog.get_by_role("textbox").fill("scaipersona")
        await dialog.get_by_role("button", name="Switch it off").click()
        await expect(card.get_by_role("button", name="Switch on")).to_be_visible()
        refused = await shop.client("viewer").get(personas)
        assert refused.json()["error"]["code"] == "MODULE_NOT_ENABLED"
        await seen.is_sound("settings-modules")
        await card.get_by_role("button", name="Switch on").click()
        await expect(card.get_by_role("button", name="Switch off")).to_be_visible()
        data(await shop.client("viewer").get(personas))
