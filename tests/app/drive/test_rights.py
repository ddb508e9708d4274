"""What drive.toml says is what people may, and nothing it does not say is anybody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.drive.rights import RIGHTS, Reader, Rights, RightsBroken, RightsFile
from tests.world.drive import filled

SAID = """
[groups]
board = ["ada@example.com", "u-bo"]

[shares.handbook]
readers = ["everyone"]

[shares.finance]
readers = ["group:finance", "group:board", "tenant:acme"]
[[shares.finance.only]]
files = "board/*"
readers = ["group:board"]
[[shares.finance.only]]
files = "*/pay.txt"
readers = ["user:ada@example.com"]

[shares.nobodys]
"""
ADA = Reader("u-ada", email="ada@example.com")
BO = Reader("u-bo")
CY = Reader("u-cy", groups=frozenset({"finance"}))
DEE = Reader("u-dee", tenant="acme")
EVE = Reader("u-eve", tenant="other", email="eve@example.com", groups=frozenset({"staff"}))


@pytest.fixture
def rights(tmp_path: Path) -> Rights:
    return RightsFile(filled(tmp_path, {RIGHTS: SAID})).read()


@pytest.mark.parametrize(
    ("share", "who"),
    [("handbook", [ADA, BO, CY, DEE, EVE]), ("finance", [ADA, BO, CY, DEE]), ("nobodys", []), ("unheard-of", [])],
)
def test_a_share_is_there_for_those_it_names(rights: Rights, share: str, who: list[Reader]) -> None:
    assert [one for one in (ADA, BO, CY, DEE, EVE) if rights.of(one).may_see(share)] == who


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("plan.txt", [ADA, BO, CY, DEE]),
        ("board/minutes.txt", [ADA, BO]),
        ("BOARD/Minutes.txt", [ADA, BO]),
        ("board/a/b.txt", [ADA, BO]),
        ("board/pay.txt", [ADA]),
        ("staff/pay.txt", [ADA]),
    ],
)
def test_a_narrowing_takes_away_and_never_gives(rights: Rights, path: str, who: list[Reader]) -> None:
    assert [one for one in (ADA, BO, CY, DEE, EVE) if rights.of(one).may_read("finance", path)] == who


def test_nobody_is_who_they_only_sound_like(rights: Rights) -> None:
    for reader in (Reader("ada@example.comx"), Reader("finance"), Reader("group:board"), Reader("", email="")):
        assert not rights.of(reader).may_see("finance")


def test_capitals_make_no_other_address_and_another_id(tmp_path: Path) -> None:
    said = "[groups]\nboard = ['Ada@Example.com', 'Bo']\n[shares.a]\nreaders = ['group:board', 'user:EVE@example.com']"
    rights = RightsFile(filled(tmp_path, {RIGHTS: said})).read()
    known = [ADA, EVE, Reader("x", email="ADA@example.com"), Reader("Bo")]
    assert all(rights.of(one).may_see("a") for one in known)
    assert not rights.of(Reader("bo")).may_see("a")


@pytest.mark.parametrize(
    "said",
    [
        "[shares.a",
        "[shares.a]\nreaders = ['everybody']",
        "[shares.a]\nreaders = 'everyone'",
        "[shares.a]\nreader = ['everyone']",
        "[shares.'../a']\nreaders = ['everyone']",
        "[shares.a]\nfolder = '../x'",
        "[shares.a]\nfolder = '/etc'",
        "[shares.a]\nfolder = 'way-out'",
        "[shares.a]\nfolder = 'loop/x'",
        "\udc80",
    ],
)
def test_what_cannot_be_understood_lets_nobody_in(tmp_path: Path, said: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "way-out").symlink_to(tmp_path)
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in" / "loop")
    file = RightsFile(filled(tmp_path / "in", {RIGHTS: SAID}))
    assert file.read().shares
    (tmp_path / "in" / RIGHTS).write_bytes(said.encode("utf-8", "surrogateescape"))
    for _ in range(2):
        with pytest.raises(RightsBroken, match=RIGHTS):
            file.read()
    (tmp_path / "in" / RIGHTS).unlink()
    with pytest.raises(RightsBroken):
        file.read()


def test_a_change_counts_from_the_next_reading(tmp_path: Path) -> None:
    file = RightsFile(filled(tmp_path, {RIGHTS: SAID}))
    assert file.read().of(EVE).may_see("handbook")
    (tmp_path / "new").write_text(SAID.replace('"everyone"', '"group:board"'))
    (tmp_path / "new").replace(tmp_path / RIGHTS)
    assert not file.read().of(EVE).may_see("handbook")
