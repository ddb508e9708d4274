"""Money and time of accounting: pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounting.calls import FinishedCall
from app.accounting.periods import end_of, start_of
from app.accounting.prices import cost_of, plain
from tests.app.accounting.world import NOON

PRICES = st.decimals(0, 100_000, places=6)
TOKENS = st.integers(0, 10**9)


@given(TOKENS, TOKENS, PRICES, PRICES)
def test_a_price_with_six_places_costs_exactly_what_it_says(
    tokens_in: int, tokens_out: int, price_in: Decimal, price_out: Decimal
) -> None:
    cost = cost_of(tokens_in, tokens_out, input_price_per_mtok=price_in, output_price_per_mtok=price_out)
    truth = (Fraction(price_in) * tokens_in + Fraction(price_out) * tokens_out) / 1_000_000
    assert Fraction(cost) == truth


@pytest.mark.parametrize(
    ("amount", "written"),
    [("0E-12", "0"), ("0.000001500000", "0.0000015"), ("1E+3", "1000"), ("12.50", "12.5"), ("100", "100")],
)
def test_an_amount_is_written_plainly(amount: str, written: str) -> None:
    assert plain(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("period", "moment", "start", "end"),
    [
        ("daily", datetime(2026, 3, 1, 23, 59, 59, 999999, UTC), (2026, 3, 1), (2026, 3, 2)),
        ("weekly", datetime(2026, 3, 1, tzinfo=UTC), (2026, 2, 23), (2026, 3, 2)),  # a Sunday
        ("weekly", datetime(2026, 3, 2, tzinfo=UTC), (2026, 3, 2), (2026, 3, 9)),
        ("monthly", datetime(2026, 1, 31, 5, tzinfo=UTC), (2026, 1, 1), (2026, 2, 1)),
        ("monthly", datetime(2026, 12, 31, 5, tzinfo=UTC), (2026, 12, 1), (2027, 1, 1)),
    ],
)
def test_periods_begin_and_end_in_utc(
    period: str, moment: datetime, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    assert start_of(period, moment) == datetime(*start, tzinfo=UTC)
    assert end_of(period, datetime(*start, tzinfo=UTC)) == datetime(*end, tzinfo=UTC)


def test_a_total_has_one_period_without_end() -> None:
    assert start_of("total", NOON) == start_of("total", NOON.replace(year=2030))
    assert end_of("total", start_of("total", NOON)) is None


def test_a_call_comes_back_from_its_line_as_it_went() -> None:
    call = FinishedCall(
        id="use_1",
        created_at=NOON.replace(microsecond=123456),
        partner_id="prt_1",
        tenant_id="tnt_1",
        user_id="usr_1",
        key_id=None,
        groups=frozenset({"grp_1", "grp_2"}),
        model="acme/größe\n",
        model_id="mdl_1",
        backend_id=None,
        operation="chat",
        outcome="cancelled",
        input_tokens=1,
        output_tokens=2,
        estimated=True,
        cost=Decimal("0.000000000001"),
        latency_ms=0.1,
        ttft_ms=None,
        request_id="req_1",
    )
    assert call.line().count(b"\n") == 1
    assert FinishedCall.from_line(call.line()) == call
