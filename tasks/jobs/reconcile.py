"""The second door, jobs: from the hourly jobs to the room that compares stores with rows."""

from __future__ import annotations

from dataclasses import asdict

import structlog

from app.jobs.work import Held, Outcome
from app.wiring import Platform
from app.wiring.workshop import workshop_of
from indexing.reconciling.files import FileReconciling
from indexing.reconciling.findings import FileFindings, VectorFindings
from indexing.reconciling.vectors import VectorReconciling

log = structlog.get_logger("reconciling")


async def reconcile_collection(platform: Platform, held: Held) -> Outcome:
    """Put right what the vector store and the chunks of a collection say of each other."""
    looking = VectorReconciling(workshop_of(platform))
    _told(await looking.reconcile(held.tenant_id, held.subject_id, healing=True))
    return None


async def reconcile_files(platform: Platform, held: Held) -> Outcome:
    """Remove files of a tenant that no document names, and report documents whose file is gone."""
    looking = FileReconciling(platform.transactions, platform.blobs)
    _told(await looking.reconcile(held.tenant_id, healing=True))
    return None


def _told(found: VectorFindings | FileFindings) -> None:
    say = log.info if found.is_well else log.warning
    say("reconciled", **asdict(found))
