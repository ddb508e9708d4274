"""Roof: the questions the health page asks of what the wiring has put together."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import Engine, func, select

from app.accounting.ledger import Ledger
from app.blobs.ports import BlobStore
from app.clock import Clock, wire_time
from app.db.engine import Database
from app.errors import Unavailable
from app.identity.directory.standing import Standing, standing
from app.inference.errors import BackendFailure
from app.inference.ports import BackendConnection, BackendMaker
from app.inference.tables import Backend, BackendHealth
from app.jobs.looking import Overview, overview
from app.jobs.ports import JobQueue
from app.settings import ScaiKeySettings
from app.telemetry.health import Check, Finding, State
from app.telemetry.metrics import JOBS_DUE_SECONDS, JOBS_LEFT
from app.webhooks.claims import overdue
from indexing.errors import StoreUnavailable
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import VectorStore

_LATE = timedelta(minutes=5)


def database_check(database: Database) -> Check:
    """Whether the database answers."""

    async def look() -> Finding:
        await database.answers()
        return Finding(State.EMBEDDED if database.is_sqlite else State.UP)

    return Check("database", "Nothing can be answered until the database is back.", look)


def embedded_check(name: str) -> Check:
    """A part that lives in this process and is well as long as this can be asked."""

    async def look() -> Finding:
        return Finding(State.EMBEDDED)

    return Check(name, "", look)


def blobs_check(blobs: BlobStore, *, embedded: bool) -> Check:
    """Whether files can be kept and read."""

    async def look() -> Finding:
        await blobs.answers()
        return Finding(State.EMBEDDED if embedded else State.UP)

    return Check("blobs", "Files cannot be uploaded, downloaded or indexed; what is indexed is found.", look)


def webhooks_check(engine: Engine, clock: Clock) -> Check:
    """Whether webhooks are told in time."""

    def read() -> Finding:
        now = clock.now()
        with engine.execution_options(writes=False).connect() as connection:
            waiting, oldest = overdue(connection, now)
        if oldest is None or now - oldest < _LATE:
            return Finding(State.UP)
        return Finding(State.DEGRADED, f"{waiting} webhook deliveries are late.")

    async def look() -> Finding:
        return await asyncio.to_thread(read)

    return Check("webhooks", "Webhooks are not told of anything.", look)


def jobs_check(engine: Engine, queue: JobQueue, clock: Clock) -> Check:
    """Whether what was asked to happen later happens."""

    def read() -> Overview:
        with engine.execution_options(writes=False).connect() as connection:
            return overview(connection, clock.now())

    async def look() -> Finding:
        seen = await asyncio.to_thread(read)
        waited = (clock.now() - seen.oldest_due).total_seconds() if seen.oldest_due else 0.0
        JOBS_DUE_SECONDS.set(waited)
        JOBS_LEFT.set(seen.left_behind)
        try:
            await queue.answers()
        except Unavailable as away:
            return Finding(State.DEGRADED, f"Documents wait until workers can be told of them. {away.message}")
        if waited > _LATE.total_seconds() and seen.running == seen.left_behind:
            return Finding(State.DEGRADED, f"Nobody works: documents wait, the first for {waited / 60:.0f} minutes.")
        return Finding(State.EMBEDDED if queue.bell is not None else State.UP, _under_way(seen, waited))

    return Check("jobs", "Documents wait; nothing new can be found.", look)


def _under_way(seen: Overview, waited: float) -> str:
    if not (seen.running or seen.oldest_due):
        return ""
    left = f", {seen.left_behind} of them left behind by their worker" if seen.left_behind else ""
    return f"{seen.running} jobs run{left}; the first that is due waits {waited:.0f} s."


def directory_check(engine: Engine, scaikey: ScaiKeySettings, clock: Clock) -> Check:
    """Whether ScaiKey's groups are followed."""
    late = 3 * timedelta(seconds=scaikey.reconcile_seconds) + _LATE

    def read() -> Finding:
        with engine.execution_options(writes=False).connect() as connection:
            return _followed(standing(connection, clock.now() - late))

    async def look() -> Finding:
        if not scaikey.url:
            return Finding(State.OFF)
        if not scaikey.client_id:
            return Finding(State.DEGRADED, "ScaiKey's groups are not read: SCAIGRID_SCAIKEY_CLIENT_ID is not set.")
        return await asyncio.to_thread(read)

    return Check("directory", "Group changes in ScaiKey are not followed; the last complete reading counts.", look)


def _followed(now: Standing) -> Finding:
    last = f"the last complete reading counts, of {wire_time(now.read_at)}" if now.read_at else "none was read yet"
    if now.behind:
        which = "" if now.behind == now.tenants else " of some tenants"
        since = f" since {wire_time(now.failing_since)}" if now.failing_since else ""
        notice = f"Group changes{which} in ScaiKey are not followed{since}; {last}."
        return Finding(State.DEGRADED if which else State.DOWN, notice)
    return Finding(State.UP, f"As in ScaiKey: {last}." if now.read_at else "")


def ledger_check(ledger: Ledger) -> Check:
    """Whether finished calls are booked."""

    async def look() -> Finding:
        if ledger.is_behind:
            return Finding(State.DEGRADED, "Usage is written down late, from the journal.")
        return Finding(State.UP)

    return Check("ledger", "Usage is not written down.", look)


def embedding_check(make: BackendMaker) -> Check:
    """Whether the built-in embedding model could be loaded."""

    async def look() -> Finding:
        backend = make(BackendConnection(provider_type="local"))
        try:
            await backend.probe("minilm")
        except BackendFailure:
            return Finding(State.DOWN)
        finally:
            await backend.aclose()
        return Finding(State.EMBEDDED)

    return Check("embedding_model", "The built-in model embeds no texts.", look)


def vectors_check(vectors: VectorStore, *, embedded: bool) -> Check:
    """Whether vectors can be kept and asked for."""

    async def look() -> Finding:
        try:
            await vectors.answers()
        except StoreUnavailable as away:
            return Finding(State.DOWN, away.message)
        return Finding(State.EMBEDDED if embedded else State.UP)

    return Check("vectors", "Documents are not indexed and collections not searched until it is back.", look)


def graphs_check(graphs: GraphStore, *, embedded: bool) -> Check:
    """Whether what documents say of things can be kept and asked for."""

    async def look() -> Finding:
        try:
            await graphs.answers()
        except StoreUnavailable as away:
            return Finding(State.DOWN, away.message)
        return Finding(State.EMBEDDED if embedded else State.UP)

    return Check("graphs", "Graphs are empty to whoever asks, and documents wait for theirs, until it is back.", look)


def backends_check(database: Database) -> Check:
    """How the model backends were last seen."""

    async def look() -> Finding:
        async with database.requests.execution_options(writes=False).connect() as connection:
            rows = await connection.execute(
                select(BackendHealth.state, func.count())
                .join(Backend, Backend.id == BackendHealth.backend_id)
                .where(Backend.status == "active")
                .group_by(BackendHealth.state)
            )
            counts = {str(state): int(count) for state, count in rows}
        failing, well = counts.get("failing", 0), counts.get("up", 0)
        if not failing:
            return Finding(State.UP)
        if not well:
            return Finding(State.DOWN, "No model answers.")
        return Finding(State.DEGRADED, f"{failing} of {failing + well} model backends fail; calls go to the others.")

    return Check("model_backends", "No model answers.", look)
