"""One request cannot keep the event loop, and with it everybody else, waiting."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from tests.world.people import Organisation

HELLO = [{"role": "user", "content": "hello"}]
MANY = 200_000
CHAT: dict[str, Any] = {"model": "local/quote", "messages": HELLO}

COSTLY = [
    ("/v1/inference/chat", {f"unknown{number}": 1 for number in range(MANY)}),
    ("/v1/inference/chat", CHAT | {"stop": [1] * MANY}),
    ("/v1/inference/chat", CHAT | {"tools": [1] * MANY}),
    ("/v1/inference/chat", CHAT | {"messages": [1] * 9_000}),
    ("/v1/inference/chat", CHAT | {"messages": [{"role": "user", "content": [1] * MANY}]}),
    ("/v1/inference/chat", {"k" * 1_000_000: 1}),
    ("/v1/inference/embed", {"model": "local/minilm", "input": [[0.5] * (MANY // 10)] * 10}),
    ("/v1/inference/embed", {"model": "local/minilm", "input": [0.5] * MANY}),
    ("/oai/v1/chat/completions", CHAT | {"stop": [1] * MANY}),
    ("/v1/api-keys", {f"unknown{number}": 1 for number in range(MANY)}),
    ("/v1/modules/scaipersona/config", {f"unknown{number}": 1 for number in range(MANY)}),
]


@pytest.mark.parametrize(("path", "body"), COSTLY, ids=range(len(COSTLY)))
async def test_a_thousand_faults_are_refused_as_cheaply_as_one(
    acme: Organisation, path: str, body: dict[str, Any]
) -> None:
    content = json.dumps(body).encode()
    method = "PUT" if path.endswith("config") else "POST"
    started = time.thread_time()  # of the loop, whatever else the machine does
    answer = await acme.client("admin").request(
        method, path, content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert len(answer.content) < 20_000
    assert time.thread_time() - started < 4


@pytest.mark.parametrize("wanted", ["1000000", 1000000.0, True])
async def test_a_limit_is_a_number_and_no_way_round_the_models_own(
    acme: Organisation, root: httpx.AsyncClient, wanted: object
) -> None:
    for path in ("/v1/inference/chat", "/oai/v1/chat/completions"):
        answer = await acme.client("user").post(path, json=CHAT | {"max_tokens": wanted})
        assert answer.status_code == 422, answer.text
