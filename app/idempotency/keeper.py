"""Ground floor, idempotency: begin, complete or give up a keyed request.

The answer is stored in the transaction of the deed itself: either both are there or neither is. A record that is
still in flight after its lease belongs to a process that died before committing, so the request may run again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, delete, select

from app.db.tenancy import REACH, Reach, TenantSession
from app.db.transaction import Transaction, Transactions
from app.db.upsert import insert_missing
from app.errors import Kind, PlatformError
from app.idempotency.tables import IdempotencyRecord
from app.ids import new_id
from app.secrets import Secrets

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)
_PURPOSE = "idempotency"
_SWEEPING = "00"  # one key in 256 also clears what is older than a day
_RECORDS = cast("Table", IdempotencyRecord.__table__)


class IdempotencyMismatch(PlatformError):
    """The key was used for another request."""

    code = "IDEMPOTENCY_MISMATCH"
    kind = Kind.INVALID


class IdempotencyInFlight(PlatformError):
    """The first request with this key is still running."""

    code = "IDEMPOTENCY_IN_FLIGHT"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a keyed request, or the answer it already has."""

    id: str
    attempt: str
    tenant_id: str
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class IdempotencyKeeper:
    """Keeps answers for a day, per tenant and caller; sealed, because some answers show a secret once."""

    transactions: Transactions
    secrets: Secrets

    async def begin(self, *, tenant_id: str, caller: str, key: str, fingerprint: str) -> Claim:
        """Claim a key, or find its answer; refuses a key used for another request or still in flight."""
        name = hashlib.sha256(json.dumps([tenant_id, caller, key]).encode()).hexdigest()
        claim = Claim(name, new_id("idm"), tenant_id)
        if name.startswith(_SWEEPING):
            await self.sweep()
        async with self.transactions.open(Reach.one(tenant_id)) as transaction:
            session, now = transaction.session, transaction.clock.now()
            await session.execute(
                delete(IdempotencyRecord).where(IdempotencyRecord.id == name, IdempotencyRecord.expires_at <= now)
            )
            row = {
                "id": name,
                "tenant_id": tenant_id,
                "caller": caller,
                "fingerprint": fingerprint,
                "attempt": claim.attempt,
                "leased_until": now + LEASE,
                "expires_at": now + KEPT,
            }
            connection = await session.connection()
            await connection.run_sync(insert_missing, _RECORDS, [row])
            record = await session.scalar(
                select(IdempotencyRecord).where(IdempotencyRecord.id == name).with_for_update()
            )
            if record is None or record.attempt == claim.attempt:
                return claim
            if record.fingerprint != fingerprint:
                raise IdempotencyMismatch("This Idempotency-Key was sent before with another request; use a new key.")
            if record.status is not None and record.sealed_answer is not None:
                return replace(claim, answer=self._unseal(record.status, record.sealed_answer))
            if record.leased_until > now:
                raise IdempotencyInFlight(
                    "The first request with this Idempotency-Key is still running.", retry_after=1
                )
            record.attempt, record.leased_until = claim.attempt, now + LEASE
        return claim

    async def complete(self, transaction: Transaction, claim: Claim, answer: Answer) -> None:
        """Store the answer within the transaction of what it answers, in the tenant the key was claimed in."""
        session = transaction.session
        await session.flush()
        reach, session.info[REACH] = session.info[REACH], Reach.one(claim.tenant_id)
        await self._store(session, claim, answer)
        await session.flush()
        session.info[REACH] = reach

    async def _store(self, session: TenantSession, claim: Claim, answer: Answer) -> None:
        record = await session.get(IdempotencyRecord, claim.id, with_for_update=True)
        if record is None or record.attempt != claim.attempt:
            raise IdempotencyInFlight("Another request with this Idempotency-Key took over.", retry_after=1)
        record.status = answer.status
        content = json.dumps({"headers": dict(answer.headers), "body": answer.body})
        record.sealed_answer = self.secrets.seal(content, purpose=_PURPOSE)

    async def give_up(self, claim: Claim) -> None:
        """Free the key of a request that failed, so that it can be tried again."""
        async with self.transactions.open(Reach.one(claim.tenant_id)) as transaction:
            await transaction.session.execute(
                delete(IdempotencyRecord).where(
                    IdempotencyRecord.id == claim.id,
                    IdempotencyRecord.attempt == claim.attempt,
                    IdempotencyRecord.status.is_(None),
                )
            )

    async def sweep(self) -> None:
        """Forget what is older than a day."""
        async with self.transactions.open(Reach.everywhere()) as transaction:
            now = transaction.clock.now()
            await transaction.session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.expires_at <= now))

    def _unseal(self, status: int, sealed: str) -> Answer:
        content = json.loads(self.secrets.unseal(sealed, purpose=_PURPOSE))
        return Answer(status, content["headers"], content["body"])
