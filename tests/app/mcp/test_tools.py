"""What assistants are told: by the official client, in both manners of the protocol, and by single messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import delete

from app.db.tenancy import Reach
from app.http.visit import Visit
from app.ids import new_id
from app.mcp import searching
from app.mcp.doing import done
from app.mcp.tool import Tool
from app.mcp.wire import ListAnswered, ListAsked
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from tests.leakage.scene import MATRIX_RIGHTS
from tests.world.assisting_clients import MCP, calling, message, speaking, told
from tests.world.models import data
from tests.world.patience import PATIENCE, eventually, until
from tests.world.people import Organisation, organisation
from tests.world.personas import published, reads
from tests.world.platform import Running
from tests.world.served import model_on
from tests.world.shelves import WORDS, Shelf, shelf
from tests.world.upstream import Answer, Upstream, upstream


@pytest.fixture
async def plans(acme: Organisation) -> Shelf:
    for name in ("reader", "peer"):
        await acme.person(name, "tenant_user", permissions=MATRIX_RIGHTS)
    made = await shelf(acme, "plan", "other", owner="reader")
    await made.write("plan")
    await made.write("other")
    return made


@pytest.fixture
async def reader(acme: Organisation, plans: Shelf) -> httpx.AsyncClient:
    return acme.client("reader")


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_official_client_finds_and_reads(
    running: Running, acme: Organisation, plans: Shelf, mode: str
) -> None:
    async with speaking(running, acme.people["reader"].key, mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "fetch", "ask", "list_collections"}
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
        found = await client.call_tool("search", {"query": f"{WORDS} plan"})
        assert not found.is_error
        results = found.structured_content["results"]
        assert {one["id"] for one in results} == set(plans.documents.values())
        assert all(set(one) >= {"id", "title", "url", "snippet"} for one in results)
        fetched = await client.call_tool("fetch", {"id": results[0]["id"]})
        assert WORDS in fetched.structured_content["text"]
        assert fetched.structured_content["title"] == results[0]["title"]
        listed = await client.call_tool("list_collections", {})
        assert [one["id"] for one in listed.structured_content["collections"]] == [plans.id]


async def test_who_has_more_than_is_looked_through_at_once_is_told(
    acme: Organisation, plans: Shelf, reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_MOST_COLLECTIONS", 1)
    assert "note" not in await told(reader, "search", query=WORDS)
    await shelf(acme, "later", owner="reader")
    assert "name a collection" in (await told(reader, "search", query=WORDS))["note"]
    assert "note" not in await told(reader, "search", query=WORDS, collection=plans.slug)


async def test_what_is_hidden_is_the_same_as_what_is_missing(acme: Organisation, plans: Shelf) -> None:
    peer = acme.client("peer")
    for hidden, missing in [
        (calling("fetch", id=plans.documents["plan"]), calling("fetch", id="doc_01ARZ3NDEKTSV4RRFFQ69G5FAV")),
        (calling("search", query="x", collection=plans.id), calling("search", query="x", collection="col_missing")),
        (calling("search", query="x", collection=plans.slug), calling("search", query="x", collection="missing")),
    ]:
        answers = [await peer.post(MCP, json=asked) for asked in (hidden, missing)]
        said = [answer.text.replace(answer.headers["x-request-id"], "") for answer in answers]
        assert said[0] == said[1]
        assert "_NOT_FOUND" in said[0]
    assert await told(peer, "search", query=WORDS) == {"results": [], "status": "empty"}
    assert (await told(peer, "list_collections"))["collections"] == []


async def test_a_collection_is_known_by_its_id_slug_and_name(
    acme: Organisation, plans: Shelf, reader: httpx.AsyncClient
) -> None:
    shown = data(await reader.get(f"/v1/modules/scaimatrix/collections/{plans.id}"))
    for named in (plans.id, shown["slug"], shown["name"], shown["name"].upper()):
        found = await told(reader, "search", query=f"{WORDS} plan", collection=named, limit=1)
        assert [one["collection_id"] for one in found["results"]] == [plans.id], named
    assert (await told(reader, "search", query="x", collection="no such"))["error"]["code"] == "COLLECTION_NOT_FOUND"


async def test_results_lead_to_the_page_of_the_document(plans: Shelf, reader: httpx.AsyncClient) -> None:
    (one,) = (await told(reader, "search", query=f"{WORDS} plan", limit=1))["results"]
    page = f"{str(reader.base_url).rstrip('/')}/console/documents/{one['id']}"
    assert one["url"].startswith(f"{page}?chunk=chk_")
    fetched = await told(reader, "fetch", id=one["id"])
    assert fetched["url"] == one["url"].partition("?")[0]
    assert fetched["metadata"]["collection_id"] == plans.id


async def test_a_long_document_is_read_in_parts_without_repetitions(
    acme: Organisation, plans: Shelf, reader: httpx.AsyncClient
) -> None:
    text = "".join(f"{number:09d} " for number in range(12_000))  # 120,000 characters
    await rewrite(acme, plans, "plan", text, size=1000, overlap=100)
    parts: list[str] = []
    asked: dict[str, Any] = {"id": plans.documents["plan"]}
    for _ in range(10):
        said = await told(reader, "fetch", **asked)
        assert len(said["text"]) <= 50_000
        parts.append(said["text"])
        if "continue_after" not in said["metadata"]:
            break
        asked["after"] = said["metadata"]["continue_after"]
    assert len(parts) == 3
    whole = parts[0]
    for part in parts[1:]:  # each begins with what its first passage repeats of the one before
        whole = whole[:-100] + part
    assert whole == text


async def rewrite(acme: Organisation, its: Shelf, name: str, text: str, *, size: int, overlap: int) -> None:
    """Cut a document anew, into passages that overlap."""
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(Document, its.documents[name])
        await transaction.session.execute(delete(ChunkRow).where(ChunkRow.edition_id == row.edition_id))
        facts = {"tenant_id": acme.id, "document_id": row.id, "collection_id": its.id, "edition_id": row.edition_id}
        start, index = 0, 0
        while start < len(text):
            end = min(start + size, len(text))
            place = {"chunk_index": index, "start": start, "end": end, "tokens": 4, "digest": "0" * 64}
            transaction.session.add(ChunkRow(id=new_id("chk"), content=text[start:end], **place, **facts))
            if end == len(text):
                break
            start, index = end - overlap, index + 1


@pytest.mark.parametrize("tool", ["search", "fetch", "list_collections"])
async def test_a_module_that_is_off_and_a_right_that_is_missing_are_said_as_on_the_routes(
    acme: Organisation, plans: Shelf, reader: httpx.AsyncClient, tool: str
) -> None:
    arguments: dict[str, Any] = {"search": {"query": "x"}, "fetch": {"id": plans.documents["plan"]}}.get(tool, {})
    await acme.person("bare", "tenant_user")
    assert (await told(acme.client("bare"), tool, **arguments))["error"]["code"] == "AUTHZ_PERMISSION_DENIED"
    data(await acme.client("admin").post("/v1/modules/scaimatrix/disable"))
    assert (await told(reader, tool, **arguments))["error"]["code"] == "MODULE_NOT_ENABLED"


async def test_an_assistant_answers_with_citations_and_the_call_is_accounted(
    acme: Organisation, plans: Shelf, reader: httpx.AsyncClient
) -> None:
    admin = acme.client("admin")
    one = await published(admin, name="Helper", rag_enabled=True, rag_search_type="keyword", slug="helper")
    await reads(admin, one, plans.id)
    (listed,) = (await told(reader, "list_collections"))["personas"]
    assert (listed["id"], listed["slug"], listed["name"]) == (one["id"], one["published_slug"], "Helper")
    for named in (one["id"], one["published_slug"], "helper", "Helper"):
        answer = await reader.post(MCP, json=calling("ask", persona=named, question=f"{WORDS} plan"))
        said = answer.json()["result"]["structuredContent"]
        assert said["persona"] == one["published_slug"], said
        cited = said["citations"][0]
        assert cited["document_id"] in plans.documents.values()
        assert WORDS in cited["quote"]
        assert f"/console/documents/{cited['document_id']}?chunk=" in cited["url"]
        assert f"[{cited['marker']}]" in said["answer"]
    peer = acme.client("peer")
    assert WORDS not in (await told(peer, "ask", persona="helper", question=f"{WORDS} plan"))["answer"]

    async def counted() -> list[dict[str, Any]]:
        items = data(await admin.get("/v1/accounting/usage", params={"model": one["published_slug"]}))["items"]
        return [item for item in items if item["request_id"] == answer.headers["x-request-id"]]

    (item,) = await eventually(counted)
    assert item["user_id"] == acme.people["reader"].id


async def test_an_assistant_of_others_is_as_one_that_is_not_there(acme: Organisation, running: Running) -> None:
    others = await organisation(running)
    theirs = await published(others.client("admin"), name="Theirs", slug="theirs")
    user = acme.client("user")
    for named in (theirs["id"], theirs["published_slug"], "theirs", "Theirs", "nothing"):
        said = await told(user, "ask", persona=named, question="x")
        assert said["error"] == {"code": "PERSONA_NOT_FOUND", "message": "Not found, or not shared with you."}
    await others.aclose()


async def test_whoever_leaves_stops_the_assistant_and_pays_for_what_was_read(
    acme: Organisation, root: httpx.AsyncClient, up: Upstream
) -> None:
    up.says(Answer(silent=True))
    one = await asked_of(acme, root, up)
    user = acme.client("user")
    asking = asyncio.create_task(user.post(MCP, json=calling("ask", persona=one["id"], question="word " * 1000)))
    await until(lambda: up.asked)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(up.asked[0].gone.wait(), PATIENCE)

    async def counted() -> list[dict[str, Any]]:
        where = {"model": one["published_slug"]}
        return list(data(await acme.client("admin").get("/v1/accounting/usage", params=where))["items"])

    (item,) = await eventually(counted)
    assert (item["outcome"], item["input_tokens"] > 0) == ("cancelled", True)


async def test_an_assistant_ends_with_the_right_to_it(
    acme: Organisation, root: httpx.AsyncClient, up: Upstream
) -> None:
    up.says(Answer(silent=True))
    one = await asked_of(acme, root, up)
    asking = asyncio.create_task(told(acme.client("user"), "ask", persona=one["id"], question="hello"))
    await until(lambda: up.asked)
    data(await root.patch(f"/v1/users/{acme.people['user'].id}", json={"status": "suspended"}))
    said = await asyncio.wait_for(asking, PATIENCE)
    assert said["error"]["code"] == "AUTH_TOKEN_INVALID"
    await asyncio.wait_for(up.asked[0].gone.wait(), PATIENCE)


async def asked_of(acme: Organisation, root: httpx.AsyncClient, up: Upstream) -> Any:
    """An assistant on a scripted model."""
    model = await model_on(root, up)
    return await published(acme.client("admin"), model_slug=model.slug)


@pytest.fixture
async def up() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


async def test_a_failure_of_ours_says_nothing_of_itself() -> None:
    async def fails(_: Visit, __: Any) -> dict[str, Any]:
        raise RuntimeError("the content of a document")

    tool = Tool("x", "X", "", ListAsked, ListAnswered, fails)
    said = await done(cast("Visit", None), tool, {})
    assert said.failed
    assert said.data["error"]["code"] == "INTERNAL_ERROR"
    assert "content of" not in json.dumps(said.data)


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("search", {}, "query"),
        ("search", {"query": ""}, "query"),
        ("search", {"query": "x" * 10_001}, "query"),
        ("search", {"query": "x", "limit": 0}, "limit"),
        ("search", {"query": "x", "limit": "3"}, "limit"),
        ("search", {"query": "x", "tenant_id": "t"}, "tenant_id"),
        ("search", {"query": ["x"]}, "query"),
        ("fetch", {"id": {"$ne": ""}}, "id"),
        ("fetch", {"id": "x", "after": -1}, "after"),
        ("ask", {"persona": "x"}, "question"),
        ("list_collections", {"x": 1}, "x"),
    ],
)
async def test_what_makes_no_sense_is_blamed_on_its_field(
    acme: Organisation, tool: str, arguments: dict[str, Any], field: str
) -> None:
    said = await told(acme.client("admin"), tool, **arguments)
    assert (said["error"]["code"], said["error"]["details"][0]["field"]) == ("VALIDATION_ERROR", field)


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", "\x00", "%00", "../../etc/passwd", "{{7*7}}", "\u202e", "col_\x00"])
async def test_hostile_words_find_nothing_and_break_nothing(acme: Organisation, hostile: str) -> None:
    admin = acme.client("admin")
    for tool, arguments in [
        ("search", {"query": hostile}),
        ("search", {"query": "x", "collection": hostile}),
        ("fetch", {"id": hostile}),
        ("ask", {"persona": hostile, "question": "x"}),
    ]:
        said = await told(admin, tool, **arguments)
        assert said.get("results") == [] or said["error"]["code"].endswith(("_NOT_FOUND", "VALIDATION_ERROR")), said


async def test_a_tool_that_is_not_there_is_said_so(acme: Organisation) -> None:
    answer = await acme.client("admin").post(MCP, json=calling("delete_everything"))
    assert answer.json()["error"]["code"] == -32602
    methods = ("resources/list", "prompts/list", "completion/complete", "tools/none")
    for method in methods:
        answer = await acme.client("admin").post(MCP, json=message(method))
        assert answer.json()["error"]["code"] in {-32601, -32602}, method
