"""What a graph would cost is said to whoever may have it extracted, before they do."""

from __future__ import annotations

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import EDITOR
from tests.indexing.collections.shelving import MANAGING
from tests.world.graphs import atlas
from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.shelves import enter, shelf

COLLECTIONS = "/v1/modules/scaimatrix/collections"


async def test_the_built_in_model_costs_nothing(acme: Organisation) -> None:
    made = await atlas(acme, "plan")
    async with acme.client("admin") as admin:
        said = data(await admin.post(f"{COLLECTIONS}/{made.shelf.id}/graph/re-extract/estimate"))
    assert (said["cost"], said["input_tokens"], said["output_tokens"]) == ("0", 0, 0)
    assert said["calls"] >= 0


async def test_what_is_hidden_from_a_writer_has_no_price_for_them(acme: Organisation) -> None:
    made = await atlas(acme, "plan", "secret")
    await acme.person("writer", permissions=MANAGING)
    who = (PrincipalType.USER, acme.people["writer"].id)
    await enter(acme, made.id, Effect.ALLOW, who, permissions=EDITOR)
    await made.hide("secret", whom="writer")
    path = f"{COLLECTIONS}/{made.id}/graph/re-extract/estimate"
    async with acme.client("admin") as admin, acme.client("writer") as writer:
        assert [data(await client.post(path))["calls"] for client in (admin, writer)] == [2, 1]


async def test_a_collection_without_a_graph_has_no_price_and_a_reader_is_told_none(acme: Organisation) -> None:
    made = await shelf(acme, "plan", default_access=DefaultAccess.TENANT)
    path = f"{COLLECTIONS}/{made.id}/graph/re-extract/estimate"
    async with acme.client("admin") as admin, acme.client("viewer") as viewer:
        assert code(await admin.post(path)) == (409, "GRAPH_NOT_ENABLED")
        assert (await viewer.post(path)).status_code == 403
