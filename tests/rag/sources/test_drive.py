"""A share is searched with its asker's own token, or it is said why it is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from app.identity.exchange.scaikey import ScaiKeyExchange
from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from indexing.drive.asking import DriveAsking
from indexing.drive.errors import ScaiDriveTimedOut
from rag.personas.values import Source, SourceType
from rag.search import Retrieved
from rag.sources.drive import DriveSearch, Holder
from tests.world.clocks import LeapingClock
from tests.world.directory import CLIENT
from tests.world.patience import PATIENCE, until
from tests.world.platform import ROOT_KEY, Running, fresh, unique
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey, scaikey
from tests.world.upstream import Answer, Upstream, upstream

PLACE = "/api/v1/search/context"
HANDBOOK = Source("src_1", SourceType.SCAIDRIVE, "share-1", "Handbook", weight=2.0)
CHUNKS = [{"content": "Fees are due.", "score": 0.4}, {"content": "Refunds take five days.", "score": 0.9}]


@dataclass(slots=True)
class Drive:
    """A drive that says what it is told, and a search of it as the platform makes one."""

    there: Upstream
    provider: ScaiKey
    running: Running
    search: DriveSearch
    eve: Holder

    async def find(self, holder: Holder | None = None, top_k: int = 5, **how: Any) -> Any:
        return await self.search.run(HANDBOOK, "How long do refunds take?", top_k, holder or self.eve, **how)


@pytest.fixture(scope="module")
async def platform() -> AsyncIterator[tuple[ScaiKey, Running]]:
    async with scaikey() as provider:
        ours = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE, **ours}
        async with fresh(deeds={}, scaikey=where) as running:
            yield provider, running


@pytest.fixture
async def drive(platform: tuple[ScaiKey, Running]) -> AsyncIterator[Drive]:
    provider, running = platform
    provider.exchanged.clear()
    provider.exchange_says, provider.away = None, False
    async with upstream() as there:
        await configure(running, there.url)
        search = DriveSearch(running.platform.drive.asking, running.platform.switchboard)
        eve = Holder("ten_any", provider.token("eve", "ext", jti=unique("t")))
        yield Drive(there, provider, running, search, eve)


async def configure(running: Running, address: str | None) -> None:
    async with running.client(ROOT_KEY) as root:
        answer = await root.put("/v1/modules/scaipersona/config", json={"scaidrive_base_url": address})
        assert answer.status_code == 200, answer.text


def saying(said: Any, status: int = 200, **how: Any) -> Answer:
    return Answer(status, [json.dumps(said).encode()], **how)


async def test_a_share_is_searched_with_the_callers_exchanged_token(drive: Drive) -> None:
    """Seed: `scaidrive` sources call `/api/v1/search/context` after exchanging the caller's bearer token."""
    drive.there.says_at(PLACE, saying({"chunks": CHUNKS}))
    found = await drive.find(top_k=7)
    assert (found.status, found.fault) == (Retrieved.OK, None)
    assert [(one.passage.content, one.score, one.weighed) for one in found.pieces] == [
        ("Refunds take five days.", 0.9, 1.8),
        ("Fees are due.", 0.4, 0.8),
    ]
    (asked,), (exchange,) = drive.there.asked, drive.provider.exchanged
    assert asked.json == {"query": "How long do refunds take?", "share_id": "share-1", "max_tokens": 5600}
    assert asked.headers["authorization"] == "Bearer drive-token-1"
    assert (exchange["subject_token"], exchange["audience"]) == (drive.eve.bearer, "scaidrive")


async def test_a_token_is_exchanged_once_for_all_who_want_it_at_one_moment_and_after(drive: Drive) -> None:
    drive.there.says_at(PLACE, saying({"chunks": CHUNKS}))
    found = await asyncio.gather(*(drive.find() for _ in range(20)))
    assert {one.status for one in found} == {Retrieved.OK}
    await drive.find()
    assert len(drive.provider.exchanged) == 1


async def test_two_people_are_two_tokens(drive: Drive) -> None:
    """Seed: a persona never "borrows" access the caller doesn't already have."""
    drive.there.says_at(PLACE, saying({"chunks": CHUNKS}))
    await drive.find()
    await drive.find(Holder("ten_any", drive.provider.token("ada", "ext", jti=unique("t"))))
    assert len({asked.headers["authorization"] for asked in drive.there.asked}) == 2


