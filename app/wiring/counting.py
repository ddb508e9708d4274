"""Roof, wiring: where rates are counted."""

from __future__ import annotations

from app import checks
from app.db.engine import Database
from app.limits.ports import RateCounter
from app.limits.sql import SqlRateCounter, open_counters
from app.loading import loading
from app.settings import Settings
from app.telemetry.health import Check


def rate_counter(settings: Settings, database: Database) -> tuple[RateCounter, Check]:
    """Count in Redis where there is one, else in the database; and how to see that it works."""
    counter = SqlRateCounter(open_counters(settings.home) if database.is_sqlite else database.lanes)
    address = settings.redis_url.get_secret_value()
    if not address:
        return counter, checks.embedded_check("rate_counter")
    with loading():
        from app.limits.redis import RedisRateCounter, open_redis  # noqa: PLC0415 - is not loaded for nothing

    redis = RedisRateCounter(open_redis(address), fallback=counter)
    return redis, Check("rate_counter", "Rate limits are not counted.", redis.look)
