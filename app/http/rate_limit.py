"""Roof, HTTP: every authenticated request counts against its key, user, tenant and partner."""

from __future__ import annotations

from typing import Any

from app.http.visit import Visit
from app.identity.caller import Caller
from app.limits.errors import RateLimited
from app.limits.ports import Allowance, RateLimits, Verdict

_OFF = Verdict(allowed=True, limit=0, remaining=0, reset_seconds=0)  # 0 is off, as in the settings


async def count(visit: Visit) -> None:
    """Count this request, and refuse it if a limit is used up."""
    allowances = allowances_of(visit.caller, visit.platform.rate_limits)
    if not allowances:
        visit.headers.update(announce(_OFF))
        return
    verdict = await visit.platform.rates.take(allowances)
    visit.headers.update(announce(verdict))
    if not verdict.allowed:
        visit.request.state.rate_headers = visit.headers
        raise RateLimited(
            f"More than {verdict.limit} requests in a minute; try again in {verdict.reset_seconds} s.",
            retry_after=verdict.reset_seconds,
        )


def allowances_of(caller: Caller, defaults: RateLimits) -> list[Allowance]:
    """The limits in force for a caller: a tenant's own settings before the platform's."""
    own: dict[str, Any] = caller.tenant_settings.get("rate_limits") or {}
    wanted = [
        (f"user:{caller.user_id}", own.get("user", defaults.user)),
        (f"tenant:{caller.tenant_id}", own.get("tenant", defaults.tenant)),
        (f"partner:{caller.partner_id}", defaults.partner),
    ]
    if caller.key_id is not None:
        wanted.append((f"key:{caller.key_id}", own.get("key", defaults.key)))
    return [Allowance(name, limit) for name, limit in wanted if limit]


def announce(verdict: Verdict) -> dict[str, str]:
    """The headers that say how a caller stands."""
    return {
        "X-Scaigrid-Ratelimit-Limit": str(verdict.limit),
        "X-Scaigrid-Ratelimit-Remaining": str(verdict.remaining),
        "X-Scaigrid-Ratelimit-Reset": str(verdict.reset_seconds),
    }
