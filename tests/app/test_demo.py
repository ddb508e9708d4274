"""The demo shows what permissions do: three people, three collections, and nobody sees more than theirs."""

from __future__ import annotations

from typing import Any

from app.demo.organisation import demo_key
from tests.world.hands import until
from tests.world.models import data
from tests.world.platform import Running, fresh, running

MATRIX = "/v1/modules/scaimatrix"


async def collections_of(demo: Running, name: str) -> dict[str, set[str]]:
    """What somebody of the demo sees, by its name."""
    async with demo.client(demo_key(demo.platform.secrets, name)) as client:
        seen = data(await client.get(f"{MATRIX}/collections"))
        return {
            one["name"]: {
                found["name"] for found in data(await client.get(f"{MATRIX}/collections/{one['id']}/documents"))
            }
            for one in seen
        }


async def test_everybody_of_the_demo_sees_what_is_theirs() -> None:
    async with fresh(deeds={}, demo=True) as demo:
        handbook = {"holidays.md", "incident-guide.md", "refunds.md", "remote-work.md", "shipping.md"}
        finance = {"budget-2026.md", "expense-rules.md", "suppliers.md"}
        everything = {"Handbook": handbook, "Finance": finance, "Salaries": {"salaries.md"}}
        assert await collections_of(demo, "ada") == everything
        assert await collections_of(demo, "ben") == {"Handbook": handbook}
        assert await collections_of(demo, "cleo") == everything


async def test_what_is_deleted_of_the_demo_does_not_come_back() -> None:
    async with fresh(deeds={}, demo=True) as demo:
        async with demo.client(demo_key(demo.platform.secrets, "ada")) as ada:
            for one in data(await ada.get(f"{MATRIX}/collections")):
                data(await ada.delete(f"{MATRIX}/collections/{one['id']}"))
        async with running(demo.settings, deeds={}) as again:
            assert await collections_of(again, "ada") == {}


async def test_a_set_asks_whether_the_assistant_is_good_for_each_of_them() -> None:
    async with fresh(deeds={}, demo=True) as demo, demo.client(demo_key(demo.platform.secrets, "ada")) as ada:
        (one,) = data(await ada.get("/v1/evals/sets"))
        cases = data(await ada.get(f"/v1/evals/sets/{one['slug']}/cases", params={"limit": 100}))
        documents = {
            document["name"]
            for collection in data(await ada.get(f"{MATRIX}/collections"))
            for document in data(await ada.get(f"{MATRIX}/collections/{collection['id']}/documents"))
        }
    assert (one["version"], one["case_count"]) == (1, len(cases))
    assert {case["reader"] for case in cases} == {f"{name}@demo.example" for name in ("ada", "ben", "cleo")}
    named = [thing["document_name"] for case in cases for thing in (*case["expected"], *case["forbidden"])]
    assert {name for name in named if name is not None} <= documents
    for kind in ("must_refuse", "forbidden", "history"):
        assert any(case[kind] for case in cases)


async def test_the_assistant_of_the_demo_answers_everybody_from_what_they_may_read() -> None:
    async with fresh(demo=True) as demo:
        found = {name: await answered(demo, name, "What does a staff engineer earn?") for name in ("ada", "ben")}
        assert {one["document_name"] for one in found["ada"]["citations"]} >= {"salaries.md"}
        assert "salaries.md" not in str(found["ben"])
        assert "refunds.md" in str(await answered(demo, "ben", "How long do refunds take?"))


async def answered(demo: Running, name: str, question: str) -> Any:
    """What somebody's answer is from, once all documents can be found."""
    async with demo.client(demo_key(demo.platform.secrets, "ada")) as ada:

        async def indexed() -> bool:
            counts = [one["document_count"] for one in data(await ada.get(f"{MATRIX}/collections"))]
            pages = [
                data(await ada.get(f"{MATRIX}/collections/{one['id']}/documents?status=indexed"))
                for one in data(await ada.get(f"{MATRIX}/collections"))
            ]
            return bool(sum(counts) == sum(map(len, pages)) > 0)

        await until(indexed)
    body = {"model": "tenant/demo/guide", "messages": [{"role": "user", "content": question}]}
    async with demo.client(demo_key(demo.platform.secrets, name)) as client:
        return data(await client.post("/v1/inference/chat", json=body))["retrieval"]
