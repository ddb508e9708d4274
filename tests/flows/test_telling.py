"""What a model call sets off beside its answer: those who asked to be told of calls and budgets are told, signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.world import openai_answers as says
from tests.world.people import organisation
from tests.world.platform import fresh
from tests.world.receiver import Received, receiver
from tests.world.served import created, model_on
from tests.world.upstream import upstream

SECRET = "a secret of more than a few letters"
EVENTS = ["request.completed", "budget.soft_limit_reached", "budget.hard_limit_reached"]


def _told(got: Received) -> dict[str, Any]:
    signed = "sha256=" + hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(got.headers["x-scaigrid-signature"], signed)
    said: dict[str, Any] = json.loads(got.body)
    return said


async def test_calls_and_budgets_used_up_are_told_to_who_asked_for_it() -> None:
    async with receiver() as listener, upstream() as up, fresh(allow_hosts=("127.0.0.1",)) as running:
        up.says(says.completion(usage={"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}))
        acme = await organisation(running)
        admin = acme.client("admin")
        await created(admin, "/v1/webhooks", url=listener.url, events=EVENTS, secret=SECRET)
        limit = {
            "scope": "tenant",
            "scope_id": acme.id,
            "period": "monthly",
            "token_limit": 25,
            "hard_action": "notify",
        }
        budget = await created(admin, "/v1/accounting/budgets", **limit)
        async with running.client(running.root_key) as root:
            model = await model_on(root, up)
        body = {"model": model.slug, "messages": [{"role": "user", "content": "the secret question"}]}
        for _ in range(2):
            assert (await acme.client("user").post("/v1/inference/chat", json=body)).status_code == 200
        got = await listener.until(4)
        await acme.aclose()
    told = [_told(one) for one in got]
    assert sorted(one["event"] for one in told) == sorted([*EVENTS, "request.completed"])
    call = next(one["data"] for one in told if one["event"] == "request.completed")
    assert (call["model"], call["input_tokens"]) == (model.slug, 10)
    assert {one["data"]["budget_id"] for one in told if one["event"].startswith("budget.")} == {budget["id"]}
    assert all(b"secret question" not in one.body for one in got), "facts, never content"
