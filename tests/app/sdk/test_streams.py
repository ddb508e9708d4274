"""A stream that breaks off is listened to again, from where it was; an answer that breaks off says so."""

from __future__ import annotations

import json

import pytest

from app.sdk import AsyncScaiGrid, BrokenOff, Refused, Retrying
from app.sdk.events import Event, Lines
from tests.app.sdk.test_retrying import KEY, QUICK
from tests.world.upstream import Answer, upstream

JOB: dict[str, object] = {
    "id": "job_1",
    "collection_id": "col_1",
    "seed_url": "https://example.org",
    "status": "running",
}
NUMBERS = {"pages", "pages_fetched", "pages_unchanged", "pages_skipped", "pages_failed", "pages_queued"}
JOB |= dict.fromkeys(NUMBERS | {"bytes_fetched", "max_pages", "max_depth"}, 0) | {"dry_run": False}
JOB |= {"created_at": "2026-01-01T00:00:00Z"}


def told(number: int, name: str = "progress") -> bytes:
    said = json.dumps(JOB | {"pages_fetched": number})
    return f": heartbeat\n\nevent: {name}\nid: {number}\ndata: {said}\n\n".encode()


def streamed(*pieces: bytes, cut: bool = False, status: int = 200) -> Answer:
    return Answer(status, pieces=pieces, content_type="text/event-stream", cut=cut)


async def test_a_stream_goes_on_after_what_was_told_last() -> None:
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(streamed(told(1), told(2), cut=True), streamed(told(3)), streamed(told(4, "completed")))
        seen = [job.pages_fetched async for job in grid.crawls.follow("job_1", collection="col_1")]
        assert seen == [1, 2, 3, 4]
        assert [asked.headers.get("last-event-id") for asked in server.asked] == [None, "2", "3"]


async def test_a_server_that_tells_nothing_more_is_not_asked_for_ever() -> None:
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(streamed(told(1), cut=True), streamed(cut=True))
        with pytest.raises(BrokenOff):
            _ = [job async for job in grid.crawls.follow("job_1", collection="col_1")]
        assert len(server.asked) == QUICK.tries
        server.asked.clear()
        server.says(streamed(status=204))
        assert [job async for job in grid.crawls.follow("job_1", collection="col_1")] == []
        assert len(server.asked) == 1


async def test_a_failure_in_the_middle_is_raised() -> None:
    failed = b'event: error\ndata: {"code": "AUTH_TOKEN_INVALID", "message": "Not any more."}\n\n'
    async with upstream() as server, AsyncScaiGrid(server.url, KEY, retrying=QUICK) as grid:
        server.says(streamed(told(1), failed))
        with pytest.raises(Refused, match="Not any more") as refused:
            _ = [job async for job in grid.crawls.follow("job_1", collection="col_1")]
        assert refused.value.code == "AUTH_TOKEN_INVALID"


def chunk(**delta: object) -> bytes:
    return b"data: " + json.dumps({"model": "m", "choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


async def test_an_answer_is_put_together_of_its_pieces() -> None:
    looked = {"status": "ok", "citations": [], "sources": [{"name": "Handbook", "status": "ok"}]}
    events = b'event: status\ndata: {"message": "Looking"}\n\nevent: retrieval\ndata: ' + json.dumps(looked).encode()
    usage = b'data: {"model": "m", "choices": [], "usage": {"total_tokens": 9}}\n\n'
    async with upstream() as server, AsyncScaiGrid(server.url, KEY) as grid:
        pieces = [events + b"\n\n", chunk(content="Five "), chunk(content="days."), usage, b"data: [DONE]\n\n"]
        server.says(streamed(*pieces))
        heard = [piece async for piece in grid.chat.stream("m", "How long?")]
        assert [piece.kind for piece in heard] == ["status", "retrieval", "text", "text", "end"]
        whole = heard[-1].answer
        assert whole is not None
        assert (whole.text, whole.usage) == ("Five days.", {"total_tokens": 9})
        assert whole.retrieval is not None
        assert whole.retrieval.sources[0].name == "Handbook"
        for broken in (streamed(chunk(content="Five "), cut=True), streamed(chunk(content="Five "))):
            server.says(broken)
            with pytest.raises(BrokenOff):
                _ = [piece async for piece in grid.chat.stream("m", "How long?")]


def test_lines_become_events_whatever_they_hold() -> None:
    lines = Lines()
    fed = ["retry: 1500", ": a comment", "id: 7", "data: {", 'data:"a": 1}', "", "", "event: end", "data: x", ""]
    assert [event for line in fed if (event := lines.feed(line))] == [
        Event("message", '{\n"a": 1}', "7"),
        Event("end", "x", "7"),
    ]
    assert (lines.retry, lines.last) == (1.5, "7")


def test_patience_is_bounded() -> None:
    patient = Retrying()
    waited, missed = 0.0, 0
    while (pause := patient.pause(missed := missed + 1, waited)) is not None:
        waited += pause
    assert 5 < missed + 1 <= patient.tries + 1
    assert waited <= patient.patience
