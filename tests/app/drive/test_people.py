"""A token is somebody's only if it was signed for this drive and has not ended."""

from __future__ import annotations

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from app.clock import SystemClock
from app.drive.opening import AUDIENCE, people_of
from app.drive.rights import Reader
from app.errors import CannotStart
from app.identity.errors import TokenInvalid
from tests.world.drive import SECRET
from tests.world.scaikey import rsa

PEOPLE = people_of(SECRET, AUDIENCE, SystemClock())


def signed(key: Any = None, alg: str = "HS256", **changed: Any) -> str:
    said = {"sub": "ada", "aud": AUDIENCE, "exp": int(time.time()) + 300} | changed
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode({"alg": alg}, said, key or OctKey.import_key(SECRET), algorithms=[alg])


async def test_what_a_token_says_of_somebody_is_who_they_are() -> None:
    told = signed(email=" Ada@Example.com", tenant_id="ext", groups=["board", 7, ""], aud=["x", AUDIENCE])
    assert await PEOPLE.reader_of(told) == Reader("ada", "ext", "ada@example.com", frozenset({"board"}))


async def test_a_token_of_our_own_making_is_good() -> None:
    reader = Reader("ada", "ext", "ada@example.com", frozenset({"board", "staff"}))
    assert await PEOPLE.reader_of(PEOPLE.token_for(reader, 60)) == reader


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "a" * 20_000,
        signed(aud="scaigrid"),
        signed(aud=None),
        signed(exp=None),
        signed(exp=int(time.time()) - 3600),
        signed(exp="soon"),
        signed(exp=True),
        signed(sub=None),
        signed(sub=""),
        signed(sub=7),
        signed(OctKey.import_key(b"t" * 40)),
        signed(rsa("other"), "RS256"),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJhdWQiOiJzY2FpZHJpdmUiLCJleHAiOjk5OTk5OTk5OTl9.",
    ],
)
async def test_any_other_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        await PEOPLE.reader_of(token)


def test_a_secret_that_can_be_guessed_is_none() -> None:
    with pytest.raises(CannotStart):
        people_of(b"short", AUDIENCE, SystemClock())
