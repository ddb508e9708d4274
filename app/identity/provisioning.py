"""Ground floor, identity: from a good token to our user, who is made by their first one.

A person is who the provider's immutable `sub` says, never who has the same address: a token with the address of
somebody who is here already makes another person, under a stand-in address, and takes nothing over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.db.epochs import Epochs
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transaction, Transactions
from app.errors import Unavailable
from app.identity.credentials import epoch_in
from app.identity.directory.joining import join_groups
from app.identity.errors import KnownCredential, TokenInvalid
from app.identity.people import NewPerson, person_row
from app.identity.queries import exists, one
from app.identity.rows import amend
from app.identity.tables import ACTIVE, Tenant, User
from app.identity.tokens import ANYWHERE, Claims, Place, Tokens

Note = Callable[[Transaction, User, str], None]
STAND_IN = "@address-unknown.invalid"  # .invalid is nobody's, by RFC 2606
_ATTEMPTS = 3
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    user_id: str
    tenant_id: str
    epoch: int


@dataclass(slots=True)
class Provisioning:
    """Finds the user a token speaks for, makes them if they are new, and keeps address and name up to date."""

    tokens: Tokens
    transactions: Transactions
    epochs: Epochs
    default_role: str
    note: Note  # puts what was done into the audit trail
    _remembered: OrderedDict[Claims, _Known] = field(default_factory=OrderedDict)

    async def user_of(self, token: str, place: Place = ANYWHERE) -> str:
        """Return the id of our user that a token good at a place speaks for, or refuse."""
        claims = await self.tokens.claims_of(token, place)
        known = self._remembered.get(claims)
        if known is not None and (await self.epochs.read(known.tenant_id))[known.tenant_id] == known.epoch:
            return known.user_id
        known = await self._look(claims)
        self._remembered[claims] = known
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return known.user_id

    async def _look(self, claims: Claims) -> _Known:
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            tenant = await _tenant(session, claims)
            epoch = await epoch_in(session, tenant.id)
            user = await _user(session, tenant.id, claims)
            settled = user is not None and not await _news(session, user, claims)
        if user is not None and settled:
            return _Known(user.id, tenant.id, epoch)
        return await self._settle(tenant.id, claims)

    async def _settle(self, tenant_id: str, claims: Claims) -> _Known:
        """Make or change the user; another process may be doing the same, then its work is found the next time."""
        for _ in range(_ATTEMPTS):
            try:
                async with self.transactions.open(Reach.one(tenant_id)) as transaction:
                    user_id = await self._write(transaction, tenant_id, claims)
                    return _Known(user_id, tenant_id, await epoch_in(transaction.session, tenant_id))
            except (IntegrityError, OperationalError, StaleDataError):
                continue
        raise Unavailable("This person is being changed at the same moment; try again.", retry_after=1)

    async def _write(self, transaction: Transaction, tenant_id: str, claims: Claims) -> str:
        session = transaction.session
        user = await _user(session, tenant_id, claims)
        if user is not None:
            if await amend(transaction, user, **await _news(session, user, claims)):
                self.note(transaction, user, "user.updated")
            return user.id
        new = NewPerson("", claims.name or claims.email or claims.subject, [self.default_role], claims.subject)
        user = person_row(transaction, tenant_id, new)
        user.email = stand_in(user)
        if claims.email is not None and await _is_free(session, tenant_id, claims.email):
            user.email = claims.email
        session.add(user)
        await session.flush()
        await join_groups(transaction, user)
        self.note(transaction, user, "user.created")
        return user.id


def stand_in(user: User) -> str:
    """The address of somebody whose own is not known or belongs to somebody else here."""
    return user.id.lower() + STAND_IN


async def _tenant(session: TenantSession, claims: Claims) -> Tenant:
    tenant = await one(session, Tenant, Tenant.external_id == claims.tenant)
    if tenant is None or tenant.status != ACTIVE:
        raise TokenInvalid
    return tenant


async def _user(session: TenantSession, tenant_id: str, claims: Claims) -> User | None:
    return await one(session, User, User.tenant_id == tenant_id, User.external_id == claims.subject)


async def _news(session: TenantSession, user: User, claims: Claims) -> dict[str, Any]:
    """What the token says of somebody that we did not know: a name, an address nobody else here has."""
    if user.status != ACTIVE:
        raise TokenInvalid(KnownCredential(user.tenant_id, user.id))
    news: dict[str, Any] = {}
    if claims.name is not None and claims.name != user.name:
        news["name"] = claims.name
    if (
        claims.email is not None
        and claims.email != user.email
        and await _is_free(session, user.tenant_id, claims.email)
    ):
        news["email"] = claims.email
    return news


async def _is_free(session: TenantSession, tenant_id: str, email: str) -> bool:
    return not await exists(session, User, User.tenant_id == tenant_id, User.email == email)
