"""The counter over SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.limits.sql import SqlRateCounter, open_counters
from tests.app.limits.contract import Bench, Hands, RateCounterContract


class TestSql(RateCounterContract):
    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        """Two engines over one file."""
        hands = Hands()
        engines = [open_counters(tmp_path) for _ in range(2)]
        one, other = (SqlRateCounter(engine, hands) for engine in engines)
        yield Bench(one, other, hands)
        await one.aclose()
        await other.aclose()
        for engine in engines:
            engine.dispose()
