"""The demo shows what permissions do: three people, three collections, and nobody sees more than theirs."""

from __future__ import annotations

from app.demo.organisation import demo_key
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
