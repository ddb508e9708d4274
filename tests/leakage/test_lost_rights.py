"""An answer under way ends with the right to it: in every process, streamed or not, whatever took the right away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from app.db.base import CATALOGUE
from app.http.open_streams import OpenStreams, Right
from app.http.streaming import FrameResponse
from app.identity.credentials import Admitted, Credentials
from app.inference.gateway import ChatRequest
from tests.world import openai_answers as says
from tests.world.models import data
from tests.world.patience import PATIENCE, eventually, until
from tests.world.people import Organisation, organisation
from tests.world.platform import ROOT_KEY, Running, running, settings_for
from tests.world.served import Served, model_on
from tests.world.upstream import Answer, Asked, Upstream, upstream

HELLO = [{"role": "user", "content": "hello"}]
Loss = Callable[[httpx.AsyncClient, Organisation, Served], Awaitable[httpx.Response]]


async def suspend(root: httpx.AsyncClient, made: Organisation, _: Served) -> httpx.Response:
    return await root.patch(f"/v1/users/{made.people['user'].id}", json={"status": "suspended"})


async def take_the_role(root: httpx.AsyncClient, made: Organisation, _: Served) -> httpx.Response:
    return await root.put(f"/v1/users/{made.people['user'].id}/roles", json={"roles": ["tenant_viewer"]})


async def hide_the_model(root: httpx.AsyncClient, _: Organisation, model: Served) -> httpx.Response:
    return await root.put(f"/v1/models/{model.id}", json={"visibility": "tenants"})


async def disable_the_model(root: httpx.AsyncClient, made: Organisation, _: Served) -> httpx.Response:
    return await root.patch(f"/v1/tenants/{made.id}", json={"settings": {"enabled_models": ["another"]}})


LOSSES = [
    (suspend, "AUTH_TOKEN_INVALID"),
    (take_the_role, "MODEL_ACCESS_DENIED"),
    (hide_the_model, "MODEL_NOT_FOUND"),
    (disable_the_model, "MODEL_ACCESS_DENIED"),
]


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Running, Running]]:
    home: Path = tmp_path_factory.mktemp("home")
    async with running(settings_for(home)) as here, running(settings_for(home)) as there:
        yield here, there


@pytest.fixture
async def up() -> AsyncIterator[Upstream]:
    async with upstream() as server:
        yield server


async def read_stream(client: httpx.AsyncClient, slug: str, got: list[str]) -> list[str]:
    body = {"stream": True, "messages": HELLO, "model": slug}
    async with client.stream("POST", "/v1/inference/chat", json=body) as answer:
        async for line in answer.aiter_lines():
            got += [line] if line else []
    return got


def chats(up: Upstream) -> list[Asked]:
    """Whatever else may come to a port that somebody had before."""
    return [asked for asked in up.asked if asked.path == "/v1/chat/completions" and b"hello" in asked.body]


@pytest.mark.parametrize(("loss", "code"), LOSSES)
@pytest.mark.parametrize("streamed", [True, False])
async def test_an_answer_ends_within_two_seconds_of_the_loss_in_another_process(
    pair: tuple[Running, Running], up: Upstream, loss: Loss, code: str, streamed: bool
) -> None:
    here, there = pair
    made = await organisation(here)
    async with here.client(ROOT_KEY) as root, there.client(made.people["user"].key) as user:
        up.says(says.stream(says.words(4)[:2], hang=True) if streamed else Answer(silent=True))
        model = await model_on(root, up)
        body = {"model": model.slug, "messages": HELLO}
        read: list[str] = []
        asking: asyncio.Task[Any] = asyncio.create_task(
            read_stream(user, model.slug, read) if streamed else user.post("/v1/inference/chat", json=body)
        )
        await until(lambda: read if streamed else chats(up))
        data(await loss(root, made, model))
        got = await asyncio.wait_for(asking, 20)  # ten times what is promised; the backend has two minutes
        said = json.loads(got[-2].removeprefix("data: ")) if streamed else got.json()["error"]
        assert said["code"] == code
        assert not streamed or got[-1] == "data: [DONE]"
        await asyncio.wait_for(chats(up)[0].gone.wait(), PATIENCE)
    await made.aclose()


async def test_a_stream_nobody_took_a_frame_of_is_settled_all_the_same(
    running: Running, root: httpx.AsyncClient, acme: Organisation, up: Upstream
) -> None:
    up.says(says.stream(says.words(4)[:2], hang=True))
    model = await model_on(root, up)
    platform = running.platform
    caller = (await platform.credentials.admit(acme.people["user"].key)).caller
    fields = {"model": model.slug, "messages": HELLO}
    frames = await platform.gateway.stream(caller, ChatRequest(model.slug, fields), {})
    await frames.aclose()
    (item,) = await usage_of(acme, model.slug)
    assert (item["outcome"], item["input_tokens"] > 0) == ("cancelled", True)


@pytest.mark.parametrize("streamed", [True, False])
async def test_who_leaves_before_the_first_word_still_pays_for_what_was_read(
    root: httpx.AsyncClient, acme: Organisation, up: Upstream, streamed: bool
) -> None:
    up.says(Answer(silent=True))
    model = await model_on(root, up, input_price_per_mtok="1000")
    body = {"model": model.slug, "messages": [{"role": "user", "content": "word " * 4000}], "stream": streamed}
    asking = asyncio.create_task(acme.client("user").post("/v1/inference/chat", json=body))
    await until(lambda: up.asked)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    (item,) = await usage_of(acme, model.slug)
    assert (item["outcome"], item["input_tokens"], item["estimated"]) == ("cancelled", 5001, True)


async def usage_of(acme: Organisation, model: str) -> list[dict[str, Any]]:
    async def written() -> list[dict[str, Any]]:
        answer = await acme.client("admin").get("/v1/accounting/usage", params={"model": model})
        return cast("list[dict[str, Any]]", answer.json()["data"]["items"])

    return await eventually(written)


class Forgetful:
    """Credentials of a platform whose database has just gone away."""

    async def admit(self, bearer: str) -> Admitted:
        raise OSError("gone")


class Endless:
    """Frames without an end."""

    closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0)
        return b"data: {}\n\n"

    async def aclose(self) -> None:
        self.closed = True


async def recheck(_: Admitted) -> str:
    return CATALOGUE


async def open_stream(streams: OpenStreams, frames: Endless, *, reads: bool) -> tuple[asyncio.Task[None], list[bytes]]:
    response, got = FrameResponse(frames, streams, Right("sgk_x", recheck), {}), list[bytes]()

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: MutableMapping[str, Any]) -> None:
        got.append(message.get("body", b""))
        if not reads and message["type"] == "http.response.body":
            await asyncio.Event().wait()

    task = asyncio.create_task(response({"type": "http"}, receive, send))
    await asyncio.sleep(0.05)
    return task, got


async def test_a_right_that_cannot_be_checked_ends_the_answer_and_not_the_watch() -> None:
    streams = OpenStreams(cast("Credentials", Forgetful()))
    watch = asyncio.create_task(streams.watch())
    task, got = await open_stream(streams, Endless(), reads=True)
    await asyncio.wait_for(task, PATIENCE)
    assert b"SERVICE_UNAVAILABLE" in got[-1]
    assert not watch.done(), "the next stream would never be looked at"
    watch.cancel()


async def test_who_does_not_read_does_not_keep_a_backend_busy(running: Running) -> None:
    streams = OpenStreams(running.platform.credentials, most_unread_seconds=0.1)
    frames = Endless()
    task, _ = await open_stream(streams, frames, reads=False)

    async def closed() -> bool:
        await streams.look()
        return frames.closed

    await eventually(closed)
    await asyncio.wait_for(task, PATIENCE)


async def test_a_stream_begun_while_the_server_stops_is_told_so_and_closed(running: Running) -> None:
    streams, frames = OpenStreams(running.platform.credentials), Endless()
    streams.stop_all()
    task, got = await open_stream(streams, frames, reads=True)
    await asyncio.wait_for(task, PATIENCE)
    assert frames.closed
    assert b"SERVICE_UNAVAILABLE" in got[-1]
