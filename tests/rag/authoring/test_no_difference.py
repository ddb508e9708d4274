"""What somebody may not read makes no difference to what they see of a persona, try on it, or are answered by it."""

from __future__ import annotations

from typing import Any

import httpx

from acl.facts import DefaultAccess, Effect, PrincipalType
from tests.leakage.test_matrix import seen
from tests.world.models import Shop, data
from tests.world.passages import Written, written
from tests.world.people import Organisation, organisation
from tests.world.personas import PERSONAS, at, persona, reads

QUERY = {"query": "What about the harbour master?"}
HELD = ["scaipersona:view", "scaipersona:manage", "scaipersona:test"]


def surfaces(one: Any, source: Any, hidden: Written) -> list[tuple[str, str, dict[str, Any]]]:
    """Everything that can be asked of a persona without changing it."""
    attach = {"source_type": "collection", "source_id": hidden.id}
    chat = {"model": one["published_slug"], "messages": [{"role": "user", "content": QUERY["query"]}]}
    return [
        ("GET", PERSONAS, {}),
        ("GET", at(one), {}),
        ("GET", at(one, "sources"), {}),
        ("GET", at(one, "sources", source["id"]), {}),
        ("GET", at(one, "diagnose"), {}),
        ("GET", at(one, "diagnose"), {"params": QUERY}),
        ("POST", at(one, "sources"), {"json": attach}),
        ("PUT", at(one, "sources", source["id"]), {"json": {"source_id": hidden.id}}),
        ("POST", "/v1/inference/chat", {"json": chat}),
        ("POST", "/oai/v1/chat/completions", {"json": chat}),
    ]


async def everything(client: httpx.AsyncClient, asked: list[tuple[str, str, dict[str, Any]]]) -> dict[str, Any]:
    answers = {}
    for method, path, more in asked:
        answer = await client.request(method, path, **more)
        assert answer.status_code < 500, answer.text
        status, headers, body = seen(answer, {})
        said = answer.json()
        if "retrieval" in (inner := said.get("data", said)):  # the rest of a completion is its moment's
            body = str([inner["choices"], inner["usage"], [_untimed(step) for step in inner["retrieval"]["steps"]]])
            body += str([inner["retrieval"]["sources"], inner["retrieval"]["citations"], inner["retrieval"]["status"]])
            headers = {}
        shown = {name: value for name, value in headers.items() if not name.startswith("x-scaigrid-ratelimit")}
        answers[f"{method} {path} {more}"] = (status, shown, body)
    return answers


def _untimed(step: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in step.items() if name != "took_ms"}


async def test_what_is_hidden_makes_no_difference_to_an_author(acme: Organisation, root: httpx.AsyncClient) -> None:
    admin, other = acme.client("admin"), await organisation(acme.running)
    author = (await acme.person("author", "tenant_user", permissions=HELD)).id
    open_ = await written(acme, {"open": ["The harbour master closes the harbour at dusk."]})
    hidden = await written(acme, {"one": ["The harbour master is paid well."]}, DefaultAccess.RESTRICTED)
    far = await written(acme, {"two": ["The harbour master again."]}, DefaultAccess.RESTRICTED)
    group = await Shop(root).group(scope_type="tenant", scope_id=other.id)
    made = await persona(admin, rag_enabled=True, rag_search_type="keyword")
    source = await reads(admin, made, open_.id, source_name="Open")
    await reads(admin, made, hidden.id, source_name="Hidden")
    one = data(await admin.post(at(made, "publish")))
    client, asked = acme.client("author"), surfaces(one, source, far)

    before = await everything(client, asked)
    assert await everything(client, asked) == before, "these change by themselves"
    await open_.shelf.hold("secret")
    await open_.enter(Effect.DENY, (PrincipalType.USER, author), ["secret"])
    await open_.write({"secret": ["The harbour master of the harbour: harbour, master, harbour."]})
    await hidden.write({"one": ["Something else."]})
    data(await root.post(f"/v1/model-groups/{group['id']}/members", json={"model_slug": one["published_slug"]}), 201)
    for place in (hidden, far):
        data(await admin.delete(f"/v1/modules/scaimatrix/collections/{place.id}"))
    after = await everything(client, asked)
    assert {name: (before[name], after[name]) for name in before if after[name] != before[name]} == {}
    await other.aclose()
