"""The demo's set measures the demo's assistant without any model from outside, and a gate holds what is worse."""

from __future__ import annotations

from typing import Any

import httpx

from app.demo.organisation import demo_key
from tests.world.hands import until
from tests.world.models import code, data
from tests.world.platform import fresh

PERSONAS, RUNS, MATRIX = "/v1/modules/scaipersona/personas", "/v1/evals/runs", "/v1/modules/scaimatrix"


async def indexed(ada: httpx.AsyncClient) -> None:
    async def all_of_them() -> bool:
        left = 0
        for one in data(await ada.get(f"{MATRIX}/collections")):
            documents = data(await ada.get(f"{MATRIX}/collections/{one['id']}/documents"))
            left += sum(each["status"] != "indexed" for each in documents)
        return not left

    await until(all_of_them)


async def ran(ada: httpx.AsyncClient, **said: Any) -> Any:
    """A run of the demo's set, once it has ended."""
    run = data(await ada.post(RUNS, json={"set": "guide", **said}), 202)

    async def ended() -> bool:
        return data(await ada.get(f"{RUNS}/{run['id']}"))["run"]["finished_at"] is not None

    await until(ended)
    return data(await ada.get(f"{RUNS}/{run['id']}"))


def numbers(run: Any, reader: str | None = None) -> dict[str, float]:
    (summary,) = [one for one in run["summaries"] if one["reader_id"] == reader]
    return {one["metric"]: one["value"] for one in summary["metrics"]}


async def test_the_demo_is_measured_offline_and_what_is_worse_is_not_published() -> None:
    async with fresh(demo=True) as demo, demo.client(demo_key(demo.platform.secrets, "ada")) as ada:
        await indexed(ada)
        (guide,) = data(await ada.get(PERSONAS))
        measured = await ran(ada, persona_id=guide["id"])
        run = measured["run"]
        assert (run["status"], run["failed"], run["leaks"], run["eyes"]) == ("completed", 0, 0, "both")
        assert run["total"] == run["done"] == 28
        assert len([one for one in measured["summaries"] if one["reader_id"]]) == 3
        found = numbers(measured)
        assert found["recall@5"] > 0.9
        assert found["quote_support"] == found["citation_validity"] == 1.0
        one = f"{PERSONAS}/{guide['id']}"
        gate = {"set_id": "guide", "floors": {"recall@5": found["recall@5"] - 0.05, "quote_support": 1.0}}
        data(await ada.put(f"{one}/gate", json=gate))
        data(await ada.post(f"{one}/publish", json={}))
        worse = {"rag_min_score": 1.0}
        regressed = await ran(ada, persona_id=guide["id"], changes=worse)
        assert numbers(regressed)["recall@5"] < 0.1
        refused = await ada.patch(one, json=worse)
        assert code(refused) == (409, "EVALUATION_GATE_FAILED")
        assert "recall@5" in {issue["field"] for issue in refused.json()["error"]["details"]}
        assert data(await ada.get(one))["rag_min_score"] is None
