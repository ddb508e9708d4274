"""From a folder with rights of its own to an answer: two people, one drive, and to each what is theirs there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from app.db.tenancy import Reach
from app.drive.opening import AUDIENCE as DRIVES
from app.drive.opening import DriveSettings
from app.drive.rights import RIGHTS
from app.identity.tables import Tenant
from rag.personas.values import Source, SourceType
from rag.search import Retrieved
from rag.sources.drive import DriveSearch, Holder
from tests.indexing.documents.filing import FILING, filed, let, path_of
from tests.world.directory import CLIENT
from tests.world.drive import ServedDrive, filled, served
from tests.world.models import code, data
from tests.world.patience import eventually
from tests.world.people import Organisation, Person, organisation
from tests.world.personas import at, persona
from tests.world.platform import ROOT_KEY, Running, fresh, unique
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey, scaikey
from tests.world.surroundings import MODELS

SAID = """
[groups]
board = ["ada@example.com"]
[shares.finance]
name = "Finance"
readers = ["everyone"]
[[shares.finance.only]]
files = "board/*"
readers = ["group:board"]
[shares.board]
folder = "finance/board"
readers = ["group:board"]
"""
FILES = {
    RIGHTS: SAID,
    "finance/plan.txt": "The budget of the finance department is two million euros.\n",
    "finance/board/pay.txt": "The salary of the director is ninety thousand euros.\n",
}
SHARES = "/v1/modules/scaipersona/scaidrive/shares"
QUESTION = "What is the salary of the director?"


@dataclass(slots=True)
class Place:
    """A platform, the provider of its people and a drive that takes the same provider's word."""

    provider: ScaiKey
    running: Running
    drive: ServedDrive
    acme: Organisation
    external: str

    def client(self, name: str) -> httpx.AsyncClient:
        return self.running.client(self.token(name))

    def token(self, name: str) -> str:
        return self.provider.token(name, self.external, email=f"{name}@example.com", jti=unique("token"))


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder: Path = filled(tmp_path_factory.mktemp("drive"), FILES)
    async with scaikey() as provider:
        provider.signs = True
        taking = DriveSettings(folder, Path(MODELS), provider.url, ISSUER, DRIVES)
        ours = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE, **ours}
        async with served(taking) as drive, fresh(scaikey=where) as running:
            acme, external = await organisation(running), unique("tenant")
            async with running.platform.transactions.open(Reach.everywhere()) as transaction:
                (await transaction.session.get_one(Tenant, acme.id)).external_id = external
            async with running.client(ROOT_KEY) as root:
                data(await root.put("/v1/modules/scaipersona/config", json={"scaidrive_base_url": drive.url}))
            made = Place(provider, running, drive, acme, external)
            for name in ("ada", "cy"):
                await _joined(made, name)
            yield made
            await acme.aclose()


async def _joined(place: Place, name: str) -> None:
    async with place.client(name) as client:
        me = data(await client.get("/v1/me"))
    wanted = {"permissions": [*FILING, "scaipersona:view"]}
    data(await place.acme.client("admin").put(f"/v1/users/{me['id']}/module-permissions", json=wanted))
    place.acme.people[name] = Person(me["id"], "", me["email"])


async def shares_of(place: Place, name: str) -> list[str]:
    async with place.client(name) as client:
        return [one["id"] for one in data(await client.get(SHARES))]


async def found_by(place: Place, name: str, share: str) -> Any:
    platform = place.running.platform
    search = DriveSearch(platform.drive.asking, platform.switchboard)
    source = Source("src_1", SourceType.SCAIDRIVE, share, "Finance")
    return await search.run(source, QUESTION, 5, Holder(place.acme.id, place.token(name)))


async def test_each_is_shown_their_own_shares(place: Place) -> None:
    assert await shares_of(place, "ada") == ["finance", "board"]
    assert await shares_of(place, "cy") == ["finance"]


async def test_one_share_answers_each_from_what_they_may_read_there(place: Place) -> None:
    """Seed: ScaiDrive shares are gated by the caller's bearer token, exchanged into a ScaiDrive-scoped token."""
    adas, cys = await found_by(place, "ada", "finance"), await found_by(place, "cy", "finance")
    assert [one.passage.document_name for one in adas.pieces] == ["pay.txt", "plan.txt"]
    assert [one.passage.document_name for one in cys.pieces] == ["plan.txt"]


