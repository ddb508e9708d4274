"""Ground floor, identity: from a bearer to a Caller, fresh at every request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import select

from app.clock import Clock
from app.db.base import BUDGETS, CATALOGUE, MODULES
from app.db.epochs import Epochs, read_epochs
from app.db.tenancy import Reach, TenantSession
from app.db.transaction import Transactions
from app.identity.caller import Caller
from app.identity.errors import KnownCredential, TokenInvalid, TokenMissing
from app.identity.key_uses import KeyUses
from app.identity.keys import PREFIX, digest
from app.identity.membership import groups_of
from app.identity.permissions import held_by
from app.identity.tables import ACTIVE, ApiKey, CustomRole, RoleMapping, Tenant, User
from app.identity.tokens import ANYWHERE, Place

_MOST_REMEMBERED = 10_000
_READ_AHEAD = (CATALOGUE, BUDGETS, MODULES)  # most requests go on to a model; one query then does for all they need


class TokenCheck(Protocol):
    """Checks tokens of an identity provider."""

    async def user_of(self, token: str, place: Place) -> str:
        """Return the id of our user that a token good at a place speaks for, or refuse."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A caller who may come in, and the epochs that were read to know it; what is missing is read when needed."""

    caller: Caller
    epochs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Remembered:
    caller: Caller
    epoch: int


@dataclass(slots=True)
class Credentials:
    """Tells who a bearer is; what it remembers of callers is used only at the epoch it was learned at."""

    transactions: Transactions
    epochs: Epochs
    clock: Clock
    tokens: TokenCheck | None = None
    key_uses: KeyUses | None = None
    _remembered: OrderedDict[str, _Remembered] = field(default_factory=OrderedDict)

    async def admit(self, bearer: str | None, place: Place = ANYWHERE) -> Admitted:
        """Return the caller of a bearer brought to a place, and the epochs read on the way, or refuse."""
        if not bearer:
            raise TokenMissing
        if bearer.startswith(PREFIX):
            admitted = await self._by_key(digest(bearer))
        elif self.tokens is not None:
            admitted = await self._by_user(await self.tokens.user_of(bearer, place))
        else:
            raise TokenInvalid
        expiry = admitted.caller.key_expires_at
        if expiry is not None and expiry <= self.clock.now():
            raise TokenInvalid(_whose(admitted.caller))
        if admitted.caller.key_id is not None and self.key_uses is not None:
            self.key_uses.note(admitted.caller.key_id)
        return admitted

    async def of_user(self, user_id: str) -> Caller:
        """Return somebody as a caller without any credential of theirs: only for work they have asked for before."""
        return (await self.admit_user(user_id)).caller

    async def admit_user(self, user_id: str) -> Admitted:
        """The same, with the epochs that were read on the way."""
        return await self._by_user(user_id)

    async def _by_key(self, key_digest: str) -> Admitted:
        known = await self._fresh(key_digest)
        if known is not None:
            return known
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            key = await session.scalar(select(ApiKey).where(ApiKey.digest == key_digest))
            if key is None:
                raise TokenInvalid
            if key.revoked_at is not None:
                raise TokenInvalid(KnownCredential(key.tenant_id, key.user_id, key.id))
            caller, epoch = await self._load(session, key.user_id, key.id)
        scopes = None if key.scopes is None else frozenset(key.scopes)
        caller = replace(caller, scopes=scopes, key_id=key.id, key_expires_at=key.expires_at)
        self._remember(key_digest, _Remembered(caller, epoch))
        return Admitted(caller, {caller.tenant_id: epoch})

    async def _by_user(self, user_id: str) -> Admitted:
        known = await self._fresh(user_id)
        if known is not None:
            return known
        async with self.transactions.open(Reach.everywhere(), writes=False) as transaction:
            caller, epoch = await self._load(transaction.session, user_id)
        self._remember(user_id, _Remembered(caller, epoch))
        return Admitted(caller, {caller.tenant_id: epoch})

    async def _fresh(self, name: str) -> Admitted | None:
        known = self._remembered.get(name)
        if known is None:
            return None
        tenant = known.caller.tenant_id
        epochs = await self.epochs.read(tenant, *_READ_AHEAD)
        if epochs[tenant] == known.epoch:
            return Admitted(known.caller, epochs)
        self._remembered.pop(name, None)
        return None

    def _remember(self, name: str, known: _Remembered) -> None:
        self._remembered[name] = known
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    async def _load(self, session: TenantSession, user_id: str, key_id: str | None = None) -> tuple[Caller, int]:
        """Read a user with everything that decides what they may do, and the epoch it is true at."""
        user = await session.get(User, user_id)
        if user is None:
            raise TokenInvalid
        tenant = await session.get_one(Tenant, user.tenant_id)
        if user.status != ACTIVE or tenant.status != ACTIVE:
            raise TokenInvalid(KnownCredential(tenant.id, user.id, key_id))
        epoch = await epoch_in(session, tenant.id)
        return replace(await caller_of(session, user, tenant), as_of=epoch), epoch


def _whose(caller: Caller) -> KnownCredential:
    return KnownCredential(caller.tenant_id, caller.user_id, caller.key_id)


async def epoch_in(session: TenantSession, scope: str) -> int:
    """Read one epoch inside a transaction, so that it belongs to what the transaction sees."""
    connection = await session.connection()
    return (await connection.run_sync(read_epochs, [scope]))[scope]


async def caller_of(session: TenantSession, user: User, tenant: Tenant) -> Caller:
    """Work out what a user is and may do now."""
    groups = await groups_of(session, tenant.id, user.id)
    mapped = await mapped_roles(session, tenant.id, groups)
    roles = frozenset(user.roles) | frozenset(mapping.role for mapping in mapped if mapping.role)
    custom = set(user.custom_role_ids) | {mapping.custom_role_id for mapping in mapped if mapping.custom_role_id}
    held = held_by(roles) | frozenset(user.module_permissions) | await held_by_custom(session, tenant.id, custom)
    return Caller(
        user_id=user.id,
        tenant_id=tenant.id,
        tenant_slug=tenant.slug,
        partner_id=tenant.partner_id,
        email=user.email,
        name=user.name,
        roles=roles,
        held=held,
        groups=groups,
        tenant_settings=tenant.settings,
    )


async def mapped_roles(session: TenantSession, tenant_id: str, groups: frozenset[str]) -> list[RoleMapping]:
    """The roles that some groups bring."""
    mappings = await session.scalars(select(RoleMapping).where(RoleMapping.tenant_id == tenant_id))
    return [mapping for mapping in mappings if mapping.group_id in groups]


async def held_by_custom(session: TenantSession, tenant_id: str, role_ids: set[str]) -> frozenset[str]:
    """All that some custom roles together permit."""
    if not role_ids:
        return frozenset()
    roles = await session.scalars(select(CustomRole).where(CustomRole.tenant_id == tenant_id))
    return frozenset(permission for role in roles if role.id in role_ids for permission in role.permissions)
