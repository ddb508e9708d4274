"""A request is sent again where that is safe, as often as patience lasts, and made once however often it arrives."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

import pytest

from app.sdk import AsyncScaiGrid, Invalid, NotFound, NotUnderstood, RateLimited, Retrying, ScaiGrid, Unreachable
from tests.world.upstream import Answer, Upstream, upstream

KEY = "sgk_" + "k" * 40
QUICK = Retrying(tries=3, shortest=0.01, longest=0.02, patience=5.0)
GROUP = {"id": "grp_1", "name": "staff", "tenant_id": "tnt_1", "a_later_field": [1]}


def data(said: object) -> Answer:
    return Answer(pieces=[json.dumps({"status": "ok", "data": said, "meta": {"request_id": "req_1"}}).encode()])


def refused(status: int, code: str, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    error = {"code": code, "message": "No.", "details": [{"field": "name", "message": "is empty"}]}
    body = json.dumps({"status": "error", "error": error}).encode()
    return Answer(status, [body], headers=[("x-request-id", "req_2"), *headers])


def asked_with(server: Upstream) -> list[str | None]:
    return [asked.headers.get("idempotency-key") for asked in server.asked]


async def test_what_is_made_is_made_with_one_key_however_often_it_is_sent() -> None:
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(refused(503, "STORE_UNAVAILABLE"), Answer(pieces=[b"{"], cut=True), data(GROUP))
        made = await grid.groups.create("staff")
        assert (made.name, made.raw["a_later_field"]) == ("staff", [1])
        assert len(set(asked_with(server))) == 1
        assert len(server.asked) == 3
        server.says(data(GROUP))
        await grid.groups.create("staff")
        assert len(set(asked_with(server))) == 2


async def test_a_server_that_says_when_is_asked_again_then() -> None:
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(refused(429, "RATE_LIMITED", [("retry-after", "1")]), data(GROUP))
        began = time.monotonic()
        await grid.groups.create("staff")
        assert time.monotonic() - began >= 1.0


async def test_nobody_waits_longer_than_patience_lasts_or_for_what_time_does_not_mend() -> None:
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        for answer in (refused(429, "RATE_LIMITED", [("retry-after", "3600")]), refused(429, "BUDGET_EXCEEDED")):
            server.says(answer)
            before = len(server.asked)
            with pytest.raises(RateLimited) as limited:
                await grid.groups.create("staff")
            assert (len(server.asked) - before, limited.value.request_id) == (1, "req_2")


async def test_what_may_have_been_done_is_not_done_again() -> None:
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(Answer(pieces=[b"{"], cut=True))
        with pytest.raises(Unreachable):
            await grid.collections.delete("col_1")
        assert len(server.asked) == 1


async def test_a_refusal_says_what_and_where() -> None:
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(refused(422, "VALIDATION_ERROR"))
        with pytest.raises(Invalid) as invalid:
            await grid.collections.change("col_1", name="")
        wrong = invalid.value
        assert (wrong.code, wrong.status, wrong.request_id) == ("VALIDATION_ERROR", 422, "req_2")
        assert [(issue.field, issue.message) for issue in wrong.details] == [("name", "is empty")]
        server.says(refused(404, "COLLECTION_NOT_FOUND"))
        with pytest.raises(NotFound):
            await grid.collections.get("col_1")
        for odd in (b"<html>", b"[]", b'{"data": 7, "meta": {}}'):
            server.says(Answer(pieces=[odd]))
            with pytest.raises(NotUnderstood):
                await grid.collections.get("col_1")


async def test_a_file_is_sent_whole_again() -> None:
    document = {"id": "doc_1", "collection_id": "col_1", "name": "a.txt", "status": "pending", "chunk_count": 0}
    stage = {"name": "pending", "done": 0, "of": 0, "since": "2026-01-01T00:00:00Z"}
    times = {"created_at": stage["since"], "updated_at": stage["since"]}
    more = {"stage": stage, "source": "upload", "size_bytes": 4, "content_version": 1, "attempt": 1, "metadata": {}}
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(refused(503, "STORAGE_AWAY"), data(document | times | more))
        taken = await grid.documents.ingest(b"word", into="col_1", name="a.txt")
        assert (taken.id, taken.document.created_at.year) == ("doc_1", 2026)
        assert ["word" in asked.body.decode() for asked in server.asked] == [True, True]
        assert len(set(asked_with(server))) == 1


async def test_the_blocking_half_does_the_same() -> None:
    async with upstream() as server:
        server.says(refused(503, "STORE_UNAVAILABLE"), data(GROUP))
        with ScaiGrid(server.url, KEY, retrying=QUICK) as grid:
            assert (await asyncio.to_thread(grid.groups.create, "staff")).id == "grp_1"
        assert len(server.asked) == 2


async def test_a_server_that_is_not_there_is_told_apart() -> None:
    async with AsyncScaiGrid("http://127.0.0.1:9", KEY, retrying=QUICK) as grid:
        with pytest.raises(Unreachable, match="cannot be reached"):
            await grid.me()
