"""Bodies made to break a reader, sent to everything that reads one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.opening import open_collection_access
from acl.tables import AccessEntry
from app.db.tenancy import Reach
from app.http.routes import ALL
from app.ids import new_id
from tests.world.by_night import by_night
from tests.world.patience import PATIENCE
from tests.world.people import Organisation
from tests.world.platform import Running

JSON = {"Content-Type": "application/json"}
BODIES = {
    "brackets": b"[" * 100_000,
    "closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "braces": b'{"a":' * 100_000,
    "deep but closed": b'{"metadata":' * 150 + b"1" + b"}" * 150,
    "not utf-8": b'{"name": "\xff\xfe"}',
    "utf-16": '{"name": "x"}'.encode("utf-16"),
    "a raw surrogate": b'{"name": "\xed\xa0\x80"}',
    "half a character": b'{"name": "\\ud800"}',
    "half a character as a name": b'{"\\udfff": 1}',
    "nul": b'{"name": "\\u0000", "slug": "\\u0000", "email": "\\u0000@\\u0000"}',
    "nan": b'{"metadata": {"x": NaN}, "temperature": NaN}',
    "infinity": b'{"metadata": {"x": -Infinity}}',
    "too large a float": b'{"metadata": {"x": 1e999}}',
    "too many digits": b'{"limit": ' + b"9" * 5000 + b"}",
    "beyond 64 bits": b'{"request_limit": 99999999999999999999999, "seed": 99999999999999999999999}',
    "the same name twice": b'{"name": "a", "name": {"b": 1}}',
    "null": b"null",
    "an array": b"[]",
    "a text": b'"text"',
    "a number": b"1",
    "nothing": b"",
    "spaces": b"   ",
    "a bom": b"\xef\xbb\xbf{}",
    "cut off": b'{"name": "',
    "many names": json.dumps({f"field{number}": number for number in range(20_000)}).encode(),
}
READING = sorted(
    (method, str(getattr(route, "path", "")))
    for router in ALL
    for route in router.routes
    for method in getattr(route, "methods", ())
    # Those left out read none, and would take away what the others are tried on.
    if method in {"POST", "PUT", "PATCH"} and not str(getattr(route, "path", "")).endswith(("/disable", "/enable"))
)


@pytest.fixture(scope="module")
async def names(running: Running) -> AsyncIterator[dict[str, str]]:
    """One of what a path can name, so that the body is reached."""
    async with running.client(running.root_key) as root:
        me = (await root.get("/v1/me")).json()["data"]
        made = await root.post("/v1/groups", json={"name": "Hostile"})
        shelf, entry = await _shelf(running, me["tenant_id"], me["id"])
        yield {
            "type": "collection",
            "id": shelf,
            "collection_id": shelf,
            "ace_id": entry,
            "tenant_id": me["tenant_id"],
            "partner_id": me["partner_id"],
            "user_id": me["id"],
            "key_id": me["api_key_id"],
            "group_id": made.json()["data"]["id"],
            "module_id": "scaimatrix",
            "ref:path": "local/quote",
        }


async def _shelf(running: Running, tenant_id: str, owner_id: str) -> tuple[str, str]:
    shelf, entry = new_id("col"), new_id("ace")
    async with running.platform.transactions.open(Reach.one(tenant_id)) as transaction:
        restricted = DefaultAccess.RESTRICTED
        await open_collection_access(
            transaction, shelf, owner_id=owner_id, tenant_id=tenant_id, default_access=restricted
        )
        transaction.session.add(
            AccessEntry(
                id=entry,
                tenant_id=tenant_id,
                resource_id=shelf,
                collection_id=shelf,
                ace_type=Effect.ALLOW,
                principal_type=PrincipalType.EVERYONE,
                permissions=1,
                created_at=transaction.clock.now(),
            )
        )
    return shelf, entry


@pytest.mark.slow
@pytest.mark.parametrize("turns", [5, *by_night([1])], ids=["by turns", "every route"])
@pytest.mark.parametrize("body", BODIES)
async def test_no_body_breaks_any_route(running: Running, names: dict[str, str], body: str, turns: int) -> None:
    first, content = list(BODIES).index(body) % turns, BODIES[body]
    async with running.client(running.root_key) as root:
        for method, template in READING[first::turns]:
            path = template
            for name, value in names.items():
                path = path.replace(f"{{{name}}}", value)
            answer = await root.request(method, path, content=content, headers=JSON)
            assert answer.status_code < 500, (method, path, answer.text[:300])
            answer.json()


@pytest.mark.slow
async def test_a_body_of_more_than_ten_mebibytes_is_refused_everywhere(running: Running) -> None:
    body = b'{"x":"' + b"x" * (10 * 2**20) + b'"}'
    async with running.client(running.root_key) as root:
        paths = [("POST", "/v1/groups"), ("POST", "/v1/inference/chat"), ("POST", "/oai/v1/chat/completions")]
        paths += [("PUT", "/v1/models/local/quote"), ("PUT", "/v1/modules/scaimatrix/config")]
        for method, path in paths:
            answer = await root.request(method, path, content=body, headers=JSON)
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE"), path


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_what_is_no_number_is_neither_stored_nor_said(root: httpx.AsyncClient, word: str) -> None:
    model = '{"slug": "nan", "display_name": "N", "modality": "chat", "metadata": {"x": ' + word + "}}"
    chat = '{"model": "local/quote", "messages": [{"role": "user", "content": "x"}], "temperature": ' + word + "}"
    for path, body in (("/v1/models", model), ("/v1/inference/chat", chat), ("/oai/v1/chat/completions", chat)):
        refused = await root.post(path, content=body.encode(), headers=JSON)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert (await root.get("/v1/models/nan")).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "tenant_id=",
        "tenant_id=%00",
        "tenant_id=%ED%A0%80",
        "tenant_id=%zz",
        "tenant_id=a&tenant_id=b",
        f"tenant_id={'x' * 4000}",
        "limit=0",
        "limit=99999999999999999999999999",
        "limit=1&limit=2",
        "limit=1e3",
        "cursor=",
        "cursor=%FF",
        "cursor=AAAA",
        f"cursor={'A' * 499}",
        "order=up",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
        "from=1e10",
        "from=99999999999999999",
        "to=NaN",
        "%00=%00",
        "&&&===",
        "email=%00",
    ],
)
async def test_no_query_breaks_a_list(acme: Organisation, root: httpx.AsyncClient, query: str) -> None:
    admin = acme.client("admin")
    lists = ["users", "models", "groups", "api-keys", "webhooks", "audit/events", "accounting/usage", "modules"]
    lists += ["accounting/usage/summary", "accounting/budgets", "tenants"]
    exports = ["audit/events/export", "accounting/export"]  # for the super-admin, all that a run has done until then
    for client, paths in ((admin, [*lists, *exports]), (root, lists)):
        for path in paths:
            answer = await client.get(f"/v1/{path}?{query}")
            assert answer.status_code in {200, 403, 404, 422}, (path, query, answer.text)


async def test_no_path_or_header_breaks_a_route(root: httpx.AsyncClient) -> None:
    for name in ("%00", "%ff", "%ED%A0%80", "x" * 8000, "%2e%2e%2f", "%", "%zz", "é", "a%2Fb", "\u202e", "%0d%0aX: y"):
        for path in ("users", "models", "tenants", "backends", "modules", "model-groups", "webhooks", "api-keys"):
            answer = await root.get(f"/v1/{path}/{name}")
            assert answer.status_code in {400, 404, 422}, (path, name, answer.text)
    for header in ("If-Match", "If-None-Match", "Authorization", "X-Request-Id", "Accept", "Content-Type"):
        for value in (b"\xff\xfe", b'"', b",,,", b"*" * 4000, b"W/" * 50):
            answer = await root.get("/v1/models/local/quote", headers=[(header.encode(), value)])
            assert answer.status_code in {200, 304, 401}, (header, value, answer.text)


async def test_requests_that_are_not_http_leave_the_server_well(running: Running) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    for garbage in (
        b"\x00" * 100,
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(garbage)
        await writer.drain()
        answer = await reader.read(200)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
        writer.close()
    async with running.client() as anybody:
        assert (await anybody.get("/health")).status_code == 200


async def test_every_method_of_a_path_is_named_where_another_was_tried(root: httpx.AsyncClient) -> None:
    refused = await root.put("/v1/users")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")
    assert (await root.post("/v1/models/a/b")).headers["allow"] == "DELETE, GET, HEAD, PATCH, PUT"


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_an_idempotency_key_has_a_length(root: httpx.AsyncClient, key: str) -> None:
    refused = await root.post("/v1/groups", json={"name": "x"}, headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (422, "Idempotency-Key")


async def test_whoever_sends_a_body_slowly_keeps_nobody_else_from_writing(acme: Organisation, running: Running) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/groups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {acme.people['admin'].key}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
    await writer.drain()
    await asyncio.sleep(0.3)
    async with asyncio.timeout(PATIENCE):
        made = await acme.client("admin").post("/v1/groups", json={"name": "Quick"})
    assert made.status_code == 201
    writer.close()
