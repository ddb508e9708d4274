"""The second door, broker: tells Celery's workers that there is work, without anybody waiting for it."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog

from app.errors import Unavailable
from app.jobs.kinds import LANE_OF, JobKind, Lane
from tasks.broker.celery_app import celery_app

MOST_UNSENT = 10_000  # what is more is found by the sweep
ENOUGH_UNHEARD = 100  # messages in a lane: more of them would wake nobody
_COUNTED_FOR, _PAUSE_SECONDS, _CLOSE_SECONDS = 1.0, 1.0, 3.0

log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class _Call:
    job_id: str
    kind: JobKind
    reminder: bool


class CeleryQueue:
    """Sends from a thread of its own; what cannot be sent waits a little, then the sweep has to find it."""

    def __init__(self, broker_url: str) -> None:
        self._app = celery_app(broker_url)
        self._unsent: queue.Queue[_Call | None] = queue.Queue(MOST_UNSENT)
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._connection: Any = None
        self._away = False
        self._unheard: dict[Lane, tuple[float, int]] = {}

    def wake(self, job_id: str, kind: JobKind) -> None:
        """Have it said to a worker."""
        self._say(_Call(job_id, kind, reminder=False))

    def remind(self, job_id: str, kind: JobKind) -> None:
        """Have it said again, unless workers have enough to hear."""
        self._say(_Call(job_id, kind, reminder=True))

    @property
    def bell(self) -> asyncio.Event | None:
        """Nothing: processes that were told by the broker do the work."""
        return None

    async def answers(self) -> None:
        """Return if the broker takes messages now."""
        await asyncio.to_thread(self._greet)

    async def aclose(self) -> None:
        """Send what can be sent soon, and let go of the broker."""
        thread = self._thread
        if thread is not None:
            if self._away:
                self._closing.set()  # what could not be sent so far is found by the sweep
            with contextlib.suppress(queue.Full):
                self._unsent.put_nowait(None)
            await asyncio.to_thread(thread.join, _CLOSE_SECONDS)
        self._closing.set()

    def _say(self, call: _Call) -> None:
        with contextlib.suppress(queue.Full):
            self._unsent.put_nowait(call)
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        # Not before there is something to say: threads do not survive the fork of a worker.
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="broker", daemon=True)
                self._thread.start()

    def _send_all(self) -> None:
        while (call := self._unsent.get()) is not None and not self._closing.is_set():
            while not self._try(call):
                if self._closing.wait(_PAUSE_SECONDS):
                    return
        self._hang_up()

    def _try(self, call: _Call) -> bool:
        try:
            self._send(call)
        except Exception as error:  # noqa: BLE001 - whatever a broker's driver raises, only a wake-up call is late
            if not self._away:
                log.warning("broker_away", error=type(error).__name__, unsent=self._unsent.qsize())
            self._away = True
            self._hang_up()
            return False
        self._away = False
        return True

    def _send(self, call: _Call) -> None:
        lane = LANE_OF[call.kind]
        if self._connection is None:
            self._connection = self._app.connection_for_write(heartbeat=0)
        if call.reminder and self._count(lane) >= ENOUGH_UNHEARD:
            return
        with self._app.amqp.Producer(self._connection) as producer:
            self._app.send_task(str(call.kind), args=[call.job_id], queue=str(lane), producer=producer, retry=False)

    def _count(self, lane: Lane) -> int:
        now = time.monotonic()
        counted, number = self._unheard.get(lane, (-_COUNTED_FOR, 0))
        if now - counted >= _COUNTED_FOR:
            declared = self._connection.default_channel.queue_declare(str(lane), durable=True, auto_delete=False)
            counted, number = now, int(declared.message_count)
        self._unheard[lane] = (counted, number + 1)
        return number

    def _greet(self) -> None:
        try:
            with self._app.connection_for_write(connect_timeout=1, heartbeat=0) as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
        except Exception as error:  # noqa: BLE001 - as above
            raise Unavailable(f"The broker does not answer ({type(error).__name__}).") from None

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.release()
