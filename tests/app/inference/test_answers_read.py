"""An answer of a model server is read fast, and as Python reads JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inference.backends.errand import said_in

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(said=_VALUES, ascii_only=st.booleans())
def test_it_says_what_it_said(said: Any, ascii_only: bool) -> None:
    body = json.dumps(said, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    assert said_in(body) == json.loads(body)


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_same_to_its_last_bit(number: float) -> None:
    read = said_in(json.dumps([number]).encode())
    assert isinstance(read, list)
    assert math.copysign(1, read[0]) == math.copysign(1, number)
    assert read[0] == number


@pytest.mark.parametrize(
    "body",
    [
        b'{"half": "\\ud83d"}',
        '\ufeff{"marked": 1}'.encode(),
        '{"wide": "\u00e9"}'.encode("utf-16"),
        b"[" * 500 + b"]" * 500,
        b'{"twice": 1, "twice": 2}',
        b"[NaN, Infinity, -Infinity, 1e400, -0.0, 123456789012345678901234567890]",
    ],
    ids=["half of a pair", "byte order mark", "utf-16", "deep", "twice", "numbers"],
)
def test_what_is_unusual_is_read_as_python_reads_it(body: bytes) -> None:
    assert repr(said_in(body)) == repr(json.loads(body))


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b'{"a": 1} trailing', b"\xff\xfe\xfd"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        said_in(body)
