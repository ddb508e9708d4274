"""Knowing, crawls: why a crawl is not begun, or ends before its time."""

from __future__ import annotations

from app.errors import Kind, PlatformError
from indexing.maintenance.errors import JobAlreadyRunning


class CrawlAlreadyRunning(JobAlreadyRunning):
    """This saved crawl runs already, and it runs once at a time."""

    def __init__(self, job_id: str) -> None:
        PlatformError.__init__(self, f"This crawl is running already, as {job_id}; follow that, or cancel it first.")


class CrawlSeedFailed(PlatformError):
    """The address a crawl begins at gave nothing, so the run had nowhere to go on from."""

    code = "CRAWL_SEED_FAILED"
    kind = Kind.INVALID
