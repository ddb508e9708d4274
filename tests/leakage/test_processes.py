"""What stopping and killing a real server does to the answers it was giving and to the bill."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.leakage.process import serving
from tests.world import openai_answers as says
from tests.world.by_night import by_night
from tests.world.models import data
from tests.world.patience import PATIENCE, eventually, until
from tests.world.served import model_on
from tests.world.upstream import Answer, upstream

HELLO = [{"role": "user", "content": "hello"}]
TEN = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


async def usage(root: httpx.AsyncClient, slug: str, count: int) -> list[dict[str, Any]]:
    async def written() -> list[dict[str, Any]] | None:
        answer = await root.get("/v1/accounting/usage", params={"model": slug, "limit": 1000})
        items: list[dict[str, Any]] = data(answer)["items"]
        return items if len(items) >= count else None

    return await eventually(written)


async def read(root: httpx.AsyncClient, slug: str, got: list[str]) -> list[str]:
    body = {"model": slug, "messages": HELLO, "stream": True}
    async with root.stream("POST", "/v1/inference/chat", json=body) as answer:
        async for line in answer.aiter_lines():
            got += [line] if line else []
    return got


async def test_a_server_told_to_stop_tells_its_streams_and_forgets_no_call(tmp_path: Path) -> None:
    async with upstream() as up:
        # Nothing but being told ends the stream within the time we wait.
        async with serving(tmp_path, shutdown_seconds="120") as server, server.client() as root:
            up.says(says.stream(says.words(4)[:2], hang=True))
            model, got = await model_on(root, up), list[str]()
            reading = asyncio.create_task(read(root, model.slug, got))
            await until(lambda: len(got) == 2)
            server.process.send_signal(signal.SIGTERM)
            lines = await asyncio.wait_for(reading, PATIENCE)
            assert lines[-1] == "data: [DONE]"
            assert json.loads(lines[-2].removeprefix("data: "))["code"] == "SERVICE_UNAVAILABLE"
            assert await asyncio.wait_for(server.process.wait(), PATIENCE) == 0
        async with serving(tmp_path) as server, server.client() as root:
            (item,) = await usage(root, model.slug, 1)
            assert (item["outcome"], item["output_tokens"]) == ("cancelled", 2)


@pytest.mark.parametrize("round_", [0, *by_night([1])])
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
            await until(lambda: answered > 100)
            await asyncio.sleep(0.013 * round_)
            server.process.kill()
            await asyncio.gather(*asking, return_exceptions=True)
        async with serving(tmp_path) as server, server.client() as root:

            async def told_alike() -> tuple[list[dict[str, Any]], dict[str, int]] | None:
                """The list and the sum, once nothing was booked between them."""
                items = await usage(root, model.slug, answered)
                spent = data(await root.get(f"/v1/accounting/budgets/{budget['id']}"))["spent"]
                return (items, spent) if spent["requests"] == len(items) else None

            items, spent = await eventually(told_alike)
            assert len({item["id"] for item in items}) == len(items)
            # Who was killed between the backend's answer and ours has used the tokens too.
            assert answered <= len(items) <= len(up.asked)
            assert spent["tokens"] == 10 * len(items)


async def test_a_long_call_is_let_run_out_when_the_server_stops(tmp_path: Path) -> None:
    async with upstream() as up, serving(tmp_path) as server, server.client() as root:
        whole = says.completion("late", usage=TEN)
        up.says(Answer(pieces=whole.pieces, before_s=1.5))
        model = await model_on(root, up)
        asking = asyncio.create_task(root.post("/v1/inference/chat", json={"model": model.slug, "messages": HELLO}))
        await until(lambda: up.asked)
        server.process.send_signal(signal.SIGTERM)
        answer = await asyncio.wait_for(asking, PATIENCE)
        assert data(answer)["choices"][0]["message"]["content"] == "late"
        assert await asyncio.wait_for(server.process.wait(), PATIENCE) == 0


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
