"""Crawls are saved, shown, changed and deleted by those who may put documents into their collection."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from acl.permission import EDITOR, VIEWER, Permission
from app.db.tenancy import Reach
from app.ids import new_id
from indexing.crawls.plan import Plan
from indexing.crawls.saved import MOST
from indexing.crawls.tables import Crawl
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.crawls.http.crawling import SEED, begin, crawl_path, put_run, save
from tests.indexing.documents.filing import FILING, filed, let
from tests.world.models import code, data
from tests.world.people import Organisation

DEFAULTS = {
    "seed_url": SEED, "max_depth": 3, "max_pages": 500, "max_total_bytes": 52_428_800, "follow_external": False,
    "include_patterns": [], "exclude_patterns": [], "use_sitemap": False, "acl": {"inherit": True, "aces": []},
    "schedule": None, "next_run_at": None, "last_run": None, "webhook": {"enabled": False},
}  # fmt: skip
STRANGER = {"ace_type": "allow", "principal_type": "user", "principal_id": "usr_x", "permissions": 1}
INGESTING = {"ace_type": "allow", "principal_type": "everyone", "permissions": 8}  # nothing is put into a document


async def test_a_crawl_is_saved_with_what_was_not_said_as_promised(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"])
    assert made["id"].startswith("crw_")
    assert {name: made[name] for name in DEFAULTS} == DEFAULTS
    assert (made["collection_id"], made["owner_id"]) == (plans["id"], acme.people["admin"].id)
    assert made["webhook_secret"] is None
    shown = data(await people["admin"].get(crawl_path(made)))
    assert shown == {name: value for name, value in made.items() if name != "webhook_secret"}
    other = await save(people["admin"], plans["id"], name="Blog")
    listed = data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/crawls"))
    assert [one["id"] for one in listed] == [other["id"], made["id"]]


@pytest.mark.parametrize(("seed", "name"), [("http://127.0.0.1:9", "127.0.0.1"), ("http://127.0.0.1:9/docs/", "docs")])
async def test_a_crawl_that_nobody_names_is_called_as_its_seed_is(acme: Organisation, seed: str, name: str) -> None:
    plans, people = await filed(acme)
    made = await people["admin"].post(f"{COLLECTIONS}/{plans['id']}/crawls", json={"seed_url": seed})
    assert data(made, 201)["name"] == name


async def test_it_is_changed_field_by_field_and_by_nobody_who_saw_an_older_one(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"], max_pages=7, schedule={"type": "daily", "time": "03:30"})
    path, tag = crawl_path(made), (await people["admin"].get(crawl_path(made))).headers["etag"]
    changed = await people["admin"].patch(path, json={"max_depth": 1}, headers={"If-Match": tag})
    assert (data(changed)["max_depth"], data(changed)["max_pages"]) == (1, 7)
    stale = await people["admin"].patch(path, json={"max_depth": 2}, headers={"If-Match": tag})
    assert code(stale) == (412, "PRECONDITION_FAILED")
    put = data(
        await people["admin"].put(path, json={"name": "Other", "max_pages": None, "exclude_patterns": ["*.pdf"]})
    )
    assert (put["name"], put["max_pages"], put["exclude_patterns"]) == ("Other", 7, ["*.pdf"])
    assert put["schedule"]["type"] == "daily"
    gone = data(await people["admin"].put(path, json={"schedule": None}))
    assert (gone["schedule"], gone["next_run_at"]) == (None, None)
    assert data(await people["admin"].delete(path)) == {"deleted": True}
    assert code(await people["admin"].get(path)) == (404, "CRAWL_NOT_FOUND")
    assert code(await people["admin"].delete(path)) == (404, "CRAWL_NOT_FOUND")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"seed_url": "http://127.1.1.1/"}, None),
        ({"seed_url": "http://167772161/"}, None),
        ({"seed_url": "http://[::ffff:10.0.0.1]/"}, None),
        ({"seed_url": "http://169.254.169.254/latest/"}, None),
        ({"seed_url": "file:///etc/passwd"}, None),
        ({"seed_url": ""}, "seed_url"),
        ({"max_pages": 0}, "max_pages"),
        ({"max_pages": "5"}, "max_pages"),
        ({"max_pages": True}, "max_pages"),
        ({"max_depth": -1}, "max_depth"),
        ({"max_total_bytes": 0}, "max_total_bytes"),
        ({"include_patterns": ["x"] * 101}, "include_patterns"),
        ({"include_patterns": ["a\nb"]}, "include_patterns.0"),
        ({"exclude_patterns": ["x" * 1000] * 11}, "exclude_patterns"),
        ({"schedule": {"type": "yearly"}}, "schedule.type"),
        ({"schedule": {"type": "daily", "time": "24:00"}}, "schedule.time"),
        ({"schedule": {"type": "daily", "timezone": "Mars/Olympus"}}, "schedule.timezone"),
        ({"schedule": {"type": "daily", "cron": "0 0 * * *"}}, "schedule"),
        ({"schedule": {"type": "cron"}}, "schedule"),
        ({"schedule": {"type": "cron", "cron": "0 0 30 2 *"}}, "schedule.cron"),
        ({"acl": {"aces": [STRANGER]}}, "acl.aces.0.principal_id"),
        ({"acl": {"aces": [INGESTING]}}, "acl.aces.0.permissions"),
        ({"dry_run": True}, "dry_run"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_at_once(acme: Organisation, said: dict[str, Any], field: str | None) -> None:
    plans, people = await filed(acme)
    body = {"name": "Docs", "seed_url": SEED} | said
    made = await save(people["admin"], plans["id"])
    for answer in (
        await people["admin"].post(f"{COLLECTIONS}/{plans['id']}/crawls", json=body),
        await people["admin"].patch(crawl_path(made), json=said),
    ):
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["details"][0]["field"] == (field or "seed_url")
        assert (answer.json()["error"]["code"] == "BLOCKED_ADDRESS") is (field is None)
    assert len(data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/crawls"))) == 1


@pytest.mark.parametrize(
    ("path", "said", "field", "near"),
    [
        ("", {"max_page": 3}, "max_page", "max_pages"),
        ("s", {"name": "x", "schedule": {"type": "daily", "tmie": "03:30"}}, "schedule.tmie", "time"),
        ("s", {"name": "x", "webhook": {"enable": True}}, "webhook.enable", "enabled"),
        ("s/run", {"dryrun": True}, "dryrun", "dry_run"),
    ],
)
async def test_an_unknown_field_is_refused_with_the_nearest(
    acme: Organisation, path: str, said: dict[str, Any], field: str, near: str
) -> None:
    plans, people = await filed(acme)
    where = f"{COLLECTIONS}/{plans['id']}/crawl{path}"
    if path == "s/run":
        where, seed = f"{crawl_path(await save(people['admin'], plans['id']))}/run", {}
    else:
        seed = {"seed_url": SEED}
    answer = await people["admin"].post(where, json=seed | said)
    assert code(answer) == (422, "VALIDATION_ERROR")
    issue = {"field": field, "message": f"unknown field; did you mean {near!r}?"}
    assert issue in answer.json()["error"]["details"]


async def test_a_seed_that_is_refused_begins_nothing(acme: Organisation) -> None:
    plans, people = await filed(acme)
    path = f"{COLLECTIONS}/{plans['id']}/crawl"
    assert code(await people["admin"].post(path, json={"seed_url": "http://10.0.0.1/"})) == (422, "BLOCKED_ADDRESS")
    assert data(await people["admin"].get(path)) == []


async def test_the_entries_of_its_documents_are_kept_as_they_are_meant(acme: Organisation) -> None:
    plans, people = await filed(acme)
    whom = {"principal_type": "user", "principal_id": acme.people["user"].id}
    aces = [
        {"ace_type": "allow", **whom, "permissions": "VIEWER", "note": "for them"},
        {
            "ace_type": "deny",
            "principal_type": "everyone",
            "permissions": ["READ"],
            "expires_at": "2099-01-01T00:00:00Z",
        },
    ]
    made = await save(people["admin"], plans["id"], acl={"inherit": False, "aces": aces})
    assert made["acl"]["inherit"] is False
    first, second = made["acl"]["aces"]
    assert (first["permissions"], first["permission_names"]) == (49, ["READ", "LIST", "READ_PERMISSIONS"])
    assert (first["principal_id"], first["note"], first["expires_at"]) == (acme.people["user"].id, "for them", None)
    assert (second["ace_type"], second["principal_id"], second["permissions"]) == ("deny", None, 1)
    assert second["expires_at"].startswith("2099-01-01T00:00:00")


async def test_who_may_read_what_is_told_and_said_by_those_alone_who_may(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve", "mallory")
    await acme.person("carol", "tenant_user", permissions=(*FILING, "scaimatrix:access"))
    entry = {"ace_type": "allow", "principal_type": "everyone", "permissions": "VIEWER"}
    acl = {"inherit": False, "aces": [entry]}
    made = await save(people["admin"], plans["id"], acl=acl)
    await let(acme, plans["id"], "eve", VIEWER)
    await let(acme, plans["id"], "mallory", Permission.READ | Permission.INGEST)
    await let(acme, plans["id"], "carol", EDITOR)
    every = f"{COLLECTIONS}/{plans['id']}/crawls"
    for name, told in (("eve", made["acl"]), ("mallory", None)):
        assert data(await people[name].get(crawl_path(made)))["acl"] == told
        assert [one["acl"] for one in data(await people[name].get(every))] == [told]
    assert data(await people["mallory"].patch(crawl_path(made), json={"name": "x"}))["acl"] is None
    for refused in (
        await people["mallory"].post(every, json={"name": "x", "seed_url": SEED, "acl": acl}),
        await people["mallory"].post(every.removesuffix("s"), json={"seed_url": SEED, "acl": acl}),
        await people["mallory"].patch(crawl_path(made), json={"acl": {}}),
    ):
        assert code(refused) == (403, "AUTHZ_PERMISSION_DENIED")
    changed = await acme.client("carol").patch(crawl_path(made), json={"acl": {}})
    assert data(changed)["acl"] == {"inherit": True, "aces": []}
    await begin(people["mallory"], plans["id"], acl={"inherit": True, "aces": []})


async def test_who_may_only_read_sees_crawls_and_changes_nothing(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve", "mallory")
    made = await save(people["admin"], plans["id"])
    await let(acme, plans["id"], "eve", VIEWER)
    path = crawl_path(made)
    assert data(await people["eve"].get(path))["id"] == made["id"]
    assert data(await people["eve"].get(f"{path}/calls")) == []
    for refused in (
        await people["eve"].patch(path, json={"name": "Mine"}),
        await people["eve"].delete(path),
        await people["eve"].post(f"{path}/run"),
        await people["eve"].post(f"{COLLECTIONS}/{plans['id']}/crawls", json={"name": "x", "seed_url": SEED}),
        await people["eve"].post(f"{COLLECTIONS}/{plans['id']}/crawl", json={"seed_url": SEED}),
    ):
        assert code(refused) == (403, "AUTHZ_PERMISSION_DENIED")
    for method in ("GET", "PATCH", "DELETE"):
        hidden = await people["mallory"].request(method, path, json={} if method == "PATCH" else None)
        missing = await people["mallory"].request(method, f"{path}x", json={} if method == "PATCH" else None)
        assert code(hidden) == code(missing) == (404, "CRAWL_NOT_FOUND")


async def test_it_runs_with_the_rights_of_whoever_changed_what_it_does(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    made = await save(people["admin"], plans["id"])
    await let(acme, plans["id"], "eve", EDITOR)
    renamed = data(await people["eve"].patch(crawl_path(made), json={"name": "Another"}))
    assert renamed["owner_id"] == acme.people["admin"].id
    changed = data(await people["eve"].patch(crawl_path(made), json={"max_pages": 9}))
    assert changed["owner_id"] == acme.people["eve"].id
    run = data(await people["admin"].post(f"{crawl_path(made)}/run"), 202)
    assert (run["started_by"], run["trigger"], run["crawl_id"]) == (acme.people["admin"].id, "manual", made["id"])
    assert (run["max_pages"], run["status"], run["dry_run"]) == (9, "pending", False)


async def test_one_crawl_runs_once_at_a_time(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"])
    first = data(await people["admin"].post(f"{crawl_path(made)}/run", json={"dry_run": True}), 202)
    assert first["dry_run"] is True
    assert code(await people["admin"].post(f"{crawl_path(made)}/run")) == (409, "JOB_ALREADY_RUNNING")
    await put_run(acme, first["id"], status="completed")
    second = data(await people["admin"].post(f"{crawl_path(made)}/run"), 202)
    assert second["id"] != first["id"]
    ad_hoc = [await begin(people["admin"], plans["id"]) for _ in range(2)]
    assert {run["trigger"] for run in ad_hoc} == {"ad_hoc"}


async def test_its_last_run_is_shown_and_no_dry_one(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made, other = [await save(people["admin"], plans["id"]) for _ in range(2)]
    path, tag = crawl_path(made), (await people["admin"].get(crawl_path(made))).headers["etag"]
    runs = []
    for dry_run in (False, True):
        runs.append(data(await people["admin"].post(f"{path}/run", json={"dry_run": dry_run}), 202))
        await put_run(acme, runs[-1]["id"], status="failed", error_code="CRAWL_SEED_FAILED", error_message="Nothing.")
    changed = await people["admin"].get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200, "how it went is news"
    last = data(changed)["last_run"]
    said = {"id": runs[0]["id"], "trigger": "manual", "status": "failed", "error_message": "Nothing."}
    assert {name: last[name] for name in said} == said
    assert last["finished_at"] is not None
    listed = data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/crawls"))
    assert {one["id"]: one["last_run"] for one in listed} == {made["id"]: last, other["id"]: None}
    shown = await people["admin"].patch(path, json={"name": "x"}, headers={"If-Match": tag})
    assert data(shown)["last_run"] == last, "that it ran is no change of it to who changes it"
    again = await people["admin"].get(path, headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 304
    assert " " not in shown.headers["etag"], "a tag is one word"


async def test_the_answer_says_where_a_run_is(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"])
    for path, body in ((f"{COLLECTIONS}/{plans['id']}/crawl", {"seed_url": SEED}), (f"{crawl_path(made)}/run", {})):
        for _ in range(2):
            answer = await people["admin"].post(path, json=body, headers={"Idempotency-Key": path})
            assert data(await people["admin"].get(answer.headers["location"])) == data(answer, 202)


async def test_a_request_with_a_key_is_one_crawl(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"])
    for path, body in (
        (f"{COLLECTIONS}/{plans['id']}/crawl", {"seed_url": SEED}),
        (f"{COLLECTIONS}/{plans['id']}/crawls", {"seed_url": SEED, "name": "x"}),
        (f"{crawl_path(made)}/run", {}),
    ):
        answers = [await people["admin"].post(path, json=body, headers={"Idempotency-Key": path}) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert answers[1].headers["idempotency-replayed"] == "true"
    assert len(data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/crawl"))) == 2


async def test_deleting_a_crawl_ends_its_run_and_keeps_what_there_was(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"])
    run = data(await people["admin"].post(f"{crawl_path(made)}/run"), 202)
    data(await people["admin"].delete(crawl_path(made)))
    (left,) = data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/crawl"))
    assert (left["id"], left["crawl_id"], left["seed_url"]) == (run["id"], None, SEED)


async def test_next_times_are_shown(acme: Organisation) -> None:
    plans, people = await filed(acme)
    now = acme.running.platform.clock.now()
    daily = await save(
        people["admin"], plans["id"], schedule={"type": "daily", "time": "02:30", "timezone": "Asia/Tokyo"}
    )
    assert daily["schedule"] == {"type": "daily", "time": "02:30", "timezone": "Asia/Tokyo", "day": None, "cron": None}
    coming = datetime.fromisoformat(daily["next_run_at"])
    assert now < coming <= now + timedelta(days=1)
    assert (coming.hour, coming.minute) == (17, 30)
    weekly = await save(people["admin"], plans["id"], schedule={"type": "weekly", "day": "friday"})
    assert (weekly["schedule"]["day"], weekly["schedule"]["time"]) == ("friday", "00:00")
    assert datetime.fromisoformat(weekly["next_run_at"]).weekday() == 4


async def test_a_collection_has_an_end_to_its_crawls(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await save(people["admin"], plans["id"])
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(Crawl, made["id"])
        said = Plan.of_saved(row).written() | {"name": "x", "collection_id": plans["id"], "owner_id": row.owner_id}
        times = {"created_at": row.created_at, "updated_at": row.updated_at}
        transaction.session.add_all(Crawl(id=new_id("crw"), **said, **times) for _ in range(MOST - 1))
    body = {"name": "x", "seed_url": SEED}
    assert code(await people["admin"].post(f"{COLLECTIONS}/{plans['id']}/crawls", json=body)) == (429, "QUOTA_EXCEEDED")
    data(await people["admin"].delete(crawl_path(made)))
    await save(people["admin"], plans["id"])
