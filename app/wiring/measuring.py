"""Roof, wiring: what assistants are measured with: the very parts that answer their callers."""

from __future__ import annotations

from app.wiring.platform import Platform
from evals.judging.choosing import judge_of
from evals.runs.answering import Asking
from evals.runs.turn import RunTools


def asking_of(platform: Platform) -> Asking:
    """What questions are put with."""
    return Asking(platform.gateway, platform.library, platform.counters, platform.clock)


def run_tools(platform: Platform) -> RunTools:
    """What a process measures with."""
    return RunTools(
        transactions=platform.transactions,
        writer=platform.writer,
        credentials=platform.credentials,
        switchboard=platform.switchboard,
        access=platform.access,
        vectors=platform.vectors,
        asking=asking_of(platform),
        judges=judge_of,
    )
