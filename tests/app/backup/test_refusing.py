"""What is not whole, not ours or in the wrong place is refused, and then nothing has been changed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.backup.errors import ArchiveDamaged, BackupRefused
from app.backup.reading import Archive
from app.backup.restore import Consent, restore_backup
from app.db.engine import open_database
from app.errors import CannotStart
from app.migrations.run import upgrade
from app.secrets import Secrets, keep_key
from tests.app.backup.conftest import Kept
from tests.app.backup.world import restored, rows_of, taken, told
from tests.world.platform import settings_for

pytestmark = pytest.mark.sqlite
Members = list[tuple[tarfile.TarInfo, bytes]]


def members_of(file: Path) -> Members:
    with tarfile.open(file) as archive:
        return [(member, archive.extractfile(member).read()) for member in archive.getmembers()]  # type: ignore[union-attr] # plain files


def written(members: Members, file: Path) -> Path:
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def forged(members: Members) -> Members:
    """The same with true sums: whatever was changed, only the seal is not."""
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {one.name}\n" for one, content in members[:-2]).encode()
    document = json.loads(members[-1][1])
    document["manifest"]["sums"] = hashlib.sha256(sums).hexdigest()
    return [*members[:-2], (members[-2][0], sums), (members[-1][0], json.dumps(document).encode())]


def changed(members: Members, beginning: str, change: Callable[[bytes], bytes]) -> Members:
    return [(one, change(content) if one.name.startswith(beginning) else content) for one, content in members]


async def refused(tmp_path: Path, file: Path, words: str, *, key: Secrets | None = None) -> None:
    """It is refused, and the place is as it was: nothing of a database is there."""
    home = tmp_path / "home"
    home.mkdir()
    if key is not None:
        keep_key(home, key.root)
    with pytest.raises(BackupRefused, match=words):
        await restored(settings_for(home), file)
    assert [name for name in names_in(home) if name.endswith(".db")] == []


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_backup_that_is_cut_anywhere_is_refused(kept: Kept, tmp_path: Path) -> None:
    whole = gzip.decompress(kept.file.read_bytes())
    for number, length in enumerate((0, 100, 512, len(whole) // 3, len(whole) - 40_000, len(whole) - 21_000)):
        cut = tmp_path / f"{number}.tar"
        cut.write_bytes(whole[:length])
        with cut.open("rb") as file, pytest.raises(ArchiveDamaged):
            Archive(file).verify()
    packed = tmp_path / "cut.tar.gz"
    packed.write_bytes(kept.file.read_bytes()[:-2000])
    await refused(tmp_path, packed, "broken off, or cut|ends before")


async def test_a_changed_member_is_named(kept: Kept, tmp_path: Path) -> None:
    members = changed(members_of(kept.file), "rows/users/", lambda content: content.replace(b"Ada", b"Eva"))
    await refused(tmp_path, written(members, tmp_path / "a.tar"), "rows/users/000000.ndjson is not as it was written")


async def test_true_sums_do_not_help_without_the_key(kept: Kept, tmp_path: Path) -> None:
    members = changed(
        members_of(kept.file), "rows/users/", lambda content: content.replace(b"tenant_user", b"super_admin")
    )
    file = written(forged(members), tmp_path / "a.tar")
    await refused(tmp_path, file, "seal is not the platform's", key=kept.running.platform.secrets)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../../etc/passwd", tarfile.REGTYPE),
        ("/etc/passwd", tarfile.REGTYPE),
        ("blobs/../../x", tarfile.REGTYPE),
        ("blobs/documents/x", tarfile.SYMTYPE),
        ("blobs/documents/x", tarfile.LNKTYPE),
        ("rows/users/000001.ndjson", tarfile.DIRTYPE),
        ("rows/users/000001.ndjson", tarfile.XHDTYPE),
        ("rows/users/000001.ndjson", tarfile.GNUTYPE_LONGNAME),
    ],
)
async def test_names_and_kinds_of_others_are_refused(kept: Kept, tmp_path: Path, name: str, kind: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    file = tmp_path / "a.tar"
    file.write_bytes(member.tobuf(tarfile.USTAR_FORMAT) + bytes(10_240))
    await refused(tmp_path, file, "something that none of ours does")


async def test_a_header_that_announces_an_endless_part_fills_no_memory(tmp_path: Path) -> None:
    member = tarfile.TarInfo("manifest.json")
    member.size = 2**40
    file = tmp_path / "a.tar"
    file.write_bytes(member.tobuf(tarfile.GNU_FORMAT) + bytes(10_240))
    await refused(tmp_path, file, "larger than anything")


async def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    for number, raw in enumerate((b"", b"hello" * 1000, gzip.compress(b"hello" * 1000), b"\x1f\x8b" + bytes(2000))):
        file = tmp_path / f"{number}.tar"
        file.write_bytes(raw)
        with file.open("rb") as opened, pytest.raises(ArchiveDamaged):
            Archive(opened).verify()


async def test_a_newer_versions_backup_is_refused_with_a_sentence(kept: Kept, tmp_path: Path) -> None:
    members = changed(
        members_of(kept.file), "manifest", lambda raw: raw.replace(kept.manifest.revision.encode(), b"9999")
    )
    await refused(tmp_path, written(members, tmp_path / "a.tar"), "newer version")


async def test_another_platforms_key_is_told_apart(kept: Kept, tmp_path: Path) -> None:
    await refused(tmp_path, kept.file, "another secret key", key=Secrets(bytes(32)))


async def test_what_is_there_is_replaced_only_if_that_is_said(kept: Kept, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    await restored(settings, kept.file)
    before = rows_of(settings)
    with pytest.raises(BackupRefused, match="not empty"):
        await restored(settings, kept.file)
    blob = tmp_path / "blobs" / "documents" / "tnt_x" / "doc_x"
    blob.mkdir(parents=True)
    (blob / "1.blob").write_bytes(b"of before")
    await restored(settings, kept.file, replace=True)
    assert rows_of(settings) == before
    assert not (blob / "1.blob").exists()


@pytest.mark.parametrize("stage", ["rows", "vectors"])
async def test_one_that_was_killed_is_closed_to_servers_and_begins_anew(kept: Kept, tmp_path: Path, stage: str) -> None:
    settings = settings_for(tmp_path)

    def dying(said: str, **_numbers: Any) -> None:
        if said == stage:
            raise KeyError("killed")

    with pytest.raises(KeyError, match="killed"):
        await restore_backup(settings, kept.file, Consent(), dying)
    with pytest.raises(CannotStart, match="begin it anew"):
        upgrade(open_database(settings.database).lanes, tmp_path)
    await restore_backup(settings, kept.file, Consent(), told)
    upgrade(open_database(settings.database).lanes, tmp_path)
    assert rows_of(settings) == kept.rows


async def test_nothing_stands_under_its_name_before_it_is_whole(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "taken.tar"
    file.write_bytes(b"something else")
    with pytest.raises(BackupRefused, match="is there already"):
        await taken(kept.running.settings, file)
    assert file.read_bytes() == b"something else"
    assert names_in(tmp_path) == ["taken.tar"]
