"""The second door, worker: the processes of Celery's workers, which a message calls to work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import Celery, signals

from app.errors import CannotStart
from app.jobs.kinds import LANE_OF, Lane
from app.settings import Settings
from app.telemetry.logging import configure_logging
from tasks.broker.celery_app import celery_app
from tasks.worker.lifeline import Lifeline
from tasks.worker.process import WorkerProcess

_LET_GO_SECONDS = 10.0


def worker_app(settings: Settings, process: WorkerProcess) -> Celery:
    """Make the application that `celery worker` runs: one task for each kind of job, all of them the same call."""
    app = celery_app(settings.broker_url.get_secret_value())
    app.set_default()  # threads that Celery starts would otherwise find an application nobody has set up
    for kind, lane in LANE_OF.items():
        app.task(_call(process, lane), name=str(kind), shared=False)
    _Course(settings, process, Lifeline()).follow()
    return app


def _call(process: WorkerProcess, lane: Lane) -> Callable[[str], None]:
    def work(job_id: str) -> None:  # noqa: ARG001 - which job it was is for who reads the broker's messages
        process.work(lane)

    return work


@dataclass(frozen=True, slots=True)
class _Course:
    """What happens when in the life of a worker and its processes."""

    settings: Settings
    process: WorkerProcess
    lifeline: Lifeline

    def follow(self) -> None:
        signals.setup_logging.connect(self.log, weak=False)
        signals.worker_init.connect(self.begin, weak=False)
        signals.worker_process_init.connect(self.open, weak=False)
        signals.worker_shutting_down.connect(self.stop, weak=False)
        signals.worker_process_shutdown.connect(self.close, weak=False)
        signals.worker_shutdown.connect(self.close, weak=False)

    def log(self, **_: Any) -> None:
        configure_logging(self.settings.log_level, self.settings.log_format)

    def begin(self, **_: Any) -> None:
        if not self.settings.broker_url.get_secret_value():
            raise CannotStart("SCAIGRID_BROKER_URL: is not set, so there is nothing that could call a worker")
        self.lifeline.tie()

    def open(self, **_: Any) -> None:
        self.lifeline.hold(self.process.stop)
        self.process.start()

    def stop(self, **_: Any) -> None:
        self.lifeline.cut()
        self.process.stop()

    def close(self, **_: Any) -> None:
        self.process.stop()
        self.process.join(_LET_GO_SECONDS)
