"""A stranger's assistant is sent to sign in, comes back with a token made for this alone, and acts as the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from app.db.tenancy import Reach
from app.identity.tables import Tenant, User
from tests.leakage.scene import MATRIX_RIGHTS
from tests.world.assisting_clients import MCP, calling, message
from tests.world.patience import PATIENCE
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.ports import kept_port
from tests.world.scaikey import AUDIENCE, ScaiKey, scaikey
from tests.world.shelves import Shelf, shelf

EXTERNAL = "ext-acme"
SCOPE = "mcp:read"


@dataclass(slots=True)
class Memory:
    """What a client keeps, and the browser it sends its person to."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None
    came_back: dict[str, str] = field(default_factory=dict)

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info

    async def goes(self, address: str) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as browser:
            sent = await browser.get(address)
        assert sent.status_code == 302, sent.text
        self.came_back = dict(parse_qsl(urlsplit(sent.headers["location"]).query))

    async def comes(self) -> AuthorizationCodeResult:
        back = self.came_back
        return AuthorizationCodeResult(code=back.get("code", ""), state=back.get("state"), iss=back.get("iss"))


@dataclass(slots=True)
class Street:
    """A platform that knows its address, who gives tokens out for it, and a document that the reader may read."""

    running: Running
    provider: ScaiKey
    acme: Organisation
    plans: Shelf

    @asynccontextmanager
    async def assistant(self, memory: Memory) -> AsyncIterator[Client]:
        """Somebody's client, which knows nothing but the address."""
        said = OAuthClientMetadata(redirect_uris=["http://127.0.0.1:9/back"], client_name="Stranger")
        address = f"{self.running.url}{MCP}"
        signing_in = OAuthClientProvider(address, said, memory, memory.goes, memory.comes)
        async with (
            httpx2.AsyncClient(auth=signing_in, timeout=60, trust_env=False) as http,
            Client(streamable_http_client(address, http_client=http), mode="auto") as client,
        ):
            yield client

    def token(self, **changed: Any) -> str:
        """A token of the reader's that is good at MCP but for what is said."""
        good = {"aud": f"{self.running.url}{MCP}", "scope": f"openid {SCOPE}"}
        return self.provider.token("reader", EXTERNAL, **{**good, **changed})

    async def says(self, token: str, path: str = MCP) -> httpx.Response:
        """What is answered to whoever brings a token."""
        async with self.running.client(token) as client:
            return await (client.post(path, json=message("tools/list")) if path == MCP else client.get(path))


@pytest.fixture(scope="module")
async def street() -> AsyncIterator[Street]:
    async with scaikey(by_its_address=True) as provider:
        with kept_port() as port:
            known = {"url": provider.url, "issuer": provider.issuer, "audience": AUDIENCE, "mcp_scope": SCOPE}
            async with fresh(port=port, public_url=f"http://127.0.0.1:{port}", scaikey=known) as running:
                acme = await organisation(running)
                yield await _street(running, provider, acme)
                await acme.aclose()


async def _street(running: Running, provider: ScaiKey, acme: Organisation) -> Street:
    reader = await acme.person("reader", "tenant_user", permissions=MATRIX_RIGHTS)
    plans = await shelf(acme, "plan", owner="reader")
    await plans.write("plan")
    hidden = await shelf(acme, "secret", owner="admin")
    await hidden.write("secret")
    async with running.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, acme.id)).external_id = EXTERNAL
        (await transaction.session.get_one(User, reader.id)).external_id = "reader"
    provider.entrance.person = {"sub": "reader", "tenant_id": EXTERNAL}
    return Street(running, provider, acme, plans)


async def test_a_stranger_signs_in_and_reads_what_the_person_may_and_nothing_else(street: Street) -> None:
    memory = Memory()
    async with street.assistant(memory) as client:
        listed = await client.call_tool("list_collections", {})
        read = await client.call_tool("fetch", {"id": street.plans.documents["plan"]})
        found = await client.call_tool("search", {"query": "plan"})
    assert [one["id"] for one in (listed.structured_content or {})["collections"]] == [street.plans.id]
    assert (read.structured_content or {})["id"] == street.plans.documents["plan"]
    assert [one["id"] for one in (found.structured_content or {})["results"]] == [street.plans.documents["plan"]]
    asked = street.provider.entrance.asked[-1]
    assert (asked["resource"], asked["scope"]) == (f"{street.running.url}{MCP}", SCOPE)
    assert memory.tokens is not None
    async with street.running.client(street.acme.people["reader"].key) as mine:
        own = (await mine.post(MCP, json=calling("list_collections"))).json()["result"]["structuredContent"]
    assert own == listed.structured_content
    elsewhere = await street.says(memory.tokens.access_token, "/v1/me")
    assert elsewhere.status_code == 401, "a token for assistants opens nothing else"


async def test_a_token_that_ran_out_is_renewed_without_the_person(street: Street) -> None:
    memory, entrance = Memory(), street.provider.entrance
    entrance.lasts = 1
    async with street.assistant(memory) as client:
        await client.list_tools()
        times = len(entrance.asked)
        entrance.lasts = 300
        while not entrance.renewals:
            await client.list_tools()
    assert len(entrance.asked) == times


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": ["another", "http://127.0.0.1:1/mcp"]},
        {"aud": None},
        {"exp": 1},
        {"iss": "https://id.example"},
        {"tenant_id": "ext-other"},
    ],
)
async def test_a_token_that_is_not_for_here_and_now_is_refused(street: Street, changed: dict[str, Any]) -> None:
    assert (await street.says(street.token())).status_code == 200
    refused = await street.says(street.token(**changed))
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AUTH_TOKEN_INVALID")
    metadata = f"{street.running.url}/.well-known/oauth-protected-resource{MCP}"
    assert refused.headers["www-authenticate"] == f'Bearer scope="{SCOPE}", resource_metadata="{metadata}"'


@pytest.mark.parametrize("scope", [None, "", "mcp", "mcp:read:all", "MCP:READ", ["mcp:read"], 7])
async def test_a_token_without_the_scope_is_refused_and_told_which(street: Street, scope: Any) -> None:
    for audience in (f"{street.running.url}{MCP}", AUDIENCE):
        refused = await street.says(street.token(scope=scope, aud=audience))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTH_INSUFFICIENT_SCOPE")
        assert refused.headers["www-authenticate"].startswith(f'Bearer error="insufficient_scope", scope="{SCOPE}", ')


async def test_the_platforms_own_audience_is_good_everywhere_and_needs_the_scope_at_mcp_alone(street: Street) -> None:
    for path in (MCP, "/v1/me"):
        assert (await street.says(street.token(aud=[AUDIENCE, "other"]), path)).status_code == 200
    assert (await street.says(street.token(aud=AUDIENCE, scope=None), "/v1/me")).status_code == 200
    key = street.acme.people["reader"].key
    assert (await street.says(key)).status_code == 200, "keys have scopes of their own"


async def test_a_host_that_a_client_names_is_no_audience() -> None:
    """Without a known address, whoever holds a token for another server could bring it under that server's name."""
    async with scaikey() as provider:
        known = {"url": provider.url, "issuer": provider.issuer, "audience": AUDIENCE}
        async with fresh(scaikey=known) as running, running.client() as nobody:
            token = provider.token("reader", EXTERNAL, aud="http://grid.example/mcp")
            brought = {"Authorization": f"Bearer {token}", "Host": "grid.example"}
            refused = await nobody.post(MCP, json=message("tools/list"), headers=brought)
            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AUTH_TOKEN_INVALID")