async def test_a_key_has_no_token_and_that_is_said_not_silence(drive: Drive) -> None:
    for bearer, why, said in ((ROOT_KEY, "NO_SUBJECT", "API key"), (None, "NOT_HERE", "not at hand")):
        with capture_logs() as logs:
            found = await drive.find(Holder("ten_any", bearer))
        assert (found.status, found.fault) == (Retrieved.DEGRADED, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
        assert said in found.reason
        (line,) = [line for line in logs if line["event"] == "persona_rag_token_exchange_error"]
        assert (line["source_id"], line["share_id"], line["reason"]) == ("src_1", "share-1", why)
    assert drive.there.asked == []


@pytest.mark.parametrize("says", [(400, {"error": "invalid_grant"}), (403, {}), (500, {})])
async def test_an_exchange_that_fails_is_logged_and_told(drive: Drive, says: tuple[int, dict[str, Any]]) -> None:
    """Seed: check logs for `persona_rag_token_exchange_error` (exchange failed mid-invocation)."""
    drive.provider.exchange_says = says
    with capture_logs() as logs:
        found = await drive.find()
    assert (found.status, found.fault) == (Retrieved.DEGRADED, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED")
    assert "persona_rag_token_exchange_error" in {line["event"] for line in logs}
    drive.provider.exchange_says = None
    drive.there.says_at(PLACE, saying({"chunks": CHUNKS}))
    assert (await drive.find()).status is Retrieved.OK, "a refusal is not remembered"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (saying({}, 500), "SCAIDRIVE_FAILED"),
        (saying({}, 403), "SCAIDRIVE_SHARE_NOT_FOUND"),
        (saying({}, 404), "SCAIDRIVE_SHARE_NOT_FOUND"),
        (saying({}, 302, headers=[("Location", "http://169.254.169.254/")]), "SCAIDRIVE_FAILED"),
        (Answer(pieces=[b"{broken"]), "SCAIDRIVE_FAILED"),
        (Answer(pieces=[b"[" * 90_000]), "SCAIDRIVE_FAILED"),
        (Answer(pieces=[b"[" + b" " * 1_000_000] * 5), "SCAIDRIVE_FAILED"),
        (Answer(pieces=[b"{"], cut=True), "SCAIDRIVE_FAILED"),
    ],
)
async def test_a_search_that_fails_is_logged_and_told(drive: Drive, answer: Answer, fault: str) -> None:
    """Seed: check logs for `scaidrive_search_error` (search call failed), or ScaiDrive itself rejected the search."""
    drive.there.says_at(PLACE, answer)
    with capture_logs() as logs:
        found = await drive.find()
    assert (found.status, found.fault, found.pieces) == (Retrieved.DEGRADED, fault, ())
    (line,) = [line for line in logs if line["event"] == "scaidrive_search_error"]
    assert (line["error"], line["share_id"]) == (fault, "share-1")
    assert "refunds" not in json.dumps(logs), "a question is nobody's to read in a log"


async def test_a_share_with_nothing_to_say_is_no_failure(drive: Drive) -> None:
    drive.there.says_at(PLACE, saying({"chunks": []}))
    found = await drive.find()
    assert (found.status, found.fault) == (Retrieved.EMPTY, None)


async def test_nobody_waits_longer_than_they_said(drive: Drive) -> None:
    drive.there.says_at(PLACE, Answer(silent=True))
    found = await drive.find(until=asyncio.get_running_loop().time() + 0.3)
    assert (found.status, found.fault) == (Retrieved.DEGRADED, ScaiDriveTimedOut.code)


async def test_who_goes_away_hangs_up(drive: Drive) -> None:
    drive.there.says_at(PLACE, Answer(silent=True))
    finding = asyncio.create_task(drive.find())
    await until(lambda: drive.there.asked)
    finding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finding
    await asyncio.wait_for(drive.there.asked[0].gone.wait(), PATIENCE)


async def test_who_goes_away_leaves_the_exchange_to_the_others(drive: Drive) -> None:
    drive.there.says_at(PLACE, saying({"chunks": CHUNKS}))
    drive.provider.delay = 0.2
    try:
        leaving, staying = asyncio.create_task(drive.find()), asyncio.create_task(drive.find())
        await asyncio.sleep(0.05)
        leaving.cancel()
        assert (await staying).status is Retrieved.OK
    finally:
        drive.provider.delay = 0
    assert len(drive.provider.exchanged) == 1


async def test_a_token_that_is_taken_no_more_is_exchanged_anew_once(drive: Drive) -> None:
    drive.there.says(saying({"chunks": CHUNKS}), saying({}, 401), saying({"chunks": CHUNKS}))
    await drive.find()
    assert (await drive.find()).status is Retrieved.OK
    assert [asked.headers["authorization"][-1] for asked in drive.there.asked] == ["1", "1", "2"]
    drive.there.says(saying({}, 401))
    assert (await drive.find()).fault == "SCAIDRIVE_FAILED"
    assert len(drive.there.asked) == 5


async def test_a_connection_that_was_closed_while_idle_is_no_failure(drive: Drive) -> None:
    drive.there.says_at(PLACE, saying({"chunks": CHUNKS}))
    await drive.find()
    drive.there.drop_all()
    assert (await drive.find()).status is Retrieved.OK


async def test_without_an_address_or_with_one_of_credentials_nobody_is_asked(drive: Drive) -> None:
    await configure(drive.running, None)
    assert (await drive.find()).fault == "SCAIDRIVE_NOT_CONFIGURED"
    assert drive.provider.exchanged == []
    await configure(drive.running, "http://169.254.169.254")
    assert (await drive.find()).fault == "SCAIDRIVE_FAILED"


async def test_a_drive_that_is_away_is_told(drive: Drive) -> None:
    await configure(drive.running, "http://127.0.0.1:9")
    assert (await drive.find()).fault == "SCAIDRIVE_FAILED"


async def test_what_is_kept_of_a_token_is_no_longer_than_it_lasts(drive: Drive) -> None:
    clock = LeapingClock()
    transport = GuardedTransport(Guard.for_configured())
    exchange = ScaiKeyExchange(drive.provider.url, *CLIENT, clock, httpx.AsyncClient(transport=transport))
    client = OutboundClient(GuardedTransport(Guard.for_configured()))
    drive.search = DriveSearch(DriveAsking(client, exchange), drive.running.platform.switchboard)
    drive.there.says_at(PLACE, saying({"chunks": CHUNKS}))
    for seconds, asked in ((0, 1), (200, 1), (90, 2)):
        clock.leap(seconds=seconds)
        await drive.find()
        assert len(drive.provider.exchanged) == asked
    await client.aclose()
    await exchange.aclose()
