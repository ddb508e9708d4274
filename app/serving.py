"""Roof: prepare the platform on this machine and serve it over HTTP."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp

from acl.access import Access
from acl.reading import AccessLane
from app.blobs.errors import StorageError
from app.clock import SystemClock
from app.db.engine import Database, open_database
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.demo.library import DemoLibrary
from app.demo.organisation import DemoPerson, DemoSeeding, keys_of
from app.heap import settle
from app.http.application import create_app
from app.http.connection import BoundedConnection
from app.http.routes import ALL
from app.identity.founding import Founding
from app.inference.founding import ensure_builtin
from app.mcp import routes as mcp
from app.migrations.run import upgrade
from app.secrets import load_secrets
from app.settings import Settings, read_settings
from app.telemetry.logging import configure_logging
from app.telemetry.punctuality import punctuality_watched
from app.wiring import Platform, open_platform
from app.wiring.keeping import blob_store
from indexing.documents.content import ContentKeeping
from tasks.jobs.all import DEEDS
from tasks.worker.embedded import working
from tasks.worker.schedule import rounds_of

ROUTERS = (*ALL, mcp.router)  # every surface there is
# Proxies keep an idle connection for 60 seconds. Whoever closes first must be they: a server that closes in the moment
# the next request comes loses it, and the proxy cannot know whether to send it again. Waiting for a head that was begun
# is bounded by the connection itself.
IDLE_SECONDS = 75
# How long a busy thread keeps the interpreter from the others. An upload takes it up anew some thirty times: beside
# the cutting of texts, Python's usual 5 ms are felt at each.
_SWITCH_SECONDS = 0.0005
log = structlog.get_logger("serving")

_SET_PARENT_DEATH_SIGNAL = 1  # of Linux; see prctl(2)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the first look at a server should say."""

    made_key: str | None
    demo: Sequence[tuple[DemoPerson, str]] = ()


async def prepare(settings: Settings) -> Prepared:
    """Bring the database up to date and found the platform if it is new; harmless to repeat."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.database)
    try:
        upgrade(database.lanes, settings.home)
        transactions = Transactions(database, SystemClock())
        made_key = await Founding(transactions).found(settings.bootstrap_key.get_secret_value())
        async with transactions.open(Reach.everywhere()) as transaction:
            await ensure_builtin(transaction)
        secrets = load_secrets(settings.secret_key.get_secret_value(), settings.home)
        shown = settings.with_demo and await DemoSeeding(transactions, secrets).seed()
        if shown:
            await _fill_demo(settings, database, transactions)
        return Prepared(made_key, keys_of(secrets) if shown else ())
    finally:
        await database.dispose()


async def _fill_demo(settings: Settings, database: Database, transactions: Transactions) -> None:
    """Give the demo tenant its documents; the server's jobs read them."""
    async with AsyncExitStack() as stack:
        lane = AccessLane(database.lanes, transactions.clock)
        stack.callback(lane.close)
        blobs, _ = await blob_store(stack, settings, transactions.clock)
        keeping = ContentKeeping(transactions, blobs)
        try:
            await DemoLibrary(Access(transactions.clock, lane), transactions, keeping).seed()
        except StorageError as error:
            log.warning("demo_documents_left_out", reason=error.message)


@asynccontextmanager
async def platform_at_work(settings: Settings) -> AsyncIterator[Platform]:
    """Open the platform and do its jobs until the block ends."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    async with open_platform(settings) as platform, working(platform, DEEDS, rounds=rounds_of(settings)):
        settle()
        async with punctuality_watched():
            yield platform


def application() -> ASGIApp:
    """Make the application of one server process."""
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    if settings.processes > 1:
        _end_with_parent()
    return create_app(
        lambda: platform_at_work(settings),
        max_json_bytes=settings.max_json_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        routers=ROUTERS,
    )


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    # The server raises the signal once more when everything is done; having obeyed it is no failure.
    signal.signal(signal.SIGTERM, _obeyed)
    uvicorn.run(
        "app.serving:application",
        factory=True,
        http=BoundedConnection,
        host=settings.host,
        port=settings.port,
        workers=settings.processes,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
    )


def _end_with_parent() -> None:
    """Stop when the process that started this one is gone, or its port would stay taken by orphans."""
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _obeyed(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
