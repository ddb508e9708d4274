"""The second door, worker: what `celery -A tasks.celery_worker worker -Q ingest,bulk,crawl,evals,upkeep` runs."""

from __future__ import annotations

from app.settings import read_settings
from tasks.jobs.all import DEEDS
from tasks.worker.called import worker_app
from tasks.worker.process import WorkerProcess
from tasks.worker.schedule import BEAT, rounds_of

_settings = read_settings()
app = worker_app(_settings, WorkerProcess(_settings, DEEDS, (BEAT, *rounds_of(_settings))))
