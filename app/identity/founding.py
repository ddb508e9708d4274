"""Ground floor, identity: the first start: a partner, a tenant and somebody who may do everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.errors import CannotStart
from app.identity.keys import digest, looks_like_key, new_key, shown_prefix
from app.identity.permissions import Role
from app.identity.tables import ApiKey, Partner, Tenant, User
from app.ids import new_id


class BootstrapKeyWrong(CannotStart):
    """The key that was offered for the first start cannot be one."""


@dataclass(frozen=True, slots=True)
class Founding:
    """Founds the platform in an empty database; later starts change nothing."""

    transactions: Transactions

    async def found(self, offered_key: str) -> str | None:
        """Make the first super-admin; returns the key if one had to be made, to be shown this once."""
        if offered_key and not looks_like_key(offered_key):
            raise BootstrapKeyWrong("SCAIGRID_BOOTSTRAP_KEY must be sgk_ and at least 32 of A-Z a-z 0-9 _ -")
        async with self.transactions.open(Reach.everywhere()) as transaction:
            if await transaction.session.scalar(select(Partner.id).limit(1)):
                return None
            key = offered_key or new_key()
            tenant = await add_tenant(transaction, slug="system", display_name="System", partner=("system", "System"))
            everything = [Role.SUPER_ADMIN, Role.TENANT_ADMIN]
            root = await add_user(transaction, tenant.id, email="root@localhost", name="Root", roles=everything)
            await add_key(transaction, root, key, name="bootstrap")
        return None if offered_key else key


async def add_tenant(
    transaction: Transaction, *, slug: str, display_name: str, partner: tuple[str, str] | str
) -> Tenant:
    """Add a tenant, and its partner too where (slug, name) is given instead of an id."""
    now = transaction.clock.now()
    partner_id = partner if isinstance(partner, str) else new_id("prt")
    if not isinstance(partner, str):
        made = Partner(id=partner_id, slug=partner[0], display_name=partner[1], created_at=now, updated_at=now)
        transaction.session.add(made)
        await transaction.session.flush()
    tenant = Tenant(
        id=new_id("tnt"),
        partner_id=partner_id,
        slug=slug,
        display_name=display_name,
        settings={},
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(tenant)
    await transaction.session.flush()
    return tenant


async def add_user(transaction: Transaction, tenant_id: str, *, email: str, name: str, roles: Sequence[str]) -> User:
    """Add a person to a tenant."""
    now = transaction.clock.now()
    user = User(
        id=new_id("usr"),
        tenant_id=tenant_id,
        email=email.strip().lower(),
        name=name,
        roles=[str(role) for role in roles],
        custom_role_ids=[],
        module_permissions=[],
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(user)
    await transaction.session.flush()
    return user


async def add_key(transaction: Transaction, user: User, key: str, *, name: str) -> ApiKey:
    """Add a key for a person; the key itself is not kept."""
    now = transaction.clock.now()
    row = ApiKey(
        id=new_id("apikey"),
        tenant_id=user.tenant_id,
        user_id=user.id,
        created_by=user.id,
        name=name,
        digest=digest(key),
        prefix=shown_prefix(key),
        scopes=None,
        created_at=now,
        updated_at=now,
    )
    transaction.session.add(row)
    await transaction.session.flush()
    return row
