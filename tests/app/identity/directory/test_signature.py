"""What counts as ScaiKey's own word."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from app.identity.directory.signature import is_fresh, is_genuine

NOW, SECRET, BODY = 1_750_000_000, "s3cret", b'{"id": "evt_1"}'


def mac(at: object = NOW, secret: str = SECRET, body: bytes = BODY) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


GOOD = {
    "plain": f"t={NOW},v1={mac()}",
    "with spaces": f"t={NOW}, v1={mac()}",
    "in capitals": f"t={NOW},v1={mac().upper()}",
    "second of two": f"t={NOW},v1={mac(secret='old')},v1={mac()}",
    "beside another scheme": f"v0=x,t={NOW},v1={mac()},v2=y",
    "as old as may be": f"t={NOW - 300},v1={mac(NOW - 300)}",
    "from a clock ahead": f"t={NOW + 300},v1={mac(NOW + 300)}",
}
BAD = {
    "nothing": "",
    "no time": f"v1={mac()}",
    "no signature": f"t={NOW}",
    "an empty signature": f"t={NOW},v1=",
    "two times": f"t={NOW},t={NOW},v1={mac()}",
    "another secret": f"t={NOW},v1={mac(secret='other')}",
    "another body": f"t={NOW},v1={mac(body=BODY + b' ')}",
    "another time": f"t={NOW},v1={mac(NOW - 1)}",
    "too old": f"t={NOW - 301},v1={mac(NOW - 301)}",
    "from the future": f"t={NOW + 301},v1={mac(NOW + 301)}",
    "the wrong scheme": f"t={NOW},v0={mac()}",
    "a time with a sign": f"t=+{NOW},v1={mac(f'+{NOW}')}",
    "a time that is none": "t=now,v1=" + mac("now"),
    "digits of elsewhere": f"t=²,v1={mac()}",
    "too many digits": f"t={'9' * 5000},v1={mac()}",
    "a signature of other letters": f"t={NOW},v1=é{mac()}",
    "the eleventh of many": f"t={NOW}," + ",".join(f"v1={number}" for number in range(10)) + f",v1={mac()}",
}


@pytest.mark.parametrize("header", GOOD.values(), ids=GOOD.keys())
def test_good_signatures(header: str) -> None:
    assert is_genuine(SECRET, header, BODY, NOW)
    assert is_fresh(header, NOW)


@pytest.mark.parametrize("header", BAD.values(), ids=BAD.keys())
def test_bad_signatures(header: str) -> None:
    assert not is_genuine(SECRET, header, BODY, NOW)
