"""What is not whole, not ours or cannot be kept to is refused, and then nothing of it is there."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from acl.facts import Effect, PrincipalType
from app.backup.errors import ArchiveDamaged, BackupRefused
from app.db.tenancy import Reach
from app.jobs.kinds import JobKind
from app.jobs.tables import RUNNING, WAITING, Job
from app.moving.export import Export
from app.moving.importing import Import, Place
from app.moving.matching import Consent
from app.moving.promise import ErasingPromise
from app.secrets import Secrets
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from tests.app.backup.test_refusing import changed, forged, members_of, names_in, written
from tests.app.backup.world import restored, taken
from tests.app.moving.conftest import Moved
from tests.app.moving.world import MATRIX, exported, found, imported, names, settled, told
from tests.world.models import data
from tests.world.patience import eventually
from tests.world.people import Organisation
from tests.world.platform import settings_for
from tests.world.shelves import enter, group

ELSEWHERE = Consent(unsealed=True)


async def held(organisation: Organisation) -> tuple[int, int]:
    """How many collections and documents there are, deleted ones too."""
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id), writes=False) as transaction:
        counts = [await transaction.session.scalar(select(func.count(one.id))) for one in (Collection, Document)]
    return counts[0] or 0, counts[1] or 0


async def refused(moved: Moved, file: Path, into: Organisation, words: str, consent: Consent = Consent()) -> None:
    """It is refused, and soon nothing of it is anywhere."""
    before, place = await held(into), Place(into.slug, into.people["admin"].email)
    with pytest.raises(BackupRefused, match=words):
        await Import(moved.running.platform, told).run(file, place, consent)
    await nothing_left(into, before)


async def nothing_left(into: Organisation, before: tuple[int, int]) -> None:
    async def gone() -> bool:
        return await held(into) == before

    await eventually(gone)
    await settled(into)


def edited(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def edit(raw: bytes) -> bytes:
        lines = [json.loads(line) for line in raw.splitlines()]
        for line in lines:
            change(line)
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    return edit


async def test_a_denial_of_somebody_unknown_is_not_let_go_of_in_silence(moved: Moved, acme: Organisation) -> None:
    await refused(moved, moved.file, acme, "denies something to whom nobody knows here: group Team")
    made = await imported(moved.running, moved.file, acme, without_denials=True)
    assert made.left_out.denials == ["group Team"]


async def test_two_groups_of_one_name_are_nobody_for_certain(moved: Moved, acme: Organisation) -> None:
    await group(acme, "Team")
    await group(acme, "Team")
    await refused(moved, moved.file, acme, "group Team")


async def test_another_platforms_seal_says_nothing_here(moved: Moved, tmp_path: Path) -> None:
    acme, file = moved.library.organisation, tmp_path / "other.tar"
    other = replace(moved.running.platform, secrets=Secrets(bytes(32)))
    await Export(other, told).run(moved.library.id, file)
    await refused(moved, file, acme, "not sealed by this platform")
    made = await imported(moved.running, file, acme, unsealed=True)
    assert made.left_out.everyone  # whoever wrote it says it is of this tenant; nobody knows
    assert await found(acme, "eve", made.collection_id) == 404


async def test_a_changed_export_with_true_sums_is_refused(moved: Moved, tmp_path: Path) -> None:
    changing = edited(lambda line: line["access"].update(entries=[]))
    file = written(forged(changed(members_of(moved.file), "documents/", changing)), tmp_path / "a.tar")
    await refused(moved, file, moved.library.organisation, "seal is not the platform's", ELSEWHERE)


async def test_a_backup_is_no_export_and_an_export_no_backup(moved: Moved, tmp_path: Path) -> None:
    if not moved.running.settings.database_url:
        file = tmp_path / "all.tar"
        await taken(moved.running.settings, file)
        await refused(moved, file, moved.library.organisation, "none of ours does")
    with pytest.raises(ArchiveDamaged, match="none of ours does"):
        await restored(settings_for(tmp_path / "home"), moved.file, without_key=True)


def of_elsewhere(document: bytes) -> bytes:
    said = json.loads(document)
    said["manifest"]["key"] = "0" * 32
    return json.dumps(said).encode()


@pytest.mark.parametrize(
    ("member", "change", "words"),
    [
        ("documents/", {"chunks": 7}, "does not hold all passages"),
        ("documents/", {"id": "doc_../../x"}, "none of ours: id"),
        ("documents/", {"name": "x" * 300}, "none of ours: name"),
        ("chunks/", {"index": -1}, "none of ours: index"),
        ("chunks/", {"end": 0, "start": 5}, "ends before it begins"),
        ("chunks/", {"document": "doc_" + "0" * 26}, "do not belong together"),
        ("vectors/", {"vector": base64.b64encode(b"\xff" * 64).decode()}, "vectors cannot be read"),
        ("readings/", {"digest": "0"}, "none of ours: digest"),
        ("collection.json", {"slug": "../x"}, "none of ours: slug"),
        ("principals.ndjson", {"id": "usr_somebodyelse"}, "does not say who"),
    ],
)
async def test_nothing_of_a_forged_export_is_believed(
    moved: Moved, tmp_path: Path, member: str, change: dict[str, Any], words: str
) -> None:
    members = changed(members_of(moved.file), member, edited(lambda line: line.update(change)))
    forgery = changed(forged(members), "manifest", of_elsewhere)
    file = written(forgery, tmp_path / "a.tar")
    consent = Consent(unsealed=True, without_denials=True)
    await refused(moved, file, moved.library.organisation, words, consent)


async def test_one_that_is_broken_off_leaves_nothing(moved: Moved, acme: Organisation) -> None:
    before, place = await held(acme), Place(acme.slug, acme.people["admin"].email)

    def dying(stage: str, **_numbers: Any) -> None:
        if stage == "vectors":
            raise KeyError("broken off")

    with pytest.raises(KeyError):
        await Import(moved.running.platform, dying).run(moved.file, place, Consent(without_denials=True))
    assert data(await acme.client("admin").get(f"{MATRIX}/collections")) == []
    await nothing_left(acme, before)


async def test_what_was_left_by_one_that_was_killed_is_erased_in_time(
    moved: Moved, acme: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, place, before = moved.running.platform, Place(acme.slug, acme.people["admin"].email), await held(acme)

    def dying(stage: str, **_numbers: Any) -> None:
        if stage == "chunks":
            raise KeyError("killed")

    async def nothing(_self: ErasingPromise) -> None:
        """Whoever is killed says nothing more."""

    monkeypatch.setattr(ErasingPromise, "keep", nothing)
    with pytest.raises(KeyError):
        await Import(platform, dying).run(moved.file, place, Consent(without_denials=True))
    assert await held(acme) == (before[0] + 1, before[1] + 3)
    assert data(await acme.client("admin").get(f"{MATRIX}/collections")) == []
    async with platform.transactions.open(Reach.one(acme.id)) as transaction:
        mine = Job.tenant_id == acme.id, Job.kind == JobKind.ERASE_COLLECTION, Job.state == WAITING
        due = (await transaction.session.scalars(select(Job.due_at).where(*mine))).one()
        assert platform.clock.now() < due <= platform.clock.now() + timedelta(hours=1)
        sooner = update(Job).where(*mine).values(due_at=platform.clock.now())
        await transaction.session.execute(sooner, execution_options={"synchronize_session": False})
    await nothing_left(acme, before)


async def test_one_that_is_being_erased_never_comes_to_be_there(moved: Moved, acme: Organisation) -> None:
    platform, place, before = moved.running.platform, Place(acme.slug, acme.people["admin"].email), await held(acme)

    def overtaken(stage: str, **_numbers: Any) -> None:
        if stage == "vectors":
            with platform.database.lanes.begin() as connection:
                mine = Job.tenant_id == acme.id, Job.kind == JobKind.ERASE_COLLECTION
                connection.execute(update(Job).where(*mine).values(state=RUNNING, lease_until=platform.clock.now()))

    with pytest.raises(BackupRefused, match="being erased"):
        await Import(platform, overtaken).run(moved.file, place, Consent(without_denials=True))
    await nothing_left(acme, before)


async def test_what_is_erased_while_it_is_written_down_is_not_in_it(moved: Moved, tmp_path: Path) -> None:
    acme, platform = moved.library.organisation, moved.running.platform
    twin = await imported(moved.running, moved.file, acme)
    admin = acme.client("admin")
    documents = data(await admin.get(f"{MATRIX}/collections/{twin.collection_id}/documents"))
    plans = next(one["id"] for one in documents if one["name"] == "plans.md")

    def erasing(stage: str, **_numbers: Any) -> None:
        if stage == "rows":
            folder = moved.running.settings.home / "blobs" / "documents" / acme.id / plans
            for file in folder.rglob("*"):
                if file.is_file():
                    file.unlink()

    file = tmp_path / "a.tar"
    manifest = await Export(platform, erasing).run(twin.collection_id, file)
    assert (manifest.documents, manifest.files) == (3, 2)
    gone = await admin.delete(f"{MATRIX}/collections/{twin.collection_id}/documents/{plans}")
    assert gone.is_success
    made = await imported(moved.running, file, acme)
    assert made.documents == 2
    assert names(await found(acme, "ada", made.collection_id)) == {"secrets.md", "own.md"}


async def test_a_fourth_reader_of_a_hidden_document_is_not_made(moved: Moved, tmp_path: Path) -> None:
    """Entries that have ended, and those about people who are gone, do not come along."""
    acme, platform = moved.library.organisation, moved.running.platform
    twin = await imported(moved.running, moved.file, acme)
    ended = platform.clock.now() - timedelta(seconds=1)
    eve = PrincipalType.USER, acme.people["eve"].id
    nobody = PrincipalType.USER, "usr_00000000000000000000000000"
    await enter(acme, twin.collection_id, Effect.ALLOW, eve, expires_at=ended)
    await enter(acme, twin.collection_id, Effect.DENY, nobody)
    await exported(moved.running, twin.collection_id, tmp_path / "a.tar")
    line = json.loads({one.name: raw for one, raw in members_of(tmp_path / "a.tar")}["collection.json"])
    assert line["access"]["entries"] == []


async def test_it_is_told_where_nobody_is(moved: Moved, tmp_path: Path) -> None:
    platform, acme = moved.running.platform, moved.library.organisation
    for place, words in (
        (Place("nowhere", "a@b"), "no tenant 'nowhere'"),
        (Place(acme.slug, "nobody@there"), "nobody called"),
        (Place(acme.slug, acme.people["admin"].email, embedding_model="no/such"), "--embedding-model"),
    ):
        with pytest.raises(BackupRefused, match=words):
            await Import(platform, told).run(moved.file, place, Consent())
    with pytest.raises(BackupRefused, match="no such collection"):
        await exported(moved.running, "col_none", tmp_path / "a.tar")
    assert names_in(tmp_path) == []
