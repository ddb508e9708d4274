"""A file of a ScaiDrive share comes in with its asker's own right to it there, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from acl.permission import OWNER, Permission
from app.db.tenancy import Reach
from app.identity.tables import Tenant
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.documents.filing import FILING, blobs_of, deny, filed, let, path_of
from tests.world.directory import CLIENT
from tests.world.models import code, data
from tests.world.people import Organisation, Person, organisation
from tests.world.platform import ROOT_KEY, Running, fresh, unique
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey, scaikey
from tests.world.website import Page, Website, website


@dataclass(slots=True)
class Drive:
    """A drive, the provider that gives tokens for it, and somebody who has one of their own."""

    site: Website
    provider: ScaiKey
    running: Running
    acme: Organisation
    plans: dict[str, Any]
    eve: httpx.AsyncClient
    admin: httpx.AsyncClient

    @property
    def path(self) -> str:
        return f"{COLLECTIONS}/{self.plans['id']}/documents/from-scaidrive"

    async def take(self, who: httpx.AsyncClient | None = None, **said: Any) -> httpx.Response:
        body = {"share_id": "share-1", "file_id": "file-1"} | said
        return await (who or self.eve).post(self.path, json=body)


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[tuple[Website, ScaiKey, Running]]:
    async with scaikey() as provider, website() as site:
        ours = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE, **ours}
        async with fresh(deeds={}, scaikey=where, max_upload_bytes=100_000) as running:
            yield site, provider, running


@pytest.fixture
async def drive(place: tuple[Website, ScaiKey, Running]) -> AsyncIterator[Drive]:
    site, provider, running = place
    site.pages.clear()
    site.asked.clear()
    provider.exchanged.clear()
    provider.exchange_says, provider.away = None, False
    acme, external, sub = await organisation(running), unique("tenant"), unique("eve")
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, acme.id)).external_id = external
    plans, people = await filed(acme)
    async with running.client(provider.token(sub, external, email=f"{sub}@example.com")) as eve:
        me = data(await eve.get("/v1/me"))
        data(await people["admin"].put(f"/v1/users/{me['id']}/module-permissions", json={"permissions": list(FILING)}))
        acme.people["eve"] = Person(me["id"], "", me["email"])
        await let(acme, plans["id"], "eve")
        await configure(running, site.url)
        yield Drive(site, provider, running, acme, plans, eve, people["admin"])
    await acme.aclose()


async def configure(running: Running, address: str | None) -> None:
    async with running.client(ROOT_KEY) as root:
        data(await root.put("/v1/modules/scaipersona/config", json={"scaidrive_base_url": address}))


PLACE = "/api/v1/shares/share-1/files/file-1/content"


async def test_a_file_is_taken_in_with_the_askers_exchanged_token(drive: Drive) -> None:
    said = {"Content-Disposition": "attachment; filename*=UTF-8''B%C3%BCdget.md", "Content-Type": "text/markdown"}
    drive.site.pages[PLACE] = Page(b"# Budget", headers=said)
    made = data(await drive.take(metadata={"year": 2026}), 202)
    assert (made["name"], made["source"], made["status"]) == ("Büdget.md", "scaidrive", "pending")
    assert (made["size_bytes"], made["mime_type"], made["metadata"]) == (8, "text/markdown", {"year": 2026})
    assert made["owner_id"] == drive.acme.people["eve"].id
    (asked,) = drive.site.asked
    assert asked.headers["authorization"] == "Bearer drive-token-1"
    (exchange,) = drive.provider.exchanged
    assert exchange["subject_token"] == drive.eve.headers["authorization"].removeprefix("Bearer ")
    assert exchange["audience"] == "scaidrive"
    assert (await drive.eve.get(f"{path_of(made)}/content")).content == b"# Budget"


async def test_the_same_file_again_is_the_same_document_with_what_it_holds_now(drive: Drive) -> None:
    drive.site.pages[PLACE] = Page(b"one")
    first = data(await drive.take(), 202)
    drive.site.pages[PLACE] = Page(b"other")
    again = data(await drive.take(name="Named"), 202)
    assert (again["id"], again["content_version"], again["name"]) == (first["id"], 2, "Named")
    assert len(drive.provider.exchanged) == 1, "a token is used for as long as it is good"
    held = {path.parent.name for path in blobs_of(drive.running, drive.acme.id)}
    assert held == {first["id"]}


async def test_a_file_that_somebody_else_has_hidden_comes_in_anew(drive: Drive) -> None:
    drive.site.pages[PLACE] = Page(b"one")
    first = data(await drive.take(), 202)
    data(await drive.admin.put(f"/v1/modules/scaimatrix/permissions/document/{first['id']}/owner",
                               json={"owner_id": drive.acme.people["admin"].id}))  # fmt: skip
    await deny(drive.acme, first["id"], "eve", OWNER)
    assert data(await drive.take(), 202)["id"] != first["id"]


async def test_without_an_address_there_is_no_drive(drive: Drive) -> None:
    await configure(drive.running, None)
    assert code(await drive.take()) == (503, "SCAIDRIVE_NOT_CONFIGURED")
    assert drive.provider.exchanged == []


async def test_a_key_has_no_token_to_exchange(drive: Drive) -> None:
    answer = await drive.take(drive.admin)
    assert code(answer) == (502, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
    assert "API key" in answer.json()["error"]["message"]
    assert (drive.provider.exchanged, drive.site.asked) == ([], [])


@pytest.mark.parametrize(
    "says",
    [(400, {"error": "invalid_grant"}), (403, {}), (500, {}), (200, {"expires_in": 3}), (200, {"access_token": "é"})],
)
async def test_an_exchange_that_fails_is_said(drive: Drive, says: tuple[int, dict[str, Any]]) -> None:
    drive.provider.exchange_says = says
    assert code(await drive.take()) == (502, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
    assert drive.site.asked == []
    drive.provider.exchange_says = None
    drive.site.pages[PLACE] = Page(b"after all")
    data(await drive.take(), 202)


@pytest.mark.parametrize(
    ("page", "status", "said"),
    [
        (Page(b"", 404), 404, "SCAIDRIVE_FILE_NOT_FOUND"),
        (Page(b"", 403), 404, "SCAIDRIVE_FILE_NOT_FOUND"),
        (Page(b"", 500), 502, "SCAIDRIVE_FAILED"),
        (Page(b"", 401), 502, "SCAIDRIVE_FAILED"),
        (Page(b"x" * 1000, pieces=101), 413, "PAYLOAD_TOO_LARGE"),
        (Page(b"", 302, {"Location": "http://169.254.169.254/"}), 422, "BLOCKED_ADDRESS"),
    ],
)
async def test_what_the_drive_does_not_give_leaves_nothing(drive: Drive, page: Page, status: int, said: str) -> None:
    drive.site.pages[PLACE] = page
    assert code(await drive.take()) == (status, said)
    assert blobs_of(drive.running, drive.acme.id) == []
    assert data(await drive.admin.get(f"{COLLECTIONS}/{drive.plans['id']}/documents")) == []


async def test_a_token_does_not_follow_a_redirect_to_another_host(drive: Drive) -> None:
    async with website() as other:
        drive.site.pages[PLACE] = Page(b"", 302, {"Location": f"{other.url}/elsewhere"})
        other.pages["/elsewhere"] = Page(b"text")
        data(await drive.take(), 202)
        assert "authorization" not in other.asked[0].headers


@pytest.mark.parametrize("share", ["../x", "a/b", "a?b", "", "a b", "x" * 201])
async def test_an_id_is_no_path(drive: Drive, share: str) -> None:
    assert code(await drive.take(share_id=share)) == (422, "VALIDATION_ERROR")
    assert drive.site.asked == []


async def test_rights_are_asked_before_the_drive_is(drive: Drive) -> None:
    await deny(drive.acme, drive.plans["id"], "eve", OWNER)
    assert code(await drive.take()) == (404, "COLLECTION_NOT_FOUND")
    assert (drive.provider.exchanged, drive.site.asked) == ([], [])


async def test_whoever_may_read_but_not_ingest_brings_nothing(drive: Drive) -> None:
    await deny(drive.acme, drive.plans["id"], "eve", int(Permission.INGEST))
    assert code(await drive.take()) == (403, "AUTHZ_PERMISSION_DENIED")
    assert (drive.provider.exchanged, drive.site.asked) == ([], [])


async def test_a_provider_that_is_away_is_said(drive: Drive) -> None:
    drive.provider.away = True
    assert code(await drive.take()) == (502, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
