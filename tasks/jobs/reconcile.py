"""The second door, jobs: from the hourly jobs to the room that compares stores with rows."""

from __future__ import annotations

from dataclasses import asdict

import structlog

from app.jobs.work import Held, Outcome
from app.wiring import Platform
from app.wiring.workshop import workshop_of
from indexing.reconciling.files import FileReconciling
from indexing.reconciling.findings import FileFindings, GraphFindings, VectorFindings
from indexing.reconciling.graphs import GraphReconciling
from indexing.reconciling.vectors import VectorReconciling

log = structlog.get_logger("reconciling")


async def reconcile_collection(platform: Platform, held: Held) -> Outcome:
    """Put right what the stores and the rows of a collection say of each other."""
    workshop, which = workshop_of(platform), (held.tenant_id, held.subject_id)
    _told(await VectorReconciling(workshop).reconcile(*which, healing=True))
    graph = await GraphReconciling(workshop).reconcile(*which, healing=True)
    if graph is not None:
        _told(graph)
    return None


async def reconcile_files(platform: Platform, held: Held) -> Outcome:
    """Remove files of a tenant that no document names, and report documents whose file is gone."""
    looking = FileReconciling(platform.transactions, platform.blobs)
    _told(await looking.reconcile(held.tenant_id, healing=True))
    return None


def _told(found: VectorFindings | GraphFindings | FileFindings) -> None:
    say = log.info if found.is_well else log.warning
    say("reconciled", **asdict(found))
