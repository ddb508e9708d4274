"""What a Celery worker of the tests runs: work that leaves lines in a file, looked after every second."""

from __future__ import annotations

import os
from pathlib import Path

from app.settings import read_settings
from tasks.worker.called import worker_app
from tasks.worker.process import WorkerProcess
from tasks.worker.rounds import Round
from tasks.worker.schedule import sweep
from tests.world.hands import HASTY, LINES, writing

_settings, _file = read_settings(), Path(os.environ[LINES])  # noqa: TID251 - given by the test
app = worker_app(_settings, WorkerProcess(_settings, writing(_file), [Round("sweep", 1.0, sweep)], HASTY))
