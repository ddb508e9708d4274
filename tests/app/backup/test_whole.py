"""A platform with everything a home can hold, backed up while it answers, and taken back by commands as typed."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.backup.errors import BackupRefused
from tests.app.backup.answers import answers, of, usage
from tests.app.backup.firm import MATRIX, PLANS, SECRET, Firm, Outside, come_and_go, firm, outside
from tests.app.backup.world import restored, typed
from tests.app.moving.world import settled
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.documents.filing import path_of
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, running, settings_for

pytestmark = pytest.mark.sqlite  # the commands are given a folder alone
WORLD: dict[str, Any] = {"allow_hosts": ("127.0.0.1",), "crawl_delay": 0}


async def test_everything_answers_as_before(tmp_path: Path) -> None:
    home, other, file = tmp_path / "home", tmp_path / "other", tmp_path / "all.tar.gz"
    async with outside() as others:
        async with running(settings_for(home, **WORLD)) as before:
            made, neighbours = await firm(before, others), await organisation(before)
            told = await answers(before, made)
            says_much(told, made)
            counted = await booked(before, made)
            await backed_up(before, made, neighbours, file)
            await made.organisation.aclose()
            await neighbours.aclose()
        what_is_gone_is_in_no_backup(file)
        await taken_back(other, file, (home / "secret.key").read_bytes())
        async with running(settings_for(other, **WORLD)) as after:
            assert await usage(after, made) == counted
            others.slow.pause.set()
            for whose in (made.organisation, neighbours):
                await settled(replace(whose, running=after))
            again = await answers(after, made)
            assert {asked: again[asked] for asked in told if again[asked] != told[asked]} == {}
            await keys_and_secrets_work(after, made, others)
            await what_was_begun_is_done(after, made, others)


def says_much(told: dict[str, Any], made: Firm) -> None:
    """Whoever compares nothings finds them the same: all there is was told, and to each what is theirs."""
    ada, ben = (json.dumps(of(told, who)) for who in ("ada", "ben"))
    assert "opens in Hamburg" in ada
    assert "opens in Hamburg" in ben
    assert "ninety crowns" in ada
    assert "ninety crowns" not in ben
    for who, names in (("ada", {"Ada", "Marlow", "Quill", "Tower"}), ("ben", {"Ada", "Marlow", "Tower"})):
        ((_, graph),) = of(told, who, "/graph/query")
        assert {node["name"] for node in graph["data"]["nodes"]} == names
        ((status, answer),) = of(told, who, "/inference/chat")
        assert (status, answer["data"]["retrieval"]["status"]) == (200, "ok")
        assert answer["data"]["retrieval"]["citations"]
    assert [status for status, _ in of(told, "eve")] == [429, 403]
    assert all(of(told, "admin", path)[0][0] == 404 for path in made.gone.values())
    assert {status for status, _ in of(told, "admin")} == {200, 404}


async def booked(before: Running, made: Firm) -> Any:
    """What the calls came to, once the last of them has been written down."""

    async def all_there() -> Any:
        asked = {"user_id": made.organisation.people["ben"].id, "model": made.there["keeper"]["published_slug"]}
        async with before.client(made.key("admin")) as admin:
            return data(await admin.get("/v1/accounting/usage", params=asked))["items"]

    await eventually(all_there)
    return await usage(before, made)


async def backed_up(before: Running, made: Firm, neighbours: Organisation, file: Path) -> None:
    """By another process, while this one answers."""
    done = asyncio.Event()
    model = made.there["handbook"]["embedding_model"]
    going_on = asyncio.ensure_future(come_and_go(neighbours, model, done))
    try:
        code, out, err = await typed(before.settings.home, "backup", str(file), "--json")
    finally:
        done.set()
    statuses = await going_on
    assert (code, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["done"] == "backup"
    assert set(statuses) == {200, 201}
    assert len(statuses) > 8


def what_is_gone_is_in_no_backup(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = gzip.decompress(file.read_bytes()).lower()
    assert b"ninety crowns" in held
    assert b"zeppelin" not in held


def put_in_its_place(key: bytes, home: Path) -> None:
    home.mkdir()  # nothing has been changed: not even that was there
    (home / "secret.key").write_bytes(key)


async def taken_back(other: Path, file: Path, key: bytes) -> None:
    """Not before the secret key is there, which is kept apart; a chain of the trail that were broken would end in 1."""
    with pytest.raises(BackupRefused, match="secret key is missing"):
        await restored(settings_for(other), file)
    put_in_its_place(key, other)
    code, out, err = await typed(other, "restore", str(file))
    assert code == 0, err
    assert "files" in out


async def keys_and_secrets_work(after: Running, made: Firm, others: Outside) -> None:
    """Those that were shown once still open, and those that were revoked do not."""
    for name, status in (("kept", 200), ("revoked", 401)):
        async with after.client(made.shown[name]) as client:
            assert (await client.get("/v1/me")).status_code == status
    body, at = b"{}", str(int(time.time()))
    mac = hmac.new(made.shown["crawl"].encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    signed = {"X-ScaiGrid-Signature": f"sha256={mac}", "X-ScaiGrid-Timestamp": at}
    async with after.client() as anybody:
        path = f"{MATRIX}/crawls/{made.there['crawl']['id']}/trigger"
        data(await anybody.post(path, content=body, headers=signed), 202)
    assert {asked.headers["authorization"] for asked in others.reader.asked} == {"Bearer up-key"}
    async with after.client(made.key("admin")) as admin:
        assert data(await admin.get("/v1/audit/verify"))["intact"]
    async with after.client(made.key("ada")) as ada:
        plans = await ada.get(f"{path_of(made.there['plans'])}/content")
    assert plans.content == PLANS


async def what_was_begun_is_done(after: Running, made: Firm, others: Outside) -> None:
    """The document that waited is read, found, and told of, signed with the secret of before."""
    inbox = f"{COLLECTIONS}/{made.there['inbox']['id']}"
    async with after.client(made.key("ada")) as ada:
        body = {"query": "come in late", "search_type": "keyword"}
        found = data(await ada.post(f"{inbox}/search", json=body))["results"]
    assert [hit["document_id"] for hit in found] == [made.there["late"]["id"]]

    async def told() -> Any:
        return [one for one in others.listener.got if made.there["late"]["id"].encode() in one.body]

    (one,) = await eventually(told)
    mac = hmac.new(SECRET.encode(), one.body, hashlib.sha256).hexdigest()
    assert one.headers["x-scaigrid-signature"] == f"sha256={mac}"