async def test_a_share_that_is_not_theirs_is_told_and_tells_nothing(place: Place) -> None:
    """Seed: if the calling identity changed between listing and invocation the access set differs."""
    cys = await found_by(place, "cy", "board")
    assert (cys.status, cys.fault, cys.pieces) == (Retrieved.DEGRADED, "SCAIDRIVE_SHARE_NOT_FOUND", ())
    assert (await found_by(place, "ada", "board")).status is Retrieved.OK


async def test_a_file_comes_in_for_whoever_may_read_it_there_and_is_found(place: Place) -> None:
    plans, _ = await filed(place.acme)
    for name in ("ada", "cy"):
        await let(place.acme, plans["id"], name)
    async with place.drive.holding(_drives(place, "ada")) as there:
        files = (await there.get("/api/v1/shares/finance/files")).json()["files"]
    pay = next(one["id"] for one in files if one["name"] == "pay.txt")
    body = {"share_id": "finance", "file_id": pay}
    path = f"/v1/modules/scaimatrix/collections/{plans['id']}/documents/from-scaidrive"
    async with place.client("ada") as ada, place.client("cy") as cy:
        assert code(await cy.post(path, json=body)) == (404, "SCAIDRIVE_FILE_NOT_FOUND")
        made = data(await ada.post(path, json=body), 202)
        assert (made["name"], made["source"], made["mime_type"]) == ("pay.txt", "scaidrive", "text/plain")

        async def indexed() -> bool:
            return bool(data(await ada.get(path_of(made)))["status"] == "indexed")

        await eventually(indexed)
        asked = {"query": QUESTION}
        hits = data(await ada.post(f"/v1/modules/scaimatrix/collections/{plans['id']}/search", json=asked))
        assert "ninety thousand" in str(hits)


async def _assistant(place: Place, **said: Any) -> Any:
    """One that reads the share, published by an admin who has no token for the drive."""
    admin = place.acme.client("admin")
    made = await persona(admin, rag_enabled=True, **said)
    source = {"source_type": "scaidrive", "source_id": "finance", "source_name": "Finance"}
    data(await admin.post(at(made, "sources"), json=source), 201)
    return data(await admin.post(at(made, "publish"), json={}))


async def _answer(place: Place, client: httpx.AsyncClient, made: Any, **more: Any) -> Any:
    body = {"model": made["published_slug"], "messages": [{"role": "user", "content": QUESTION}], **more}
    return data(await client.post("/v1/inference/chat", json=body))


async def test_one_assistant_answers_each_from_what_they_may_read_in_the_drive(place: Place) -> None:
    """Seed: a `scaidrive` source is asked after exchanging the caller's bearer token for a ScaiDrive-scoped one."""
    made = await _assistant(place)
    async with place.client("ada") as ada, place.client("cy") as cy:
        adas, cys = await _answer(place, ada, made), await _answer(place, cy, made)
    assert "ninety thousand" in adas["choices"][0]["message"]["content"]
    (first, *_) = adas["retrieval"]["citations"]
    assert (first["document_name"], first["source_name"]) == ("pay.txt", "Finance")
    assert "ninety thousand" not in json.dumps(cys)
    assert "pay.txt" not in json.dumps(cys)
    assert cys["retrieval"]["sources"] == [{"name": "Finance", "status": "ok"}]


