"""Ground floor, directory: events ScaiKey sends, taken once each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from app.identity.directory.reading import LONGEST_ID
from app.identity.directory.signature import is_fresh, is_genuine
from app.identity.directory.tables import DirectoryEvent
from app.identity.directory.turns import Turns
from app.identity.errors import WebhookSignatureInvalid
from app.identity.queries import one
from app.identity.tables import Tenant
from app.telemetry.metrics import DIRECTORY_EVENTS

_REMEMBERED = timedelta(hours=24)  # far longer than a signature is fresh, and than senders try again


@dataclass(frozen=True, slots=True)
class DirectoryHooks:
    """Whatever a genuine event says, it says that something has changed: the directory is then read."""

    secret: str = field(repr=False)
    transactions: Transactions
    turns: Turns
    wake: Callable[[], None]

    def expect(self, header: str) -> None:
        """Refuse what could not be genuine whatever its body is."""
        if not is_fresh(header, self._now()):
            self._refuse()

    def verify(self, header: str, body: bytes) -> None:
        """Refuse a body that was not signed with our secret just now."""
        if not is_genuine(self.secret, header, body, self._now()):
            self._refuse()

    async def take(self, event: dict[str, Any], signed: bytes) -> None:
        """Have the directory read, unless the event (or all that was signed, where it has no id) was taken before."""
        digest = _digest_of(event, signed)
        try:
            async with self.transactions.open(Reach.everywhere()) as transaction:
                session, now = transaction.session, transaction.clock.now()
                session.add(DirectoryEvent(digest=digest, forget_at=now + _REMEMBERED))
                await session.flush()
                await self.turns.hear(session, now, await _tenant_of(session, event))
                transaction.after_commit(self.wake)
        except IntegrityError:
            DIRECTORY_EVENTS.labels("repeated").inc()
        else:
            DIRECTORY_EVENTS.labels("taken").inc()

    async def sweep(self) -> None:
        """Forget events of yesterday."""
        async with self.transactions.open(Reach.everywhere()) as transaction:
            old = DirectoryEvent.forget_at <= transaction.clock.now()
            await transaction.session.execute(delete(DirectoryEvent).where(old))

    def _now(self) -> float:
        return self.transactions.clock.now().timestamp()

    def _refuse(self) -> None:
        DIRECTORY_EVENTS.labels("refused").inc()
        raise WebhookSignatureInvalid


def _digest_of(event: dict[str, Any], signed: bytes) -> str:
    name = event.get("id")
    known_by = b"id " + name.encode() if isinstance(name, str) and name else b"signed " + signed
    return hashlib.sha256(known_by).hexdigest()


async def _tenant_of(session: TenantSession, event: dict[str, Any]) -> str | None:
    """Our id of the tenant an event names; None where it names none we know."""
    data = event.get("data")
    for place in (event, data if isinstance(data, dict) else {}):
        named = place.get("tenant_id")
        if isinstance(named, str) and 0 < len(named) <= LONGEST_ID:
            tenant = await one(session, Tenant, Tenant.external_id == named)
            if tenant is not None:
                return tenant.id
    return None
