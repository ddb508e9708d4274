"""Measuring, runs: with whose rights a run is made and on whose account, asked for again while it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.errors import Kind, NotFound, PlatformError
from app.identity.caller import Caller
from app.identity.credentials import Credentials
from app.identity.errors import TokenInvalid
from app.identity.permissions import Persona
from app.identity.tables import ApiKey
from app.modules.switchboard import Switchboard
from evals.runs.errors import EvaluationReaderGone

MODULE = "scaipersona"


class EvaluationNotAllowed(PlatformError):
    """Whoever started the run may not come in any more, or their key may not; nothing is asked on their account."""

    code = "EVALUATION_NOT_ALLOWED"
    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("Whoever started this run is suspended or gone, or the key it was started with has ended.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Who started a run, as its row says."""

    credentials: Credentials
    transactions: Transactions
    switchboard: Switchboard
    user_id: str
    key_id: str | None
    tenant_id: str

    async def runner(self) -> Caller:
        """Return them as they are now, or refuse: what they lost since they started it counts from that moment on."""
        await self.switchboard.require(self.tenant_id, MODULE)
        try:
            caller = await self.credentials.of_user(self.user_id)
        except TokenInvalid:
            raise EvaluationNotAllowed from None
        if self.key_id is not None:
            caller = self._through(caller, await self._key(self.key_id))
        caller.require(Persona.TEST)
        return caller

    async def reader(self, user_id: str, runner: Caller) -> Caller:
        """Somebody of the tenant as they are now; with the runner's own key where they are the runner."""
        if user_id == runner.user_id:
            return runner
        try:
            reader = await self.credentials.of_user(user_id)
        except (TokenInvalid, NotFound):
            raise EvaluationReaderGone from None
        if reader.tenant_id != self.tenant_id:
            raise EvaluationReaderGone
        return reader

    async def _key(self, key_id: str) -> ApiKey | None:
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            found: ApiKey | None = await transaction.session.get(ApiKey, key_id)
        return found

    def _through(self, caller: Caller, key: ApiKey | None) -> Caller:
        over = key is not None and key.expires_at is not None and key.expires_at <= self.transactions.clock.now()
        if key is None or key.revoked_at is not None or key.user_id != caller.user_id or over:
            raise EvaluationNotAllowed
        scopes = None if key.scopes is None else frozenset(key.scopes)
        return replace(caller, scopes=scopes, key_id=key.id, key_expires_at=key.expires_at)
