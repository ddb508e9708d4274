"""The second door, jobs: every kind of work this platform knows how to do; workers take no other."""

from __future__ import annotations

from app.jobs.kinds import JobKind
from tasks.jobs.crawl import crawl_failed, crawl_website
from tasks.jobs.deeds import Deed, Deeds
from tasks.jobs.erase import erase_collection, erase_document
from tasks.jobs.evaluate import evaluation_failed, run_evaluation
from tasks.jobs.fork import fork_collection, fork_failed
from tasks.jobs.ingest import document_failed, ingest_document
from tasks.jobs.rechunk import rechunk_collection, rechunk_failed
from tasks.jobs.reconcile import reconcile_collection, reconcile_files
from tasks.jobs.reextract import reextract_collection_graph, reextract_failed

DEEDS: Deeds = {
    JobKind.INGEST_DOCUMENT: Deed(ingest_document, document_failed),
    JobKind.RECHUNK_COLLECTION: Deed(rechunk_collection, rechunk_failed),
    JobKind.REEXTRACT_COLLECTION_GRAPH: Deed(reextract_collection_graph, reextract_failed),
    JobKind.FORK_COLLECTION: Deed(fork_collection, fork_failed),
    JobKind.CRAWL_WEBSITE: Deed(crawl_website, crawl_failed),
    JobKind.RUN_EVALUATION: Deed(run_evaluation, evaluation_failed),
    JobKind.ERASE_DOCUMENT: Deed(erase_document),
    JobKind.ERASE_COLLECTION: Deed(erase_collection),
    JobKind.RECONCILE_COLLECTION: Deed(reconcile_collection),
    JobKind.RECONCILE_FILES: Deed(reconcile_files),
}