async def test_a_key_gets_an_answer_without_the_drive_and_is_told_why(place: Place) -> None:
    """Contract: API-key callers have no token to exchange: a typed outcome, not silence."""
    made = await _assistant(place, grounding="strict")
    told = await _answer(place, place.acme.client("user"), made)
    assert told["retrieval"]["status"] == "degraded"
    (source,) = told["retrieval"]["sources"]
    assert (source["status"], source["fault"]) == ("degraded", "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
    assert "euros" not in json.dumps(told)


async def test_the_stock_surface_searches_the_drive_as_its_caller_too(place: Place) -> None:
    made = await _assistant(place)
    body = {"model": made["published_slug"], "messages": [{"role": "user", "content": QUESTION}]}
    async with place.client("ada") as ada:
        told = (await ada.post("/oai/v1/chat/completions", json=body)).json()
    assert [one["url_citation"]["title"] for one in told["choices"][0]["message"]["annotations"]][:1] == ["pay.txt"]


async def test_a_preview_shows_what_its_asker_reads_there_and_nothing_with_somebody_elses_eyes(place: Place) -> None:
    """Contract: preview with `as_user_id` shows what both may read; nobody's token is at hand but the asker's."""
    made = await _assistant(place)
    async with place.client("ada") as ada:
        me = data(await ada.get("/v1/me"))
        wanted = {"permissions": [*FILING, "scaipersona:view", "scaipersona:test"]}
        data(await place.acme.client("admin").put(f"/v1/users/{me['id']}/module-permissions", json=wanted))
        mine = data(await ada.post(at(made, "preview"), json={"query": QUESTION}))
        assert mine["citations"][0]["document_name"] == "pay.txt"
        body = {"query": QUESTION, "as_user_id": place.acme.people["cy"].id}
        both = data(await ada.post(at(made, "preview"), json=body))
    (source,) = both["sources"]
    assert (source["status"], source["fault"]) == ("degraded", "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
    assert "not at hand" in source["reason"]
    assert "euros" not in json.dumps(both)


@pytest.mark.parametrize("strategy", ["multi_step", "agentic"])
async def test_who_looks_more_than_once_looks_as_the_caller_every_time(place: Place, strategy: str) -> None:
    made = await _assistant(place, rag_strategy=strategy)
    async with place.client("ada") as ada, place.client("cy") as cy:
        adas, cys = await _answer(place, ada, made), await _answer(place, cy, made)
    assert adas["retrieval"]["citations"][0]["document_name"] == "pay.txt"
    assert {one["document_name"] for one in cys["retrieval"]["citations"]} == {"plan.txt"}
    assert "ninety thousand" not in json.dumps(cys)


async def test_the_log_says_which_source_failed_and_nothing_of_what_was_asked(place: Place) -> None:
    """Seed: check logs for `persona_rag_token_exchange_error` or `scaidrive_search_error`."""
    made = await _assistant(place)
    with capture_logs() as logs:
        await _answer(place, place.acme.client("user"), made)
        place.provider.exchange_says = (400, {"error": "invalid_grant"})
        try:
            async with place.client("ada") as ada:
                await _answer(place, ada, made, temperature=0)
        finally:
            place.provider.exchange_says = None
        filled(place.drive.folder, {RIGHTS: "[broken"})
        try:
            async with place.client("cy") as cy:
                await _answer(place, cy, made)
        finally:
            filled(place.drive.folder, {RIGHTS: SAID})
    said = [line for line in logs if line["event"] in {"persona_rag_token_exchange_error", "scaidrive_search_error"}]
    told = [(line["event"], line.get("error", line["reason"]), line["share_id"]) for line in said]
    assert told == [
        ("persona_rag_token_exchange_error", "NO_SUBJECT", "finance"),
        ("persona_rag_token_exchange_error", "REFUSED", "finance"),
        ("scaidrive_search_error", "SCAIDRIVE_FAILED", "finance"),
    ]
    assert "salary" not in json.dumps([str(line) for line in logs])


def _drives(place: Place, name: str) -> str:
    """A token for the drive itself."""
    return place.provider.token(name, place.external, email=f"{name}@example.com", aud=DRIVES)


async def test_a_token_for_the_platform_is_none_for_the_drive(place: Place) -> None:
    async with place.drive.holding(place.token("ada")) as there:
        assert (await there.get("/api/v1/shares")).status_code == 401


async def test_rights_that_are_taken_away_there_are_gone_here_at_once(place: Place) -> None:
    filled(place.drive.folder, {RIGHTS: SAID.replace("ada@", "somebody@")})
    try:
        assert await shares_of(place, "ada") == ["finance"]
        assert [one.passage.document_name for one in (await found_by(place, "ada", "finance")).pieces] == ["plan.txt"]
    finally:
        filled(place.drive.folder, {RIGHTS: SAID})
