"""Roof, wiring: open the platform of one process, and let go of it in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Protocol, TypeVar

import httpx
from sqlalchemy import Connection

from acl.access import Access
from acl.chokepoint import Chokepoint
from acl.reading import AccessLane
from app import checks
from app.accounting.ledger import Ledger
from app.accounting.settling import Announce, Announcement
from app.audit.refusals import Refusals
from app.audit.verify import ChainInspector
from app.clock import Clock, SystemClock
from app.db.engine import Database, open_database
from app.db.epochs import Epochs
from app.db.transaction import Transactions
from app.db.writer import Writer
from app.idempotency.keeper import IdempotencyKeeper
from app.identity.key_uses import KeyUses
from app.inference.breaker import Breakers
from app.inference.calls import Meter
from app.inference.catalogue import Catalogue
from app.inference.failover import Failover
from app.inference.gateway import Gateway
from app.inference.health_notes import HealthNotes
from app.inference.pool import BackendPool
from app.limits.ports import RateLimits
from app.modules.switchboard import Switchboard
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.paging import CursorSeal
from app.secrets import Secrets, load_secrets
from app.settings import Settings
from app.telemetry.health import Check, Health
from app.telemetry.tracing import open_tracer
from app.webhooks.attempt import Attempts
from app.webhooks.deliver import WebhookDeliverer
from app.webhooks.publish import Happening, publish_all
from app.wiring.assistants import enricher
from app.wiring.calling import job_queue
from app.wiring.counting import rate_counter
from app.wiring.directory import mirrored_directory
from app.wiring.entrance import credentials
from app.wiring.faults import arm_for_a_proof
from app.wiring.graphs import graph_store
from app.wiring.keeping import blob_store
from app.wiring.models import lasting_maker, passing_maker, token_counters
from app.wiring.outgoing import drive_files, fetching_client
from app.wiring.picturing import ModulePictures
from app.wiring.platform import Platform
from app.wiring.reading import extractor
from app.wiring.tidying import tidying
from app.wiring.vectors import vector_store
from evals.runs.progress import EVALUATIONS
from indexing.crawls.calls import InVain
from indexing.crawls.hosts import Hosts
from indexing.crawls.progress import Progress
from indexing.crawls.rests import StoredRests
from indexing.pipeline.room import TextRoom
from indexing.pipeline.shared_calls import SharedCalls
from rag.graphs.counts import GraphCounts
from rag.looking import Library
from rag.personas.configured import Configured
from rag.retrieval.model_reranker import ModelReranker
from rag.retrieval.question_vectors import QuestionVectors
from rag.retrieval.reranking import CoverageReranker
from rag.sources.drive import DriveSearch


@asynccontextmanager
async def open_platform(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Platform]:
    """Build the platform; everything is let go of, in the opposite order, at the end of the block."""
    clock = clock or SystemClock()
    arm_for_a_proof(settings)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets = load_secrets(settings.secret_key.get_secret_value(), settings.home)
    async with AsyncExitStack() as stack:
        database = open_database(settings.database)
        stack.push_async_callback(database.dispose)
        transactions = Transactions(database, clock)
        epochs = _shut_by(stack, Epochs(database.lanes))
        rates, rates_check = rate_counter(settings, database)
        stack.push_async_callback(rates.aclose)
        refusals = _closed_by(stack, Refusals(database.lanes))
        chains = _shut_by(stack, ChainInspector(database.lanes))
        key_uses = _closed_by(stack, KeyUses(database.lanes, clock))
        guard = Guard(allow_hosts=settings.allow_hosts)
        webhooks = await _webhooks(stack, guard, database, secrets, clock)
        ledger = Ledger(database.lanes, epochs, rates, clock, settings.home / "journal", _announcing(webhooks))
        stack.push_async_callback(ledger.aclose)
        await ledger.start()
        idempotency = IdempotencyKeeper(transactions, secrets)
        hooks = await mirrored_directory(stack, settings.scaikey, transactions)
        blobs, blobs_look = await blob_store(stack, settings, clock)
        await stack.enter_async_context(tidying([idempotency.sweep, blobs.sweep, *([hooks.sweep] if hooks else [])]))
        access = Access(clock, _shut_by(stack, AccessLane(database.lanes, clock)))
        people = await credentials(stack, settings, transactions, epochs, key_uses)
        gateway = _gateway(stack, settings, database, Catalogue(database.lanes, epochs, secrets), ledger, clock)
        vectors, graphs = _closed_by(stack, vector_store(settings)), _closed_by(stack, graph_store(settings))
        writer, jobs, counters, make = (
            _shut_by(stack, Writer(database.lanes, clock)),
            _closed_by(stack, job_queue(settings)),
            token_counters(),
            passing_maker(settings.models_folder),
        )
        questions, chokepoint = QuestionVectors(gateway, counters, clock), Chokepoint(access)
        drive, switchboard = drive_files(stack, settings, clock), Switchboard(transactions, epochs, secrets)
        looking = (access, chokepoint, transactions, vectors, graphs, questions, gateway, switchboard)
        library, personas = Library(*looking, DriveSearch(drive.asking, switchboard)), Configured(database.lanes)
        looks = [
            checks.database_check(database),
            rates_check,
            blobs_look,
            checks.ledger_check(ledger),
            checks.webhooks_check(database.lanes, clock),
            checks.backends_check(database),
            checks.embedding_check(make),
            checks.vectors_check(vectors, embedded=not settings.weaviate_url),
            checks.graphs_check(graphs, embedded=not settings.neo4j_url),
            checks.jobs_check(database.lanes, jobs, clock),
            checks.directory_check(database.lanes, settings.scaikey, clock),
        ]
        yield Platform(
            settings=settings,
            clock=clock,
            secrets=secrets,
            cursors=CursorSeal(secrets.derive("cursors")),
            database=database,
            transactions=transactions,
            writer=writer,
            credentials=people,
            key_uses=key_uses,
            rates=rates,
            rate_limits=RateLimits(settings.rate_key, settings.rate_user, settings.rate_tenant, settings.rate_partner),
            idempotency=idempotency,
            refusals=refusals,
            chains=chains,
            ledger=ledger,
            webhooks=webhooks,
            directory_hooks=hooks,
            guard=guard,
            outbound=fetching_client(stack, guard),
            drive=drive,
            switchboard=switchboard,
            gateway=replace(gateway, enricher=enricher(personas, library)),
            questions=questions,
            reranker=ModelReranker(gateway, settings.rerank_model) if settings.rerank_model else CoverageReranker(),
            calls=SharedCalls(gateway, people, counters),
            backend_maker=make,
            health=await _health(stack, clock, looks),
            blobs=blobs,
            pictures=_closed_by(stack, ModulePictures(switchboard, blobs, settings.home / "fetched", clock)),
            access=access,
            chokepoint=chokepoint,
            jobs=jobs,
            extractor=_closed_by(stack, extractor(settings)),
            room=TextRoom(),
            vectors=vectors,
            graphs=graphs,
            graph_counts=_closed_by(stack, GraphCounts(clock)),
            counters=counters,
            crawls=_closed_by(stack, Progress(transactions)),
            eval_runs=_closed_by(stack, Progress(transactions, of=EVALUATIONS)),
            crawl_calls=_closed_by(stack, InVain(transactions)),
            crawl_hosts=Hosts(rates, StoredRests(writer, database.looks)),
            personas=_shut_by(stack, personas),
            library=library,
        )


class _Closes(Protocol):
    async def aclose(self) -> None: ...


Part = TypeVar("Part", bound=_Closes)


def _closed_by(stack: AsyncExitStack, part: Part) -> Part:
    stack.push_async_callback(part.aclose)
    return part


class _Shuts(Protocol):
    def close(self) -> None: ...


Lasting = TypeVar("Lasting", bound=_Shuts)


def _shut_by(stack: AsyncExitStack, part: Lasting) -> Lasting:
    stack.callback(part.close)
    return part


async def _webhooks(
    stack: AsyncExitStack, guard: Guard, database: Database, secrets: Secrets, clock: Clock
) -> WebhookDeliverer:
    outgoing = await stack.enter_async_context(httpx.AsyncClient(transport=GuardedTransport(guard), trust_env=False))
    webhooks = WebhookDeliverer(database.lanes, Attempts(outgoing, secrets, clock), clock)
    webhooks.start()
    stack.push_async_callback(webhooks.aclose)
    return webhooks


def _gateway(
    stack: AsyncExitStack, settings: Settings, database: Database, catalogue: Catalogue, ledger: Ledger, clock: Clock
) -> Gateway:
    stack.callback(catalogue.close)
    tracer = open_tracer(settings.traces_endpoint, content=settings.traces_content)
    stack.push_async_callback(asyncio.to_thread, tracer.close)
    pool = _closed_by(stack, BackendPool(lasting_maker(settings.models_folder, threads=settings.embedding_threads)))
    notes = _closed_by(stack, HealthNotes(database.lanes, clock))
    return Gateway(catalogue, Meter(ledger, clock, tracer), Failover(pool, Breakers(), notes))


async def _health(stack: AsyncExitStack, clock: Clock, looks: Sequence[Check]) -> Health:
    health = Health(looks, clock)
    health.start()
    stack.push_async_callback(health.aclose)
    return health


def _announcing(webhooks: WebhookDeliverer) -> Announce:
    """Say what the ledger has to tell to those who asked to be told."""

    def announce(connection: Connection, news: Sequence[Announcement]) -> None:
        if publish_all(connection, [Happening(said.tenant_id, said.event, said.payload) for said in news]):
            webhooks.wake_soon()

    return announce
