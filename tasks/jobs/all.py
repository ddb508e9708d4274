"""The second door, jobs: every kind of work this platform knows how to do; workers take no other."""

from __future__ import annotations

from app.jobs.kinds import JobKind
from tasks.jobs.deeds import Deed, Deeds
from tasks.jobs.ingest import document_failed, ingest_document

DEEDS: Deeds = {
    JobKind.INGEST_DOCUMENT: Deed(ingest_document, document_failed),
}
