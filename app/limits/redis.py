"""Ground floor, limits: counting in Redis, with a counter to fall back on while it is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.limits.ports import WINDOW_SECONDS, Allowance, RateCounter, Verdict
from app.limits.window import Standing, judge
from app.telemetry.health import Finding, State

AWAY_SECONDS = 5.0  # how long Redis is left alone after it failed, so that not every request waits for it
TIMEOUT_SECONDS = 0.5
_NOTICE = "Rate limits are counted in the database meanwhile and have started from zero."
_KEPT_SECONDS = 2 * WINDOW_SECONDS

# Reads both minutes of every name, counts one against all of them if all have room, and says what it read.
# KEYS: before and current of each name in turn, each how often and when last. ARGV: seconds into this minute, then each
# name's limit. Numbers that are not whole come back as they were said, for Lua's would be cut.
_TAKE = f"""
local standings, room, into = {{}}, true, tonumber(ARGV[1])
for place = 1, #KEYS, 2 do
  local before, current = redis.call('HMGET', KEYS[place], 'n', 'at'), redis.call('HMGET', KEYS[place + 1], 'n', 'at')
  local left, limit = tonumber(before[1] or '0'), tonumber(ARGV[(place + 1) / 2 + 1])
  if into >= tonumber(before[2] or '0') then left = 0 else left = left * (1 - into / {WINDOW_SECONDS}) end
  if left + tonumber(current[1] or '0') + 1 > limit then room = false end
  for _, said in ipairs({{before[1], current[1], before[2], current[2]}}) do
    standings[#standings + 1] = said or '0'
  end
end
if room then
  for place = 2, #KEYS, 2 do
    redis.call('HINCRBY', KEYS[place], 'n', 1)
    redis.call('HSET', KEYS[place], 'at', ARGV[1])
    redis.call('EXPIRE', KEYS[place], {_KEPT_SECONDS})
  end
end
return standings
"""

log = structlog.get_logger("limits")


def open_redis(address: str, *, timeout: float = TIMEOUT_SECONDS) -> Redis:
    """Open Redis; nothing is connected yet. Waiting is short: a rate limit is not worth a slow request."""
    # One more try heals a connection that went stale; more would add their waits to the request.
    retry = Retry(NoBackoff(), 1)
    return Redis.from_url(address, socket_timeout=timeout, socket_connect_timeout=timeout, retry=retry)


class RedisRateCounter:
    """A RateCounter over Redis. While Redis is away another one counts: limits still hold, nobody is turned away."""

    def __init__(self, redis: Redis, fallback: RateCounter, seconds: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._fallback = fallback
        self._seconds = seconds
        self._script = redis.register_script(_TAKE)
        self._away_until = 0.0
        self._away = False

    async def take(self, allowances: Sequence[Allowance]) -> Verdict:
        """Count one against every allowance, or against none if one of them is used up."""
        if self._away:
            if time.monotonic() < self._away_until:
                return await self._fallback.take(allowances)
            self._away_until = time.monotonic() + AWAY_SECONDS  # one looks whether it is back, the others do not wait
        try:
            verdict = await self._take(allowances)
        except (RedisError, OSError) as error:
            self._gone(error)
            return await self._fallback.take(allowances)
        if self._away:
            self._away = False
            log.warning("rate_counter_back")
        return verdict

    async def look(self) -> Finding:
        """How Redis is, for the health page."""
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            self._gone(error)
            return Finding(State.DEGRADED, _NOTICE)
        return Finding(State.UP)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._redis.aclose()
        await self._fallback.aclose()

    async def _take(self, allowances: Sequence[Allowance]) -> Verdict:
        now = self._seconds()
        minute, into = int(now // WINDOW_SECONDS), now % WINDOW_SECONDS
        keys = [f"scaigrid:rates:{a.name}:{when}" for a in allowances for when in (minute - 1, minute)]
        limits = [allowance.limit for allowance in allowances]
        read: Any = await self._script(keys=keys, args=[repr(into), *limits])
        said = zip(*(read[place::4] for place in range(4)), strict=True)
        return judge([_standing(limit, *each) for limit, each in zip(limits, said, strict=True)], into)

    def _gone(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        if not self._away:
            self._away = True
            log.warning("rate_counter_away", error=type(error).__name__)


def _standing(limit: int, before: bytes, current: bytes, last_before: bytes, last: bytes) -> Standing:
    return Standing(limit, int(before), int(current), float(last_before), float(last))
