"""Roof, HTTP: the saved crawl, or the run of one, in a path, shown to be the caller's to use so before a body is read.

Both are there for those who may read their collection, and for nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Request

from acl.errors import CollectionNotFound
from acl.permission import Permission
from acl.ref import ResourceRef
from acl.resolver import deciding
from app.http.access_path import found_list
from app.http.collection_path import collection_to
from app.http.gate import Guard
from app.http.visit import Visit
from indexing.collections.access import OpenCollection, open_collection
from indexing.crawls.history import Run, Runs
from indexing.crawls.saved import CrawlNotFound, SavedCrawl

CrawlPath = Annotated[str, Path(alias="crawl_id", max_length=64)]
JobPath = Annotated[str, Path(alias="job_id", max_length=64)]


@dataclass(frozen=True, slots=True)
class NamedCrawl:
    """A saved crawl, and the collection it fills."""

    row: SavedCrawl
    collection: OpenCollection


@dataclass(frozen=True, slots=True)
class NamedRun:
    """A run of a crawl, and the collection it fills."""

    job: Run
    collection: OpenCollection


def crawl_to(permission: Permission) -> Guard:
    """Guard a path with `{crawl_id}`: its subject is the saved crawl, of a caller who may do this to its collection."""

    async def guard(request: Request, visit: Visit) -> NamedCrawl:
        crawl_id: str = request.path_params["crawl_id"]
        with deciding():
            row = await visit.session.get(SavedCrawl, crawl_id)
        ref = ResourceRef.collection(crawl_id if row is None else row.collection_id)
        try:
            # Asked about what is missing too: that takes no other time than what is hidden.
            access = await found_list(visit, ref, Permission.READ if row is None else permission)
            opened = await open_collection(visit.session, access, hold=visit.transaction.writes)
        except CollectionNotFound:
            raise CrawlNotFound from None
        if row is None:
            raise CrawlNotFound
        return NamedCrawl(row, opened)

    return guard


def run_to(permission: Permission) -> Guard:
    """Guard a path with `{collection_id}` and `{job_id}`: its subject is the run, and the open collection."""
    opened = collection_to(permission)

    async def guard(request: Request, visit: Visit) -> NamedRun:
        collection: OpenCollection = await opened(request, visit)
        runs, job_id = Runs(visit.session, collection.id), request.path_params["job_id"]
        return NamedRun(await runs.one(job_id, hold=visit.transaction.writes), collection)

    return guard
