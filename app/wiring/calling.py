"""Roof, wiring: how whoever does jobs is told of them."""

from __future__ import annotations

from app.jobs.ports import JobQueue
from app.loading import loading
from app.settings import Settings
from tasks.broker.embedded import EmbeddedQueue


def job_queue(settings: Settings) -> JobQueue:
    """Call Celery's workers where a broker is named, else this very process; a broker that is away stops no start."""
    address = settings.broker_url.get_secret_value()
    if not address:
        return EmbeddedQueue()
    with loading():
        from tasks.broker.queue import CeleryQueue  # noqa: PLC0415 - its library is not loaded for nothing

    return CeleryQueue(address)
