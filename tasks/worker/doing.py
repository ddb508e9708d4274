"""The second door, worker: do a job, and make of whatever comes of it one of the ways a job can end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import dataclass

import structlog

from app.db.faults import is_away, is_deadlock
from app.errors import InternalFault, Kind, PlatformError
from app.jobs.work import Failed, Held, Later
from app.wiring import Platform
from tasks.jobs.deeds import Deed

MOST_LOST = 5  # workers in a row; whatever the reason, the work itself is not above suspicion
MOST_FAULTS = 3  # that are forgiven, in a row
_PASSING = {Kind.UNAVAILABLE, Kind.UPSTREAM, Kind.UPSTREAM_TIMEOUT, Kind.LIMITED}

log = structlog.get_logger("jobs")


class WorkAbandoned(PlatformError):
    """Whoever did this work was gone before its end, time after time; asking for it again tries it again."""

    code = "WORK_ABANDONED"
    kind = Kind.INTERNAL


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited before the next attempt: the double of the time before, up to a limit."""

    shortest: float = 5.0
    longest: float = 300.0

    def seconds(self, attempt: int, at_least: float = 0.0) -> float:
        """Before the attempt after this one; many that wait do not all come back at once."""
        wait = min(self.shortest * 2.0 ** min(attempt - 1, 30), self.longest)
        return max(wait * random.uniform(0.8, 1.0), at_least)  # noqa: S311 - only spreads those who try again


async def do(platform: Platform, deed: Deed, held: Held, patience: Patience) -> Later | Failed | None:
    """Do a job to one of its ends; raises only that it was cancelled."""
    if held.lost >= MOST_LOST:
        error = WorkAbandoned(f"Gave up: whoever worked on this was gone before the end, {held.lost} times in a row.")
        ending: Later | Failed | None = Failed(error.code, error.message)
    else:
        ending = await _ending(deed.do(platform, held), held, patience)
    if isinstance(ending, Failed) and deed.failed is not None:
        unsaid = await _ending(deed.failed(platform, held, ending), held, patience)
        return unsaid if isinstance(unsaid, Later) else ending
    return ending


async def _ending(work: Awaitable[Later | None], held: Held, patience: Patience) -> Later | Failed | None:
    try:
        return await work
    except asyncio.CancelledError as error:
        if _is_meant():
            raise
        return _fault(held, error, patience)  # something within was cancelled, not we
    except PlatformError as error:
        return _said(held, error, patience)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw must end the job in words too
        if is_away(error) or is_deadlock(error):
            return Later(patience.seconds(held.attempt), "The database did not answer.")
        return _fault(held, error, patience)


def _said(held: Held, error: PlatformError, patience: Patience) -> Later | Failed:
    if error.kind is Kind.INTERNAL:
        return _fault(held, error, patience)
    if error.kind in _PASSING:
        return Later(patience.seconds(held.attempt, error.retry_after or 0), error.message)
    return Failed(error.code, error.message)


def _fault(held: Held, error: BaseException, patience: Patience) -> Later | Failed:
    job = {"job_id": held.id, "kind": str(held.kind), "subject_id": held.subject_id, "attempt": held.attempt}
    log.error("job_faulted", **job, tenant_id=held.tenant_id, faults=held.faults + 1, exc_info=error)
    if held.faults < MOST_FAULTS:
        return Later(patience.seconds(2 * held.faults + 1), "Something of ours failed; it is tried again.", fault=True)
    return Failed(InternalFault.code, f"Something of ours failed, again and again; the log names the job {held.id}.")


def _is_meant() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
