"""What stopping and killing a real server does to the answers it was giving and to the bill."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.leakage.process import serving
from tests.world import openai_answers as says
from tests.world.models import data
from tests.world.served import model_on
from tests.world.upstream import Answer, Upstream, upstream

HELLO = [{"role": "user", "content": "hello"}]
TEN = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


async def was_asked(up: Upstream, times: int = 1) -> None:
    async with asyncio.timeout(5):
        while len(up.asked) < times:  # noqa: ASYNC110 - simplest thing that waits for somebody else
            await asyncio.sleep(0.01)


async def usage(root: httpx.AsyncClient, slug: str, count: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for _ in range(60):
        answer = await root.get("/v1/accounting/usage", params={"model": slug, "limit": 1000})
        items = data(answer)["items"]
        if len(items) >= count:
            break
        await asyncio.sleep(0.1)
    return items


async def read(root: httpx.AsyncClient, slug: str) -> list[str]:
    body = {"model": slug, "messages": HELLO, "stream": True}
    async with root.stream("POST", "/v1/inference/chat", json=body) as answer:
        return [line async for line in answer.aiter_lines() if line]


async def test_a_server_told_to_stop_tells_its_streams_and_forgets_no_call(tmp_path: Path) -> None:
    async with upstream() as up:
        async with serving(tmp_path) as server, server.client() as root:
            up.says(says.stream(says.words(4)[:2], hang=True))
            model = await model_on(root, up)
            reading = asyncio.create_task(read(root, model.slug))
            await was_asked(up)
            await asyncio.sleep(0.3)
            told = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            lines = await asyncio.wait_for(reading, 5)
            assert lines[-1] == "data: [DONE]"
            assert json.loads(lines[-2].removeprefix("data: "))["code"] == "SERVICE_UNAVAILABLE"
            assert await asyncio.wait_for(server.process.wait(), 8) == 0
            assert time.monotonic() - told < 5
        async with serving(tmp_path) as server, server.client() as root:
            (item,) = await usage(root, model.slug, 1)
            assert (item["outcome"], item["output_tokens"]) == ("cancelled", 2)


@pytest.mark.parametrize("round_", range(2))
async def test_a_killed_server_loses_no_finished_call_and_counts_none_twice(tmp_path: Path, round_: int) -> None:
    async with upstream() as up:
        async with serving(tmp_path) as server, server.client() as root:
            up.says(says.completion(usage=TEN))
            model = await model_on(root, up, input_price_per_mtok="1", output_price_per_mtok="1")
            me = data(await root.get("/v1/me"))
            body = {"scope": "user", "scope_id": me["id"], "period": "total", "token_limit": 10**9}
            budget = data(await root.post("/v1/accounting/budgets", json=body | {"hard_action": "block"}), 201)
            answered = 0

            async def keep_asking() -> None:
                nonlocal answered
                while True:
                    asked = await root.post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO})
                    assert asked.status_code == 200
                    answered += 1

            asking = [asyncio.create_task(keep_asking()) for _ in range(4)]
            await asyncio.sleep(1 + 0.013 * round_)
            server.process.kill()
            await asyncio.gather(*asking, return_exceptions=True)
            assert answered > 10
        async with serving(tmp_path) as server, server.client() as root:
            items = await usage(root, model.slug, answered)
            assert len({item["id"] for item in items}) == len(items)
            # Who was killed between the backend's answer and ours has used the tokens too.
            assert answered <= len(items) <= len(up.asked)
            spent = data(await root.get(f"/v1/accounting/budgets/{budget['id']}"))["spent"]
            assert (spent["tokens"], spent["requests"]) == (10 * len(items), len(items))


async def test_a_long_call_is_let_run_out_when_the_server_stops(tmp_path: Path) -> None:
    async with upstream() as up, serving(tmp_path) as server, server.client() as root:
        whole = says.completion("late", usage=TEN)
        up.says(Answer(pieces=whole.pieces, before_s=1.5))
        model = await model_on(root, up)
        asking = asyncio.create_task(root.post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO}))
        await was_asked(up)
        server.process.send_signal(signal.SIGTERM)
        answer = await asyncio.wait_for(asking, 5)
        assert data(answer)["choices"][0]["message"]["content"] == "late"
        assert await asyncio.wait_for(server.process.wait(), 8) == 0


@pytest.mark.parametrize("line", [b"a" * 1000, b"a: b\r\n" * 100], ids=["one endless header", "endless headers"])
async def test_a_head_without_an_end_is_not_read_for_ever(tmp_path: Path, line: bytes) -> None:
    async with serving(tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\nX: ")
        with pytest.raises(ConnectionError):
            for _ in range(20_000):
                writer.write(line)
                await writer.drain()
        writer.close()
        async with server.client() as client:
            assert (await client.get("/health")).status_code == 200
        await asyncio.gather(reader.read(), return_exceptions=True)


async def test_a_large_body_behind_a_small_head_is_read(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client() as root:
        body = {"model": "no-such", "messages": [{"role": "user", "content": "x" * 5_000_000}]}
        for _ in range(3):
            assert (await root.post("/v1/inference/chat", json=body)).status_code == 404
