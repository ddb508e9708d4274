"""Sets of cases: made, filled from files and one by one, and kept in versions that never change."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from app.db.tenancy import Reach
from app.ids import new_id
from evals.authoring import MOST_KEPT, MOST_SETS
from evals.tables import EvalSet
from tests.world.evaluating import LINES, SETS, asks, eval_set, jsonl
from tests.world.models import code, data, fields
from tests.world.people import Organisation, organisation
from tests.world.platform import Running

CSV = {"Content-Type": "text/csv"}


async def put(client: httpx.AsyncClient, one: Any, *cases: Any, **more: Any) -> Any:
    return data(await client.put(f"{SETS}/{one['id']}/file", content=jsonl(*cases), headers=LINES, **more))


async def questions(client: httpx.AsyncClient, one: Any, **params: Any) -> list[str]:
    return [each["question"] for each in data(await client.get(f"{SETS}/{one['id']}/cases", params=params))]


async def test_a_set_is_known_by_its_id_and_by_its_slug(acme: Organisation) -> None:
    admin = acme.client("admin")
    made = await eval_set(admin, name="Harbour questions", description="Of the quay")
    assert (made["slug"], made["version"], made["case_count"]) == ("harbour-questions", None, 0)
    assert made == data(await admin.get(f"{SETS}/{made['id']}")) == data(await admin.get(f"{SETS}/harbour-questions"))
    again = await admin.post(SETS, json={"name": "Harbour questions"})
    assert code(again) == (409, "SLUG_CONFLICT")


async def test_each_change_of_its_cases_is_a_version_and_none_ever_changes(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin)
    first = await put(admin, one, asks(1), asks(2), asks(3))
    assert (first["version"]["version"], first["added"], first["changed"], first["removed"]) == (1, 3, 0, 0)
    second = await put(admin, one, asks(1), asks(2, question="Another?"), asks(4), params={"note": "A better two"})
    assert (second["version"]["version"], second["added"], second["changed"], second["removed"]) == (2, 1, 1, 1)
    assert (second["version"]["note"], second["version"]["case_count"]) == ("A better two", 3)
    third = data(await admin.post(f"{SETS}/{one['id']}/cases", json={"cases": [asks(1), asks(5)]}), 201)
    assert (third["version"]["version"], third["added"], third["changed"]) == (3, 1, 0)
    fourth = data(await admin.delete(f"{SETS}/{one['id']}/cases/case-1"))
    assert (fourth["version"]["version"], fourth["removed"]) == (4, 1)
    assert await questions(admin, one, version=1) == [f"What is number {number}?" for number in (1, 2, 3)]
    assert await questions(admin, one, version=2) == ["What is number 1?", "Another?", "What is number 4?"]
    assert await questions(admin, one) == ["Another?", "What is number 4?", "What is number 5?"]
    versions = data(await admin.get(f"{SETS}/{one['id']}/versions"))
    assert [each["version"] for each in versions] == [4, 3, 2, 1]
    assert len({each["content_hash"] for each in versions}) == 4


async def test_the_same_cases_are_the_same_version_in_whatever_order(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin, asks(1), asks(2))
    same = await put(admin, one, asks(2), asks(1))
    assert (same["version"]["version"], same["added"], same["changed"], same["removed"]) == (1, 0, 0, 0)
    back = [await put(admin, one, asks(1)), await put(admin, one, asks(1), asks(2))]
    assert back[1]["version"]["version"] == 3
    assert back[1]["version"]["content_hash"] == same["version"]["content_hash"]


async def test_pages_of_cases_follow_each_other_in_either_order(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin, *map(asks, range(7)))
    found: list[str] = []
    params: dict[str, Any] = {"limit": 3}
    while True:
        answer = (await admin.get(f"{SETS}/{one['id']}/cases", params=params)).json()
        found += [each["id"] for each in answer["data"]]
        if not answer["meta"]["has_more"]:
            break
        params["cursor"] = answer["meta"]["next_cursor"]
    assert found == [f"case-{number}" for number in range(7)]
    last = data(await admin.get(f"{SETS}/{one['id']}/cases", params={"order": "desc", "limit": 2}))
    assert [each["id"] for each in last] == ["case-6", "case-5"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_an_export_is_read_in_again_as_the_same_version(acme: Organisation, form: str) -> None:
    admin = acme.client("admin")
    whole = asks(
        1,
        reader="user@example.com",
        history=[{"role": "user", "content": "Hello"}],
        expected=[{"document_name": "quay.md", "grade": 2}, {"text": "at six, sharp"}],
        reference="=At six.",
        points=["six"],
        forbidden=[{"phrase": "guilders"}],
        tags=["a", "b"],
    )
    one = await eval_set(admin, whole, *(asks(number) for number in range(2, 900)))
    file = await admin.get(f"{SETS}/{one['id']}/export", params={"format": form})
    assert file.headers["content-disposition"] == f'attachment; filename="{one["slug"]}-v1.{form}"'
    kind = CSV if form == "csv" else LINES
    again = data(await admin.put(f"{SETS}/{one['id']}/file", content=file.content, headers=kind))
    assert (again["version"]["version"], again["added"], again["changed"], again["removed"]) == (1, 0, 0, 0)
    other = await eval_set(admin)
    copied = data(await admin.put(f"{SETS}/{other['id']}/file", content=file.content, headers=kind))
    assert copied["version"]["content_hash"] == again["version"]["content_hash"]
    shown = data(await admin.get(f"{SETS}/{other['id']}/cases/case-1"))
    assert (shown["reader"], shown["reference"], shown["expected"][1]["text"]) == (
        "user@example.com",
        "=At six.",
        "at six, sharp",
    )


async def test_a_file_with_bad_lines_changes_nothing_and_says_them_all(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin, asks(1))
    body = jsonl(asks(1), asks(2, colour="red"), asks(3, expected=[{}]), asks(1))
    answer = await admin.put(f"{SETS}/{one['id']}/file", content=body, headers=LINES)
    assert fields(answer) == ["line 2.colour", "line 3.expected.0", "line 4.id"]
    assert await questions(admin, one) == ["What is number 1?"]
    empty = await admin.put(f"{SETS}/{one['id']}/file", content=b"", headers=LINES)
    assert fields(empty) == ["cases"]
    typed = await admin.put(f"{SETS}/{one['id']}/file", content=body, headers={"Content-Type": "image/png"})
    assert code(typed) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_cases_come_of_requests_as_their_sender_kept_them(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin)
    logged = {
        "model": "tenant/acme/help",
        "temperature": 0.2,
        "messages": [
            {"role": "system", "content": "You are Acme."},
            {"role": "user", "content": "Who closes the harbour?"},
            {"role": "assistant", "content": "The harbour master.", "tool_calls": []},
            {
                "role": "user",
                "content": [{"type": "text", "text": "And when?"}, {"type": "image_url", "image_url": {}}],
            },
        ],
    }
    body = {"requests": [logged, logged, {**logged, "reader": "ben@acme.example"}], "tags": ["past"]}
    made = data(await admin.post(f"{SETS}/{one['id']}/from-requests", json=body), 201)
    assert made["added"] == 2
    first, second = data(await admin.get(f"{SETS}/{one['id']}/cases"))
    assert (first["question"], first["reader"], first["tags"]) == ("And when?", None, ["past"])
    assert [turn["content"] for turn in first["history"]] == ["Who closes the harbour?", "The harbour master."]
    assert (second["question"], second["reader"]) == ("And when?", "ben@acme.example")
    again = data(await admin.post(f"{SETS}/{one['id']}/from-requests", json=body), 201)
    assert (again["version"]["version"], again["added"]) == (1, 0)
    unasked = {"requests": [logged, {"messages": [{"role": "assistant", "content": "Hm."}]}]}
    refused = await admin.post(f"{SETS}/{one['id']}/from-requests", json=unasked)
    assert fields(refused) == ["requests.1.messages"]


async def test_two_who_change_a_set_at_once_both_get_a_version_of_their_own(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin, asks(0))
    paths = f"{SETS}/{one['id']}/cases"
    done = await asyncio.gather(*(admin.post(paths, json={"cases": [asks(number)]}) for number in range(1, 6)))
    assert sorted(data(each, 201)["version"]["version"] for each in done) == [2, 3, 4, 5, 6]
    assert len(await questions(admin, one)) == 6


async def test_who_changes_an_older_state_than_there_is_is_refused(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin)
    tag = {"If-Match": (await admin.get(f"{SETS}/{one['id']}")).headers["etag"]}
    data(await admin.put(f"{SETS}/{one['id']}/file", content=jsonl(asks(1)), headers={**LINES, **tag}))
    stale = await admin.put(f"{SETS}/{one['id']}/file", content=jsonl(asks(2)), headers={**LINES, **tag})
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert code(await admin.delete(f"{SETS}/{one['id']}", headers=tag)) == (412, "PRECONDITION_FAILED")


async def test_a_repeated_request_adds_its_cases_once(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin)
    sent = {"json": {"cases": [{"question": "Who?"}]}, "headers": {"Idempotency-Key": "k1"}}
    first, again = [await admin.post(f"{SETS}/{one['id']}/cases", **sent) for _ in range(2)]  # type: ignore[arg-type]
    assert first.text == again.text
    assert again.headers["idempotency-replayed"] == "true"
    other = {"json": {"cases": [{"question": "Whom?"}]}, "headers": {"Idempotency-Key": "k1"}}
    assert code(await admin.post(f"{SETS}/{one['id']}/cases", **other))[1] == "IDEMPOTENCY_MISMATCH"  # type: ignore[arg-type]


async def test_who_may_look_may_not_write_and_who_may_do_neither_sees_nothing(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin, asks(1))
    await acme.person("reader", "tenant_user", permissions=["scaipersona:view"])
    await acme.person("author", "tenant_user", permissions=["scaipersona:view", "scaipersona:test"])
    reader, author, user = (acme.client(name) for name in ("reader", "author", "user"))
    assert len(data(await reader.get(SETS))) == 1
    for path, body in [("", {"name": "x"}), (f"/{one['id']}/cases", {"cases": [asks(2)]})]:
        assert code(await reader.post(f"{SETS}{path}", json=body)) == (403, "AUTHZ_PERMISSION_DENIED")
        assert code(await user.get(f"{SETS}{path}")) == (403, "AUTHZ_PERMISSION_DENIED")
        data(await author.post(f"{SETS}{path}", json=body), 201)


async def test_another_tenants_set_is_not_there_by_id_or_by_slug(running: Running, acme: Organisation) -> None:
    one = await eval_set(acme.client("admin"), asks(1))
    other = await organisation(running)
    stranger = other.client("admin")
    for name in (one["id"], one["slug"]):
        assert code(await stranger.get(f"{SETS}/{name}")) == (404, "EVALUATION_SET_NOT_FOUND")
        assert code(await stranger.get(f"{SETS}/{name}/export")) == (404, "EVALUATION_SET_NOT_FOUND")
    assert data(await stranger.get(SETS)) == []
    data(await stranger.post(SETS, json={"name": one["name"]}), 201)
    await other.aclose()


async def test_what_is_done_to_sets_is_in_the_trail_without_what_they_ask(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin, asks(1, question="Who is paid ninety guilders?"))
    await put(admin, one, asks(1, question="Who is paid ninety guilders?"))
    data(await admin.patch(f"{SETS}/{one['id']}", json={"name": "Quay"}))
    data(await admin.delete(f"{SETS}/{one['id']}"))
    wanted = {"target_id": one["id"], "order": "asc", "module": "scaipersona"}
    trail = await admin.get("/v1/audit/events", params=wanted)
    assert [event["action"] for event in data(trail)["items"]] == [
        f"evaluation_set.{done}" for done in ("created", "cases_changed", "updated", "deleted")
    ]
    assert "guilders" not in trail.text
    assert code(await admin.get(f"{SETS}/{one['id']}"))[0] == 404


async def test_a_version_or_a_case_that_is_not_there_is_said_to_be_none(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, empty = await eval_set(admin, asks(1)), await eval_set(admin)
    assert code(await admin.get(f"{SETS}/{one['id']}/cases", params={"version": 2}))[1] == "EVALUATION_SET_NOT_FOUND"
    assert code(await admin.get(f"{SETS}/{one['id']}/cases/nobody"))[1] == "EVALUATION_CASE_NOT_FOUND"
    assert code(await admin.delete(f"{SETS}/{one['id']}/cases/nobody"))[1] == "EVALUATION_CASE_NOT_FOUND"
    assert fields(await admin.delete(f"{SETS}/{one['id']}/cases/case-1")) == ["cases"]
    assert code(await admin.get(f"{SETS}/{empty['id']}/export"))[1] == "EVALUATION_SET_NOT_FOUND"
    assert data(await admin.get(f"{SETS}/{empty['id']}/cases")) == []


async def test_two_cases_of_one_id_are_not_taken_for_one(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin)
    answer = await admin.post(f"{SETS}/{one['id']}/cases", json={"cases": [asks(1), asks(1, question="Another?")]})
    assert fields(answer) == ["cases"]


async def test_there_is_an_end_to_what_a_tenant_keeps(acme: Organisation) -> None:
    admin = acme.client("admin")
    one = await eval_set(admin, asks(1))
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(EvalSet, one["id"])
        row.kept = MOST_KEPT
        now, author = transaction.clock.now(), acme.people["admin"].id
        plain = {"name": "Many", "created_by": author, "created_at": now, "updated_at": now}
        for number in range(MOST_SETS - 1):
            transaction.session.add(EvalSet(id=new_id("evs"), slug=f"many-{number}", **plain))
    full = await admin.post(SETS, json={"name": "One more"})
    kept = await admin.post(f"{SETS}/{one['id']}/cases", json={"cases": [asks(2)]})
    assert code(full) == code(kept) == (429, "QUOTA_EXCEEDED")
    assert data(await admin.get(f"{SETS}/{one['id']}"))["version"] == 1
