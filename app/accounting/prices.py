"""Ground floor, accounting: exact money: what tokens cost, and how an amount is written."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

from app.db.types import MONEY_PLACES

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_PLACES = Decimal(1).scaleb(-MONEY_PLACES)
_MILLION = Decimal(1_000_000)


def cost_of(
    input_tokens: int, output_tokens: int, *, input_price_per_mtok: Decimal, output_price_per_mtok: Decimal
) -> Decimal:
    """What a call cost: exact for prices with up to six places, rounded at the twelfth place beyond."""
    spent = _EXACT.add(
        _EXACT.multiply(Decimal(input_tokens), input_price_per_mtok),
        _EXACT.multiply(Decimal(output_tokens), output_price_per_mtok),
    )
    return _EXACT.quantize(_EXACT.divide(spent, _MILLION), _PLACES)


def plain(amount: Decimal) -> str:
    """Write an amount without exponent or trailing zeros: `0.0000015`, `12`, `0`."""
    written = format(amount, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
