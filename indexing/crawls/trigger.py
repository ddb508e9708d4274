"""Knowing, crawls: a saved crawl is begun by whoever can sign for it, once for every call.

A call for a crawl that there is not, or that listens to nobody, is checked and refused like a badly signed one.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.db.faults import is_deadlock
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.errors import PlatformError
from app.identity.caller import Caller
from app.identity.credentials import Credentials
from app.identity.errors import WebhookSignatureInvalid
from app.identity.on_behalf import on_behalf_of
from app.identity.tables import ACTIVE, Tenant
from app.jobs.ports import JobQueue
from app.modules.switchboard import Switchboard
from app.secrets import Secrets
from indexing.collections.tables import Collection
from indexing.crawls.calls import Heard, InVain, note
from indexing.crawls.saved import PURPOSE
from indexing.crawls.signing import Signed, is_genuine
from indexing.crawls.tables import WEBHOOK, Crawl, CrawlJob
from indexing.crawls.unattended import begin_for_owner
from indexing.maintenance.errors import JobAlreadyRunning

_MODULE = "scaimatrix"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Trigger:
    """Begins crawls on calls from outside, with the rights of whoever saved them."""

    transactions: Transactions
    jobs: JobQueue
    secrets: Secrets
    credentials: Credentials
    switchboard: Switchboard
    in_vain: InVain

    async def pull(self, crawl_id: str, signed: Signed, body: AsyncIterable[bytes]) -> CrawlJob:
        """Begin a crawl, if the call is genuine and was not heard before."""
        crawl = await self._named(crawl_id)
        sealed = None if crawl is None else crawl.sealed_secret
        nobodys = self.secrets.seal("", purpose=PURPOSE)  # what is there for nobody takes the same work
        secret = self.secrets.unseal(sealed or nobodys, purpose=PURPOSE)
        genuine = await is_genuine(secret, signed, body)
        if crawl is None:
            raise WebhookSignatureInvalid
        if sealed is None or not genuine:
            self.in_vain.note(crawl.tenant_id, crawl.id, Heard.BAD_SIGNATURE if sealed else Heard.DISABLED)
            raise WebhookSignatureInvalid
        return await self._begin(crawl, signed)

    async def _named(self, crawl_id: str) -> Crawl | None:
        """A crawl of any tenant for whom anything is done, into a collection that is there."""
        active = select(Crawl).join(Tenant, Tenant.id == Crawl.tenant_id).where(Tenant.status == ACTIVE)
        active = active.join(Collection, Collection.id == Crawl.collection_id).where(Collection.deleted_at.is_(None))
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            found: Crawl | None = await transaction.session.scalar(active.where(Crawl.id == crawl_id))
        return found

    async def _begin(self, crawl: Crawl, signed: Signed) -> CrawlJob:
        try:
            await self.switchboard.require(crawl.tenant_id, _MODULE)
            owner = await on_behalf_of(self.credentials, crawl.owner_id, crawl.tenant_id)
            return await self._heard_at_last(crawl, signed, owner)
        except IntegrityError:
            self.in_vain.note(crawl.tenant_id, crawl.id, Heard.REPLAYED)
            raise WebhookSignatureInvalid from None
        except PlatformError as error:
            # Nothing is remembered of the call then: its sender may send it again.
            busy = isinstance(error, JobAlreadyRunning)
            self.in_vain.note(crawl.tenant_id, crawl.id, Heard.ALREADY_RUNNING if busy else Heard.REFUSED)
            raise

    async def _heard_at_last(self, crawl: Crawl, signed: Signed, owner: Caller) -> CrawlJob:
        for _ in range(_TRIES - 1):
            try:
                return await self._heard(crawl, signed, owner)
            except OperationalError as error:
                if not is_deadlock(error):
                    raise
        return await self._heard(crawl, signed, owner)

    async def _heard(self, crawl: Crawl, signed: Signed, owner: Caller) -> CrawlJob:
        async with self.transactions.open(Reach.one(crawl.tenant_id)) as transaction:
            session = transaction.session
            present = await session.get(Crawl, crawl.id, with_for_update=True)
            if present is None or present.sealed_secret != crawl.sealed_secret:
                raise WebhookSignatureInvalid
            call = note(transaction, crawl.id, Heard.STARTED, signed.digest)
            await session.flush()
            job = await begin_for_owner(transaction, self.jobs, owner, present, WEBHOOK)
            call.job_id = job.id
            return job
