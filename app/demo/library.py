"""Roof, demo: three collections of one company: for everybody, for one team, and for two of its teams alone.

An assistant reads them all, for each person what they may, and a set of cases asks whether it does so well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from acl.access import Access
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.grants import Grant, add_entry
from acl.weighing import Weighing
from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.demo.assistant import add_assistant
from app.demo.evaluation import add_set, demo_cases
from app.demo.organisation import PEOPLE, SLUG
from app.errors import SlugConflict
from app.identity.caller import Caller
from app.identity.credentials import caller_of
from app.identity.tables import Group, Tenant, User
from app.jobs.kinds import JobKind
from evals.authoring import Prepared
from indexing.collections.chunking import Cut
from indexing.collections.lifecycle import CollectionDraft, add_collection
from indexing.documents.content import Content, ContentKeeping
from indexing.documents.intake import Arrival, DocumentIntake
from indexing.erasing.beginnings import had_any

_FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class DemoCollection:
    """A folder of documents, and the groups that may use it."""

    folder: str
    name: str
    description: str
    default_access: DefaultAccess = DefaultAccess.RESTRICTED
    groups: Mapping[str, str] | None = None  # by name, the role each has


COLLECTIONS = (
    DemoCollection("handbook", "Handbook", "How we work. Everybody reads it.", DefaultAccess.TENANT),
    DemoCollection(
        "finance", "Finance", "Budgets, suppliers and expenses; of the finance team.", groups={"finance": "EDITOR"}
    ),
    DemoCollection(
        "people",
        "Salaries",
        "Salary bands; only the finance and the people team read them.",
        groups={"finance": "VIEWER", "people-team": "MANAGER"},
    ),
)


@dataclass(frozen=True, slots=True)
class _File:
    collection: DemoCollection
    path: Path


class _Nobody:
    """Nobody works yet: whoever does looks at what there is when they begin."""

    bell: asyncio.Event | None = None

    def wake(self, job_id: str, kind: JobKind) -> None:
        """Tell nobody."""

    remind = wake

    async def answers(self) -> None:
        """There is nobody to be told."""

    async def aclose(self) -> None:
        """Hold nothing anyhow."""


@dataclass(frozen=True, slots=True)
class DemoLibrary:
    """Makes the collections once; whoever deletes them is not overruled at the next start."""

    access: Access
    transactions: Transactions
    keeping: ContentKeeping

    async def seed(self) -> None:
        """Make them, with their files, unless the tenant has or had any."""
        tenant_id = await self._tenant()
        if tenant_id is None or await self._has_been_seeded(tenant_id):
            return
        async with AsyncExitStack() as stack:
            files = await asyncio.to_thread(_files)
            cases = await asyncio.to_thread(demo_cases)
            kept = [
                (file, await stack.enter_async_context(self.keeping.keeping(tenant_id, _parts(file)))) for file in files
            ]
            try:
                async with self.transactions.open(Reach.one(tenant_id)) as transaction:
                    await self._make(transaction, tenant_id, kept, cases)
            except SlugConflict:  # another server starts for the first time too; what was kept here is let go
                for _, content in kept:
                    content.taken = False

    async def _tenant(self) -> str | None:
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            tenant_id: str | None = await transaction.session.scalar(select(Tenant.id).where(Tenant.slug == SLUG))
            return tenant_id

    async def _has_been_seeded(self, tenant_id: str) -> bool:
        async with self.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
            return await had_any(transaction.session)

    async def _make(
        self,
        transaction: Transaction,
        tenant_id: str,
        kept: Sequence[tuple[_File, Content]],
        cases: Sequence[Prepared],
    ) -> None:
        ada = await _administrator(transaction, tenant_id)
        if ada is None or await had_any(transaction.session):
            return
        named = await transaction.session.scalars(select(Group).where(Group.tenant_id == tenant_id))
        groups = {group.name: group.id for group in named}
        intake = DocumentIntake(self.access, self.keeping, _Nobody())
        made = {collection.folder: await _open(transaction, collection, ada, groups) for collection in COLLECTIONS}
        for file, content in kept:
            arrival = Arrival(file.path.name, declared_type="text/markdown")
            await intake.accept(transaction, content, arrival, into=made[file.collection.folder], caller=ada)
        await add_assistant(transaction, self.access, ada, list(made.values()))
        await add_set(transaction, ada, cases)


async def _administrator(transaction: Transaction, tenant_id: str) -> Caller | None:
    """The person who runs the demo company, if they are still there."""
    wanted = select(User).where(User.email == f"{PEOPLE[0].name}@demo.example", User.tenant_id == tenant_id)
    user = await transaction.session.scalar(wanted)
    tenant = await transaction.session.get(Tenant, tenant_id)
    return None if user is None or tenant is None else await caller_of(transaction.session, user, tenant)


async def _open(transaction: Transaction, demo: DemoCollection, owner: Caller, groups: Mapping[str, str]) -> str:
    """Make a collection and let its groups in; returns its id."""
    draft = CollectionDraft(
        demo.name,
        "local/minilm",
        Cut("markdown", 256, 32),
        description=demo.description,
        default_access=demo.default_access,
    )
    made = await add_collection(transaction, draft, owner_id=owner.user_id, tenant_id=owner.tenant_id)
    for name, role in (demo.groups or {}).items():
        if name in groups:
            weighing = await Weighing.begin(transaction, owner, made.access)
            await add_entry(weighing, Grant(Effect.ALLOW, PrincipalType.GROUP, groups[name], role))
    return made.id


def _files() -> list[_File]:
    return [
        _File(collection, path)
        for collection in COLLECTIONS
        for path in sorted((_FOLDER / collection.folder).iterdir())
    ]


async def _parts(file: _File) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread(file.path.read_bytes)
