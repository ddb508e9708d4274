"""Published personas as their callers meet them: each answered from what they may read, and from what is saved now."""

from __future__ import annotations

from typing import Any

import httpx
from structlog.testing import capture_logs

from acl.facts import Effect, PrincipalType
from tests.world.models import data
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.personas import at, persona, reads

OPEN = "The harbour master closes the harbour at dusk."
SECRET = "The harbour master is paid ninety thousand guilders."
QUESTION = [{"role": "user", "content": "What about the harbour master?"}]


async def furnished(acme: Organisation, **said: Any) -> tuple[Any, Written]:
    """A published persona over a collection, one document of which `peer` may not read."""
    admin = acme.client("admin")
    await acme.person("peer", "tenant_user")
    place = await written(acme, {"open": [OPEN], "secret": [SECRET]})
    await place.enter(Effect.DENY, (PrincipalType.USER, acme.people["peer"].id), ["secret"])
    one = await persona(admin, rag_enabled=True, rag_search_type="keyword", **said)
    await reads(admin, one, place.id, source_name="Harbour")
    return data(await admin.post(at(one, "publish"))), place


async def asked(client: httpx.AsyncClient, one: Any) -> Any:
    answer = await client.post("/v1/inference/chat", json={"model": one["published_slug"], "messages": QUESTION})
    return data(answer)


def quoted(answer: Any) -> str:
    return str(answer["retrieval"]["citations"])


async def test_each_caller_is_answered_from_what_they_may_read(acme: Organisation) -> None:
    """RAG access is enforced at retrieval time, not at attach time: a persona never "borrows" access."""
    one, _ = await furnished(acme)
    ours, theirs = await asked(acme.client("user"), one), await asked(acme.client("peer"), one)
    assert ours["retrieval"]["sources"] == theirs["retrieval"]["sources"] == [{"name": "Harbour", "status": "ok"}]
    assert "guilders" in quoted(ours)
    assert "dusk" in quoted(theirs)
    assert "guilders" not in str(theirs)


async def test_a_source_that_is_disabled_is_not_read_by_the_next_call(acme: Organisation) -> None:
    """Listed sources may have `status: "disabled"`. List them and re-enable. Check `rag_enabled` is `true`."""
    one, _ = await furnished(acme)
    admin, user = acme.client("admin"), acme.client("user")
    (source,) = data(await admin.get(at(one, "sources")))
    for status, found in [("disabled", False), ("active", True)]:
        data(await admin.put(at(one, "sources", source["id"]), json={"status": status}))
        answer = await asked(user, one)
        assert ("dusk" in str(answer)) is found
    data(await admin.put(at(one), json={"rag_enabled": False}))
    assert "retrieval" not in await asked(user, one)


async def test_a_collection_that_is_gone_is_logged_and_the_call_goes_on(acme: Organisation) -> None:
    """Wrong collection id: the enricher logs `persona_rag_collection_search_error` if the collection lookup fails."""
    one, place = await furnished(acme)
    data(await acme.client("admin").delete(f"/v1/modules/scaimatrix/collections/{place.id}"))
    with capture_logs() as logs:
        answer = await asked(acme.client("user"), one)
    assert "dusk" not in str(answer)
    assert "persona_rag_collection_search_error" in {line["event"] for line in logs}


async def test_strict_grounding_is_live_as_soon_as_it_is_saved(acme: Organisation) -> None:
    one, place = await furnished(acme)
    admin, peer = acme.client("admin"), acme.client("peer")
    await place.enter(Effect.DENY, (PrincipalType.USER, acme.people["peer"].id), ["open"])
    data(await admin.put(at(one), json={"grounding": "strict"}))
    assert (await asked(peer, one))["retrieval"]["status"] == "empty"
