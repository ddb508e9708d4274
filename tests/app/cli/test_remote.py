"""A server that breaks off while it is listened to is listened to again, from where it was."""

from __future__ import annotations

import json

import httpx
import pytest

from app.cli.remote import Exit, Refused, Remote
from tests.world.upstream import Answer, upstream


def told(number: int, name: str = "progress") -> bytes:
    return f": heartbeat\n\nevent: {name}\nid: {number}\ndata: {json.dumps({'done': number})}\n\n".encode()


def streamed(*pieces: bytes, cut: bool = False) -> Answer:
    return Answer(pieces=pieces, content_type="text/event-stream", cut=cut)


async def test_a_stream_goes_on_after_what_was_told_last() -> None:
    async with upstream() as server, httpx.AsyncClient(base_url=server.url) as client:
        server.says(streamed(told(1), told(2), cut=True), streamed(told(3), told(4, "completed")))
        events = [event async for event in Remote(client).events("/events")]
        assert [(event.name, event.said["done"]) for event in events] == [
            ("progress", 1),
            ("progress", 2),
            ("progress", 3),
            ("completed", 4),
        ]
        assert [asked.headers.get("last-event-id") for asked in server.asked] == [None, "2"]


async def test_a_server_that_stays_away_is_not_waited_for_without_end() -> None:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(Refused, match="went away") as refused:
            _ = [event async for event in Remote(client).events("/events")]
        assert refused.value.exit_code is Exit.UNAVAILABLE


async def test_a_list_is_read_to_its_end() -> None:
    pages = [
        {"data": [1, 2], "meta": {"has_more": True, "next_cursor": "more"}},
        {"data": [3], "meta": {"has_more": False, "next_cursor": None}},
    ]
    async with upstream() as server, httpx.AsyncClient(base_url=server.url) as client:
        server.says(*(Answer(pieces=[json.dumps(page).encode()]) for page in pages))
        assert [one async for one in Remote(client).every("/things")] == [1, 2, 3]
        assert [asked.path for asked in server.asked] == ["/things?limit=100", "/things?limit=100&cursor=more"]


@pytest.mark.parametrize(
    ("status", "exit_code"), [(404, 3), (403, 4), (401, 4), (422, 2), (409, 1), (429, 5), (503, 5), (500, 1)]
)
async def test_a_refusal_says_what_the_server_said(status: int, exit_code: int) -> None:
    error = {"code": "SOME_CODE", "message": "Not so.", "details": [{"field": "set", "message": "is empty"}]}
    async with upstream() as server, httpx.AsyncClient(base_url=server.url) as client:
        server.says(Answer(status, [json.dumps({"error": error}).encode()]))
        with pytest.raises(Refused) as refused:
            await Remote(client).get("/things")
    assert str(refused.value) == "Not so. (SOME_CODE)\n  set: is empty"
    assert refused.value.exit_code == exit_code
