"""Knowing, crawls: with whose rights a run walks, asked for again while it does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from acl.access import Access
from acl.permission import Permission
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.errors import Kind, PlatformError
from app.identity.caller import Caller
from app.identity.credentials import Credentials
from app.identity.errors import TokenInvalid
from app.identity.permissions import Matrix
from app.identity.tables import ApiKey
from app.modules.switchboard import Switchboard
from indexing.collections.access import require_access

_MODULE = "scaimatrix"


class CrawlNotAllowed(PlatformError):
    """Whoever started the crawl may not come in any more, or their key may not; nothing is crawled in their name."""

    code = "CRAWL_NOT_ALLOWED"
    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("Whoever started this crawl is suspended or gone, or the key it was started with has ended.")


@dataclass(frozen=True, slots=True)
class Starter:
    """Who started a run, as its row says."""

    credentials: Credentials
    transactions: Transactions
    access: Access
    switchboard: Switchboard
    user_id: str
    key_id: str | None
    tenant_id: str
    collection_id: str

    async def may_go_on(self) -> Caller:
        """Return them as they are now, or refuse: what they lost since they started it counts from that moment on."""
        await self.switchboard.require(self.tenant_id, _MODULE)
        try:
            caller = await self.credentials.of_user(self.user_id)
        except TokenInvalid:
            raise CrawlNotAllowed from None
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            key = None if self.key_id is None else await transaction.session.get(ApiKey, self.key_id)
        if self.key_id is not None:
            caller = self._through(caller, key)
        caller.require(Matrix.INGEST)
        async with self.transactions.open(Reach.one(self.tenant_id), writes=False) as transaction:
            resolver = self.access.resolver(transaction.session)
            await require_access(resolver, caller, self.collection_id, Permission.INGEST)
        return caller

    def _through(self, caller: Caller, key: ApiKey | None) -> Caller:
        over = key is not None and key.expires_at is not None and key.expires_at <= self.transactions.clock.now()
        if key is None or key.revoked_at is not None or key.user_id != caller.user_id or over:
            raise CrawlNotAllowed
        scopes = None if key.scopes is None else frozenset(key.scopes)
        return replace(caller, scopes=scopes, key_id=key.id, key_expires_at=key.expires_at)
