"""A persona over documents that some may not read, a set put to it, and runs of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from acl.facts import Effect, PrincipalType
from app.db.tenancy import Reach
from app.ids import new_id
from evals.hashing import hash_of
from evals.tables import EvalCase, EvalSet, EvalSetVersion
from evals.values import Case
from tests.world.models import data
from tests.world.passages import Written, written
from tests.world.patience import eventually
from tests.world.people import Organisation
from tests.world.personas import persona, reads
from tests.world.platform import unique

RUNS = "/v1/evals/runs"
OPEN = "The harbour master closes the harbour at dusk. Pilots are told by radio before the gates are shut. "
SECRET = "The harbour master is paid ninety thousand guilders a year for keeping the harbour in good order. "
OTHER = "Bread is baked before dawn in the old bakery behind the market. "
DUSK, PAID = "When does the harbour master close the harbour?", "How many guilders is the harbour master paid?"


@dataclass
class Bench:
    """A tenant with a persona, and what is asked of it; `peer` may not read what is secret."""

    acme: Organisation
    place: Written
    persona: dict[str, Any]
    sets: list[str] = field(default_factory=list)

    async def asking(self, *cases: Case) -> str:
        """A set of these cases, of one version; gives its id."""
        acme, id_ = self.acme, new_id("set")
        async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
            by, now = acme.people["admin"].id, transaction.clock.now()
            named = {"slug": unique("harbour"), "name": "Harbour", "created_by": by}
            row = EvalSet(id=id_, number=1, cases=len(cases), created_at=now, updated_at=now, **named)
            transaction.session.add(row)
            await transaction.session.flush()
            digest = hash_of([case.written() for case in cases])
            counts = {"number": 1, "digest": digest, "cases": len(cases), "created_by": by, "created_at": now}
            transaction.session.add(EvalSetVersion(set_id=id_, **counts))
            for place, case in enumerate(cases):
                said = {"said": case.written(), "digest": hash_of(case.written()), "since": 1}
                transaction.session.add(EvalCase(id=new_id("cas"), set_id=id_, case_id=case.id, position=place, **said))
        return id_

    async def begin(self, set_id: str, name: str = "admin", **said: Any) -> dict[str, Any]:
        """Begin a run as somebody."""
        body = {"set": set_id, "persona_id": self.persona["id"], **said}
        began: dict[str, Any] = data(await self.acme.client(name).post(RUNS, json=body), 202)
        return began

    async def ended(self, run_id: str, name: str = "admin") -> dict[str, Any]:
        """A run with its numbers, once it has ended."""
        client = self.acme.client(name)

        async def look() -> dict[str, Any] | None:
            said: dict[str, Any] = data(await client.get(f"{RUNS}/{run_id}"))
            return said if said["run"]["status"] not in {"pending", "running"} else None

        return await eventually(look)

    async def measured(self, *cases: Case, name: str = "admin", **said: Any) -> dict[str, Any]:
        """A run of some cases, with its numbers."""
        began = await self.begin(await self.asking(*cases), name, **said)
        return await self.ended(began["id"], name)

    async def answers(self, run_id: str, name: str = "admin", **query: Any) -> list[dict[str, Any]]:
        """What became of each case, as somebody sees it."""
        found = await self.acme.client(name).get(f"{RUNS}/{run_id}/cases", params={"limit": 100, **query})
        said: list[dict[str, Any]] = data(found)
        return said


async def bench(acme: Organisation, texts: dict[str, Sequence[str]] | None = None, **said: Any) -> Bench:
    """A persona that answers from its sources alone, by the built-in answerer unless told otherwise."""
    await acme.person("peer", "tenant_user")
    place = await written(acme, texts or {"open": [OPEN * 4], "secret": [SECRET * 4], "other": [OTHER * 4]})
    if "secret" in place.shelf.documents:
        await place.enter(Effect.DENY, (PrincipalType.USER, acme.people["peer"].id), ["secret"])
    plain = {"rag_enabled": True, "rag_search_type": "keyword", "grounding": "strict"}
    one = await persona(acme.client("admin"), **{**plain, **said})
    await reads(acme.client("admin"), one, place.id)
    return Bench(acme, place, one)


async def run_ids(client: httpx.AsyncClient, names: Mapping[str, str]) -> dict[str, str]:
    """Begin a run of a persona and a set, and have it end before anything is asked; gives its id with the others."""
    body = {"persona_id": names["persona_id"], "set": names["set_id"]}
    run = data(await client.post(RUNS, json=body), 202)
    data(await client.post(f"{RUNS}/{run['id']}/cancel"))
    return {**names, "run_id": run["id"]}


def scores(answer: dict[str, Any]) -> dict[str, float]:
    """What an answer is worth, by metric."""
    return {score["metric"]: score["value"] for score in answer["scores"]}


def number(summary: dict[str, Any], metric: str, reader_id: str | None = None) -> float:
    """One number of a run, of everybody's answers or one reader's."""
    of = next(one for one in summary["summaries"] if one["reader_id"] == reader_id)
    return float(next(one["value"] for one in of["metrics"] if one["metric"] == metric))
