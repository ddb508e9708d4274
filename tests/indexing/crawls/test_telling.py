"""Every reason in a ledger is said in a sentence."""

from __future__ import annotations

import pytest

from indexing.crawls.reasons import Reason, of_status
from indexing.crawls.telling import is_reason, sentence_of


@pytest.mark.parametrize("reason", [*map(str, Reason), *(of_status(number) for number in range(100, 600))])
def test_every_reason_is_a_sentence(reason: str) -> None:
    said = sentence_of(reason)
    assert is_reason(reason)
    assert said[0].isupper()
    assert said.endswith(".")
    assert len(said) < 120


@pytest.mark.parametrize("said", ["", "http_", "http_99", "http_600", "http_4040", "Robots", "robots "])
def test_nothing_else_is_one(said: str) -> None:
    assert not is_reason(said)
