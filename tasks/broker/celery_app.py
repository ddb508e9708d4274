"""The second door, broker: Celery as it must be set up to wake workers and nothing else.

A message is a call to work, never the work itself: the rows of jobs say what there is to do. So a message that is
lost, repeated or late costs a look at the rows and no more.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from app.jobs.kinds import LANE_OF, Lane

CONNECT_SECONDS, ANSWER_SECONDS = 4.0, 15.0
_REDELIVERED_AFTER = 300  # seconds; the lease decides who works, so a message may well come again meanwhile


def celery_app(broker_url: str) -> Celery:
    """Make an application that is not yet anybody's default."""
    app = Celery("scaigrid", broker=broker_url, set_as_current=False)
    app.conf.update(
        broker_transport_options=_transport_options(broker_url),
        broker_connection_timeout=CONNECT_SECONDS,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_queues={str(lane): {"exchange": str(lane), "routing_key": str(lane)} for lane in Lane},
        task_routes={str(kind): {"queue": str(lane)} for kind, lane in LANE_OF.items()},
        task_default_queue=str(Lane.INGEST),
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_proc_alive_timeout=30.0,
        enable_utc=True,
        timezone="UTC",
    )
    return app


def _transport_options(broker_url: str) -> dict[str, Any]:
    if broker_url.startswith("redis"):
        return {
            "visibility_timeout": _REDELIVERED_AFTER,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,  # by default only every tenth look is one
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            "socket_keepalive": True,
        }
    return {"confirm_publish": True}  # without it what is sent to a broker that has just gone vanishes
