"""Roof, wiring: what every door works with."""

from __future__ import annotations

from dataclasses import dataclass

from acl.access import Access
from acl.chokepoint import Chokepoint
from app.accounting.ledger import Ledger
from app.audit.refusals import Refusals
from app.audit.verify import ChainInspector
from app.blobs.ports import BlobStore
from app.clock import Clock
from app.db.engine import Database
from app.db.transaction import Transactions
from app.db.writer import Writer
from app.idempotency.keeper import IdempotencyKeeper
from app.identity.credentials import Credentials
from app.identity.directory.hooks import DirectoryHooks
from app.identity.key_uses import KeyUses
from app.inference.counting import TokenCounters
from app.inference.gateway import Gateway
from app.inference.ports import BackendMaker
from app.jobs.ports import JobQueue
from app.limits.ports import RateCounter, RateLimits
from app.modules.switchboard import Switchboard
from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.paging import CursorSeal
from app.secrets import Secrets
from app.settings import Settings
from app.telemetry.health import Health
from app.webhooks.deliver import WebhookDeliverer
from indexing.crawls.calls import InVain
from indexing.crawls.hosts import Hosts
from indexing.crawls.progress import Progress
from indexing.drive.files import DriveFiles
from indexing.extraction.apart import Extractor
from indexing.pipeline.room import TextRoom
from indexing.pipeline.shared_calls import SharedCalls
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import VectorStore
from rag.graphs.counts import GraphCounts
from rag.looking import Library
from rag.personas.avatar import PictureStores
from rag.personas.configured import Configured
from rag.retrieval.question_vectors import QuestionVectors
from rag.retrieval.reranking import Reranker


@dataclass(frozen=True, slots=True)
class Platform:
    """The ports of one process, built once."""

    settings: Settings
    clock: Clock
    secrets: Secrets
    cursors: CursorSeal
    database: Database
    transactions: Transactions
    writer: Writer
    credentials: Credentials
    key_uses: KeyUses
    rates: RateCounter
    rate_limits: RateLimits
    idempotency: IdempotencyKeeper
    refusals: Refusals
    chains: ChainInspector
    ledger: Ledger
    webhooks: WebhookDeliverer
    directory_hooks: DirectoryHooks | None  # what takes ScaiKey's events, where they can be verified
    guard: Guard  # of addresses that tenants name
    outbound: OutboundClient  # asks addresses that tenants name
    drive: DriveFiles
    switchboard: Switchboard
    gateway: Gateway
    calls: SharedCalls  # of embedding models, for documents
    backend_maker: BackendMaker  # makes one to look at; whoever asks closes it
    health: Health
    blobs: BlobStore
    pictures: PictureStores  # of assistants
    access: Access
    chokepoint: Chokepoint
    jobs: JobQueue
    extractor: Extractor
    room: TextRoom
    vectors: VectorStore
    graphs: GraphStore
    graph_counts: GraphCounts
    counters: TokenCounters
    questions: QuestionVectors
    crawls: Progress  # of those that somebody watches here
    eval_runs: Progress
    crawl_calls: InVain
    crawl_hosts: Hosts  # that runs of this process ask
    reranker: Reranker
    personas: Configured
    library: Library  # what assistants look with
