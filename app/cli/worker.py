"""Roof, command line: a worker beside the servers, where a broker calls it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from app.errors import CannotStart

_FEWEST = 5  # processes: long work may keep some of them


def worker(
    lanes: Annotated[str, typer.Option(help="Comma list of the lanes to work in.")] = "ingest,bulk,crawl,evals,upkeep",
    jobs: Annotated[int, typer.Option(help="Processes; 0: one for each processor, at least 5.")] = 0,
) -> None:
    """Do jobs for the servers that share this database and this broker."""
    from app.jobs.kinds import Lane
    from app.settings import read_settings

    settings = read_settings()
    if not settings.broker_url.get_secret_value():
        raise CannotStart("SCAIGRID_BROKER_URL: is not set; without a broker the servers do their jobs themselves")
    wanted = [lane.strip() for lane in lanes.split(",") if lane.strip()]
    if not wanted or not set(wanted) <= set(Lane):
        raise CannotStart(f"--lanes: there are {', '.join(Lane)}")
    options = ["--queues", ",".join(wanted), "--concurrency", str(jobs or max(_FEWEST, os.cpu_count() or 1))]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", settings.log_level]
    # In its place: signals, exit code and the parent of its processes are then Celery's own.
    os.execv(sys.executable, [sys.executable, "-m", "celery", "-A", "tasks.celery_worker", "worker", *options, *quiet])  # noqa: S606 - our own program
