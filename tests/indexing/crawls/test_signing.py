"""A call that starts a crawl is signed in one of two ways, or it could be anybody's."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping

import pytest

from indexing.crawls.signing import Signed, is_genuine, read_signature

SECRET, NOW, BODY = "cws_secret", 1_795_000_000.0, b'{"ref": "main"}'


def mac(signed: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def ours(body: bytes = BODY, at: object = int(NOW), **changed: str) -> dict[str, str]:
    said = {"x-scaigrid-signature": mac(f"{at}.".encode() + body), "x-scaigrid-timestamp": str(at)}
    return said | {name.replace("_", "-"): value for name, value in changed.items()}


def theirs(body: bytes = BODY, delivery: str = "72d3162e-cc78-11e3-81ab-4c9367dc0958") -> dict[str, str]:
    return {"x-hub-signature-256": mac(body), "x-github-delivery": delivery}


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 16):
        yield body[start : start + 16]


async def good(headers: Mapping[str, str], body: bytes = BODY, now: float = NOW) -> bool:
    signed = read_signature(headers, now)
    return signed is not None and await is_genuine(SECRET, signed, in_pieces(body))


UPPER = "sha256=" + ours()["x-scaigrid-signature"].removeprefix("sha256=").upper()


@pytest.mark.parametrize("headers", [ours(), theirs(), ours(x_scaigrid_signature=UPPER)])
async def test_both_ways_are_understood(headers: dict[str, str]) -> None:
    assert await good(headers)
    assert not await good(headers, BODY + b" ")
    assert not await good(headers, b"")


async def test_the_example_of_githubs_manual_is_understood() -> None:
    said = {
        "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "x-github-delivery": "1",
    }
    signed = read_signature(said, NOW)
    assert signed is not None
    assert await is_genuine("It's a Secret to Everybody", signed, in_pieces(b"Hello, World!"))


@pytest.mark.parametrize("apart", [-300, 300])
async def test_a_signature_is_fresh_for_five_minutes_on_any_clock(apart: int) -> None:
    beyond = apart + (1 if apart > 0 else -1)
    assert await good(ours(at=int(NOW) + apart))
    assert read_signature(ours(at=int(NOW) + beyond), NOW) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-scaigrid-signature": "", "x-scaigrid-timestamp": str(int(NOW))},
        ours(x_scaigrid_timestamp=""),
        ours(x_scaigrid_timestamp="yesterday"),
        ours(x_scaigrid_timestamp="1" * 400),
        ours(x_scaigrid_timestamp="-1"),
        ours(x_scaigrid_timestamp=f"{int(NOW)}.5"),
        ours(x_scaigrid_signature="md5=" + "0" * 64),
        ours(x_scaigrid_signature=mac(b"")[:-1]),
        ours(x_scaigrid_signature="sha256=" + "é" * 64),
        {"x-hub-signature-256": mac(BODY)},  # by which it would be known when it comes again is missing
        theirs(delivery=""),
        theirs(delivery="x" * 201),
        # A fresh signature of GitHub's kind does not make up for one of ours that is old.
        ours(at=int(NOW) - 999) | theirs(),
    ],
)
def test_what_could_be_nobodys_is_refused_before_its_body_is_read(headers: dict[str, str]) -> None:
    assert read_signature(headers, NOW) is None


async def test_another_secret_another_time_or_another_way_is_not_genuine() -> None:
    stolen = ours()
    assert not await good(stolen | {"x-scaigrid-timestamp": str(int(NOW) + 1)})
    assert not await good({"x-hub-signature-256": stolen["x-scaigrid-signature"], "x-github-delivery": "1"})
    assert not await good({"x-hub-signature-256": mac(BODY, "another"), "x-github-delivery": "1"})


@pytest.mark.parametrize("at", [int(NOW), int(NOW) - 10_000, 1, 10**11])
async def test_a_call_of_ours_does_not_come_again_as_one_of_githubs(at: int) -> None:
    """Both are signed with one secret, and what we sign for is a time, a dot and the body."""
    stolen, body = ours(at=at)["x-scaigrid-signature"], f"{at}.".encode() + BODY
    assert not await good({"x-hub-signature-256": stolen, "x-github-delivery": "new"}, body)
    assert await good(theirs(b"payload=1.5"), b"payload=1.5")


def test_a_call_is_known_again_however_its_headers_are_written() -> None:
    def digest(headers: Mapping[str, str]) -> str:
        signed = read_signature(headers, NOW)
        assert isinstance(signed, Signed)
        return signed.digest

    assert digest(ours()) == digest(ours(x_scaigrid_signature=UPPER))
    assert digest(ours(b"a")) != digest(ours(b"b"))
    assert digest(ours(at=int(NOW))) != digest(ours(at=int(NOW) - 1))
    assert digest(theirs(b"a", "1")) == digest(theirs(b"b", "1"))
    assert digest(theirs(delivery="1")) != digest(theirs(delivery="2"))
