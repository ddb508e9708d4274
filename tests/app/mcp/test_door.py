"""Who is let in to the tools of assistants: the same as everywhere, asked for with every single message."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.errors import Unavailable
from app.limits.errors import RateLimited
from app.mcp.turns import Turns
from app.settings import ScaiKeySettings
from tests.leakage.scene import MATRIX_RIGHTS
from tests.world.assisting_clients import MCP, calling, message, told
from tests.world.models import data
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh, settings_for
from tests.world.shelves import shelf

METADATA = "/.well-known/oauth-protected-resource"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("key", [None, "sgk_" + "u" * 40, "x.y.z", ""])
async def test_whoever_is_not_known_is_told_where_to_be_let_in(running: Running, key: str | None) -> None:
    async with running.client(key) as nobody:
        refused = await nobody.post(MCP, json=message("tools/list"))
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == f'Bearer resource_metadata="{running.url}{METADATA}{MCP}"'
        assert (await nobody.get("/v1/me")).headers["www-authenticate"] == "Bearer"


async def test_the_resource_says_what_it_is(running: Running) -> None:
    async with running.client() as nobody:
        for path in (METADATA, METADATA + MCP):
            said = (await nobody.get(path)).json()
            assert said == {
                "resource": f"{running.url}{MCP}",
                "resource_name": "ScaiGrid",
                "bearer_methods_supported": ["header"],
            }


@pytest.mark.parametrize("host", ['x"y', "a b", "<script>", "x" * 300, "a/b", "é"])
async def test_a_host_that_is_none_is_not_repeated(running: Running, host: str) -> None:
    async with running.client() as nobody:
        refused = await nobody.post(MCP, json={}, headers=[(b"Host", host.encode())])
        assert refused.status_code in {400, 401}
        assert host not in refused.headers.get("www-authenticate", "")


async def test_it_is_known_by_the_address_it_was_given_and_names_who_gives_tokens_out() -> None:
    scaikey = ScaiKeySettings(url="https://id.example", issuer="https://id.example/realm", audience="grid")
    async with fresh(public_url="https://grid.example/", scaikey=scaikey) as platform, platform.client() as nobody:
        said = (await nobody.get(METADATA)).json()
        assert (said["resource"], said["authorization_servers"]) == (
            "https://grid.example/mcp",
            ["https://id.example/realm"],
        )
        refused = await nobody.post(MCP)
        assert f'"https://grid.example{METADATA}{MCP}"' in refused.headers["www-authenticate"]
        async with platform.client(platform.root_key) as root:
            for origin, status in [
                ("https://grid.example", 200),
                ("https://grid.example.evil", 403),
                (platform.url, 403),
                ("null", 403),
            ]:
                answer = await root.post(MCP, json=message("tools/list"), headers={"Origin": origin})
                assert answer.status_code == status, origin


async def test_pages_of_other_places_are_refused(running: Running, root: httpx.AsyncClient) -> None:
    asked = message("tools/list")
    for headers, status in [
        ({"Origin": running.url}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://rebound.example", "Host": "rebound.example"}, 403),
    ]:
        answer = await root.post(MCP, json=asked, headers=headers)
        assert answer.status_code == status, headers


async def test_nothing_but_post_is_there_and_no_other_path(root: httpx.AsyncClient) -> None:
    for method in ("GET", "DELETE", "PUT"):
        refused = await root.request(method, MCP, headers={"Accept": "text/event-stream"})
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert (await root.post(f"{MCP}/", json=message("tools/list"))).status_code == 404


async def test_a_session_lends_nobody_anything(acme: Organisation, running: Running) -> None:
    """Who asks is who sent the message, whatever session it claims to be of, and whoever began that."""
    await acme.person("reader", "tenant_user", permissions=MATRIX_RIGHTS)
    plans = await shelf(acme, "plan", owner="reader")
    await plans.write("plan")
    others = await organisation(running)
    reader, stranger = acme.client("reader"), others.client("admin")
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    begun = await reader.post(MCP, json=message("initialize", hello))
    assert begun.status_code == 200
    assert "mcp-session-id" not in begun.headers
    asked = calling("fetch", id=plans.documents["plan"])
    for session in ("any", "x" * 32):
        headers = {"Mcp-Session-Id": session, "Mcp-Protocol-Version": "2025-06-18"}
        mine = await reader.post(MCP, json=asked, headers=headers)
        theirs = await stranger.post(MCP, json=asked, headers=headers)
        assert "error" not in mine.json()["result"]["structuredContent"]
        assert theirs.json()["result"]["structuredContent"]["error"]["code"] == "DOCUMENT_NOT_FOUND"
    await others.aclose()


async def test_many_at_once_each_get_their_own(acme: Organisation, running: Running) -> None:
    others = await organisation(running)
    shelves = {}
    for tenant in (acme, others):
        await tenant.person("reader", "tenant_user", permissions=MATRIX_RIGHTS)
        shelves[tenant.id] = await shelf(tenant, "plan", owner="reader")
    clients = {tenant.id: tenant.client("reader") for tenant in (acme, others)}

    async def listed(tenant_id: str) -> None:
        said = await told(clients[tenant_id], "list_collections")
        assert [one["id"] for one in said["collections"]] == [shelves[tenant_id].id]

    await asyncio.gather(*(listed(tenant_id) for _ in range(12) for tenant_id in clients))
    await others.aclose()


async def test_who_loses_the_key_is_out_with_the_next_message(acme: Organisation, root: httpx.AsyncClient) -> None:
    user = acme.client("user")
    assert (await user.post(MCP, json=message("tools/list"))).status_code == 200
    data(await root.patch(f"/v1/users/{acme.people['user'].id}", json={"status": "suspended"}))
    assert (await user.post(MCP, json=message("tools/list"))).status_code == 401


async def test_every_message_is_counted_against_the_limits() -> None:
    async with fresh(rate_key=2) as platform, platform.client(platform.root_key) as root:
        answers = [await root.post(MCP, json=message("tools/list")) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["x-scaigrid-ratelimit-remaining"] == "1"


def test_nobody_takes_all_turns() -> None:
    class Somebody:
        def __init__(self, identity: str) -> None:
            self.identity = identity

    turns, ada, ben, eve = Turns(most=3, most_of_one=2), Somebody("ada"), Somebody("ben"), Somebody("eve")
    with turns.taken(ada), turns.taken(ada):  # type: ignore[arg-type]
        with pytest.raises(RateLimited), turns.taken(ada):  # type: ignore[arg-type]
            pass
        with turns.taken(ben), pytest.raises(Unavailable), turns.taken(eve):  # type: ignore[arg-type]
            pass
    with turns.taken(ada):  # type: ignore[arg-type]
        pass
    assert not turns._under_way


async def test_what_is_too_large_or_no_json_is_refused(root: httpx.AsyncClient) -> None:
    large = await root.post(MCP, content=b'{"x":"' + b"x" * 2**20 + b'"}', headers=JSON)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    typed = await root.post(MCP, content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert typed.status_code == 415
    for broken in (b"{", b"\xff", b"[" * 5000, b'{"a": NaN}', b'{"id": "\\ud800"}'):
        answer = await root.post(MCP, content=broken, headers=JSON)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32700)


SEEDS: tuple[Any, ...] = (None, True, 0, -1, 1.5, 2**70, "", "x", "tools/call", "\x00", [], [1], {}, {"a": 1}, "2.0")
GOOD: Mapping[str, Any] = calling("fetch", id="doc_x")


async def test_no_message_breaks_it(acme: Organisation) -> None:
    """Messages put together by chance, the same in every run; each is answered, and none by a fault of ours."""
    chance, admin = random.Random(38), acme.client("admin")
    for _ in range(150):
        said = json.loads(json.dumps(GOOD))
        for _ in range(chance.randint(1, 3)):
            at = chance.choice([said, said["params"]] if isinstance(said.get("params"), dict) else [said])
            name = chance.choice([*at, "_meta", "id", "jsonrpc", "method", "params", "extra"])
            if chance.random() < 0.3:
                at.pop(name, None)
            else:
                at[name] = chance.choice(SEEDS)
        body = [said] if chance.random() < 0.1 else said
        version = chance.choice(["2025-03-26", "2025-06-18", "2026-07-28", "1999-01-01", "x", ""])
        answer = await admin.post(MCP, json=body, headers={"Mcp-Protocol-Version": version})
        assert answer.status_code < 500, (body, version, answer.text)
        assert "Traceback" not in answer.text


def test_only_whole_addresses_are_ones_to_be_known_by(tmp_path: Path) -> None:
    assert settings_for(tmp_path, public_url="https://grid.example/at/").public_url == "https://grid.example/at"
    for wrong in ("grid.example", "ftp://x", 'https://x"y', "https://x y", "https://x?y", "//x"):
        with pytest.raises(ValueError, match="is an address"):
            settings_for(tmp_path, public_url=wrong)
