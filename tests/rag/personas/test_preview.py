"""What an assistant would find, shown without an answer: to who asks, and through the eyes of somebody else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from indexing.documents.status import DocumentStatus
from tests.rag.personas.conftest import OPEN, OTHER, SECRET
from tests.world.models import code, data
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.personas import at, published, reads

_IMPOSSIBLE: tuple[dict[str, Any], ...] = (
    {"rag_top_k": 0},
    {"rag_top_k": 51},
    {"rag_top_k": "5"},
    {"rag_top_k": True},
    {"rag_top_k": None},
    {"rag_min_score": -0.1},
    {"rag_min_score": 1.1},
    {"rag_min_score": True},
    {"rag_strategy": "guess"},
    {"rag_search_type": None},
    {"sources": []},
    {"tenant_id": "ten_other"},
)
ASKED = "What does the harbour master do at the harbour?"


@pytest.fixture
async def place(acme: Organisation) -> Written:
    await acme.person("peer", "tenant_user", permissions=["scaipersona:test", "scaipersona:view"])
    made = await written(acme, {"open": [OPEN], "secret": [SECRET], "other": [OTHER]})
    await made.enter(Effect.DENY, (PrincipalType.USER, acme.people["peer"].id), ["secret"])
    return made


@pytest.fixture
async def guide(acme: Organisation, place: Written) -> Any:
    admin = acme.client("admin")
    made = await published(admin, rag_enabled=True, rag_search_type="keyword")
    await reads(admin, made, place.id, source_name="Shelf")
    return made


async def preview(client: httpx.AsyncClient, guide: Any, **more: Any) -> Any:
    return data(await client.post(at(guide, "preview"), json={"query": ASKED, **more}))


async def test_through_somebody_elses_eyes_what_is_still_to_come_is_what_both_may_read(
    acme: Organisation, place: Written, guide: Any
) -> None:
    await place.move(DocumentStatus.PENDING, "secret", "other")
    peer, admin, nothing = acme.people["peer"].id, acme.people["admin"].id, {"query": "zeppelin"}

    async def unfinished(name: str, **more: Any) -> int:
        shown = await preview(acme.client(name), guide, **nothing, **more)
        return int(shown["sources"][0]["unfinished"])

    assert await unfinished("admin") == 2
    assert await unfinished("admin", as_user_id=peer) == await unfinished("peer", as_user_id=admin) == 1


def names(shown: Any) -> list[str]:
    return [one["document_name"] for one in shown["citations"]]


async def test_it_shows_step_by_step_what_would_be_found(acme: Organisation, guide: Any) -> None:
    shown = await preview(acme.client("admin"), guide)
    assert shown["status"] == "ok"
    assert shown["sources"] == [{"name": "Shelf", "status": "ok", "fault": None, "reason": None, "unfinished": 0}]
    assert [step["kind"] for step in shown["steps"]] == ["search"]
    assert set(names(shown)) == {"the words of open", "the words of secret"}
    first = shown["citations"][0]
    assert first["marker"] == 1
    assert first["content"] in {OPEN, SECRET}
    assert first["quote"] in first["content"]


async def test_who_asks_is_shown_what_they_may_read_and_nothing_else(acme: Organisation, guide: Any) -> None:
    assert names(await preview(acme.client("peer"), guide)) == ["the words of open"]


async def test_through_somebody_elses_eyes_it_shows_what_both_may_read(acme: Organisation, guide: Any) -> None:
    """Seed troubleshooting, test as a user who has the access; and nobody sees more than they may themselves."""
    peer, admin = acme.people["peer"].id, acme.people["admin"].id
    assert names(await preview(acme.client("admin"), guide, as_user_id=peer)) == ["the words of open"]
    assert names(await preview(acme.client("peer"), guide, as_user_id=admin)) == ["the words of open"]


async def test_looking_through_somebody_elses_eyes_is_audited(acme: Organisation, guide: Any) -> None:
    await preview(acme.client("admin"), guide, as_user_id=acme.people["peer"].id)
    trail = (await acme.client("admin").get("/v1/audit-log", params={"action": "persona.previewed"})).json()
    (entry,) = trail["data"]["items"]
    assert entry["target_id"] == guide["id"]
    assert entry["details"] == {"as_user_id": acme.people["peer"].id}


async def test_who_is_not_of_the_tenant_is_not_there(acme: Organisation, guide: Any) -> None:
    body = {"query": ASKED, "as_user_id": "usr_nobody"}
    assert code(await acme.client("admin").post(at(guide, "preview"), json=body)) == (404, "USER_NOT_FOUND")


async def test_it_needs_the_permission_to_test(acme: Organisation, guide: Any) -> None:
    answer = await acme.client("viewer").post(at(guide, "preview"), json={"query": ASKED})
    assert code(answer) == (403, "AUTHZ_PERMISSION_DENIED")


async def test_a_published_assistant_answers_as_the_preview_shows(acme: Organisation, guide: Any) -> None:
    """From publishing to an answer with its sources, all through the API, on the built-in answerer."""
    slug = f"tenant/{acme.slug}/{guide['slug']}"
    body = {"model": slug, "messages": [{"role": "user", "content": "When does the harbour master close the harbour?"}]}
    answer = data(await acme.client("peer").post("/v1/inference/chat", json=body))
    said = answer["choices"][0]["message"]
    assert said["content"].startswith("The harbour master closes the harbour at dusk.")
    assert "[1]" in said["content"]
    assert names(answer["retrieval"]) == ["the words of open"]
    assert said["annotations"][0]["url_citation"]["title"] == "the words of open"


async def test_the_next_call_sees_every_change(acme: Organisation, guide: Any) -> None:
    """Seed architecture, publishing semantics: every update is live on the next inference call."""
    slug = f"tenant/{acme.slug}/{guide['slug']}"
    body = {"model": slug, "messages": [{"role": "user", "content": ASKED}]}
    assert "retrieval" in data(await acme.client("user").post("/v1/inference/chat", json=body))
    data(await acme.client("admin").put(at(guide), json={"rag_enabled": False}))
    assert "retrieval" not in data(await acme.client("user").post("/v1/inference/chat", json=body))


async def test_a_change_of_how_it_looks_is_tried_and_not_kept(acme: Organisation, guide: Any) -> None:
    admin = acme.client("admin")
    kept = data(await admin.get(at(guide)))
    both = await preview(admin, guide)
    assert len(names(both)) == 2
    assert len(names(await preview(admin, guide, look={"rag_top_k": 1}))) == 1
    assert names(await preview(admin, guide, look={"rag_min_score": 1.0})) == []
    assert names(await preview(acme.client("peer"), guide, look={"rag_top_k": 50})) == ["the words of open"]
    assert names(await preview(admin, guide)) == names(both)
    assert data(await admin.get(at(guide))) == kept


async def test_a_change_that_no_persona_could_have_is_refused(acme: Organisation, guide: Any) -> None:
    for look in _IMPOSSIBLE:
        answer = await acme.client("admin").post(at(guide, "preview"), json={"query": ASKED, "look": look})
        assert code(answer) == (422, "VALIDATION_ERROR"), look


async def test_a_change_is_tried_on_what_both_may_read(acme: Organisation, guide: Any) -> None:
    peer, admin = acme.people["peer"].id, acme.people["admin"].id
    look = {"rag_top_k": 50, "rag_min_score": None}
    for asker, other in (("admin", peer), ("peer", admin)):
        shown = names(await preview(acme.client(asker), guide, as_user_id=other, look=look))
        assert "the words of open" in shown
        assert "the words of secret" not in shown


async def test_who_may_call_no_model_sets_none_to_work_by_another_strategy(acme: Organisation, guide: Any) -> None:
    await acme.person("watcher", "tenant_viewer", permissions=["scaipersona:test"])
    watcher = acme.client("watcher")
    for strategy in ("multi_step", "agentic"):
        body = {"query": ASKED, "look": {"rag_strategy": strategy}}
        assert code(await watcher.post(at(guide, "preview"), json=body)) == (403, "AUTHZ_PERMISSION_DENIED")
        assert names(await preview(acme.client("peer"), guide, look=body["look"])) == ["the words of open"]
    assert len(names(await preview(watcher, guide, look={"rag_strategy": "single_step", "rag_top_k": 1}))) == 1
