"""What a firm's people are told: every question a restored platform must answer as the one before it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.app.backup.firm import ASKED, MATRIX, PERMISSIONS, Firm, asking
from tests.world.models import data
from tests.world.personas import at
from tests.world.platform import Running

SORTS = ("vector", "keyword", "hybrid", "graph", "combined")
READERS = ("ada", "ben")
Question = tuple[str, str, str, Any]  # who, how, where, what
# What is of the one answer, and not of what it tells.
_OF_THE_MOMENT = {"request_id", "created", "took_ms", "timings", "last_used_at", "next_cursor"}


async def answers(running: Running, firm: Firm) -> dict[str, Any]:
    """Every question, with what is answered to it."""
    told: dict[str, Any] = {}
    for who, how, where, what in _questions(firm):
        async with running.client(firm.key(who)) as client:
            answer = await client.request(how, where, json=what)
        told[f"{who}: {how} {where} {what}"] = answer.status_code, _lasting(answer.json())
    return told


def of(told: dict[str, Any], who: str, where: str = "") -> list[Any]:
    """What somebody was told by what has something in its path."""
    return [said for asked, said in told.items() if asked.startswith(f"{who}:") and where in asked]


async def usage(running: Running, firm: Firm) -> Any:
    """What the calls of the firm came to, by model and by person."""
    sums = []
    async with running.client(firm.key("admin")) as admin:
        for group in ("model", "user", "backend"):
            sums.append(data(await admin.get("/v1/accounting/usage/summary", params={"group_by": group}))["items"])
    return sums


def _questions(firm: Firm) -> Iterator[Question]:
    for who in READERS:
        yield from _of_a_reader(firm, who)
    yield "eve", "POST", "/v1/inference/chat", asking(firm)  # for whom a budget is used up after one
    yield "eve", "GET", firm.handbook, None
    yield from (("admin", "GET", where, None) for where in _looked_at(firm))


def _of_a_reader(firm: Firm, who: str) -> Iterator[Question]:
    graph = f"{firm.handbook}/graph"
    for sort in SORTS:
        yield who, "POST", f"{firm.handbook}/search", {"query": ASKED, "search_type": sort, "top_k": 100}
    yield who, "POST", f"{graph}/query", firm.there["view"]["query"]
    yield who, "GET", f"{graph}/stats", None
    yield who, "GET", f"{graph}/views", None
    yield who, "POST", "/v1/inference/chat", asking(firm)
    yield who, "GET", firm.handbook, None
    yield who, "GET", f"{firm.handbook}/documents", None
    yield who, "GET", f"{MATRIX}/documents/{firm.there['secrets']['id']}/chunks", None
    yield who, "POST", f"{PERMISSIONS}/document/{firm.there['secrets']['id']}/explain", {"permission": "READ"}


def _looked_at(firm: Firm) -> Iterator[str]:
    there = firm.there
    yield from ("/v1/users", "/v1/groups", f"/v1/groups/{there['team']['id']}/members")
    yield from (
        f"{PERMISSIONS}/collection/{there['handbook']['id']}",
        f"{PERMISSIONS}/document/{there['secrets']['id']}",
    )
    yield from (at(there["keeper"]), at(there["keeper"], "sources"), at(there["keeper"], "gate"))
    yield from (f"/v1/evals/sets/{there['set']['id']}", f"/v1/evals/sets/{there['set']['id']}/cases")
    yield from ("/v1/webhooks", f"/v1/api-keys/{there['kept']['id']}", f"{firm.handbook}/crawls")
    yield from ("/v1/accounting/budgets", "/v1/models", "/v1/modules/scaimatrix/erasures")
    yield from firm.gone.values()


def _lasting(told: Any) -> Any:
    """What is told, without what is of the one answer."""
    if isinstance(told, list):
        return [_lasting(one) for one in told]
    if not isinstance(told, dict):
        return told
    kept = {name: _lasting(value) for name, value in told.items() if name not in _OF_THE_MOMENT}
    return {name: value for name, value in kept.items() if not (name == "id" and "choices" in kept)}
