"""Ground floor, jobs: everything that can be asked to happen later."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """What is to be done to the job's subject."""

    INGEST_DOCUMENT = "ingest_document"
    RECHUNK_COLLECTION = "rechunk_collection"
    REEXTRACT_COLLECTION_GRAPH = "reextract_collection_graph"
    FORK_COLLECTION = "fork_collection"
    CRAWL_WEBSITE = "crawl_website"
    RUN_EVALUATION = "run_evaluation"
    ERASE_DOCUMENT = "erase_document"
    ERASE_COLLECTION = "erase_collection"
    RECONCILE_COLLECTION = "reconcile_collection"
    RECONCILE_FILES = "reconcile_files"  # of a tenant


class Lane(StrEnum):
    """Work that waits in one line: long work of one kind must not hold up another."""

    INGEST = "ingest"
    BULK = "bulk"
    CRAWL = "crawl"
    EVALS = "evals"
    UPKEEP = "upkeep"


LANE_OF: dict[JobKind, Lane] = {
    JobKind.INGEST_DOCUMENT: Lane.INGEST,
    JobKind.RECHUNK_COLLECTION: Lane.BULK,
    JobKind.REEXTRACT_COLLECTION_GRAPH: Lane.BULK,
    JobKind.FORK_COLLECTION: Lane.BULK,
    JobKind.CRAWL_WEBSITE: Lane.CRAWL,
    JobKind.RUN_EVALUATION: Lane.EVALS,
    JobKind.ERASE_DOCUMENT: Lane.UPKEEP,
    JobKind.ERASE_COLLECTION: Lane.UPKEEP,
    JobKind.RECONCILE_COLLECTION: Lane.UPKEEP,
    JobKind.RECONCILE_FILES: Lane.UPKEEP,
}
