"""Roof, demo: three people of one company who may not all read the same."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.db.tenancy import Reach
from app.db.transaction import Transaction, Transactions
from app.identity.founding import add_key, add_tenant, add_user
from app.identity.keys import PREFIX
from app.identity.permissions import Matrix, Persona, Role
from app.identity.tables import Group, GroupMember, GroupNesting, Partner, Tenant
from app.ids import new_id
from app.secrets import Secrets

SLUG = "demo"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo company."""

    name: str
    does: str
    role: Role
    group: str | None
    permissions: tuple[str, ...] = ()


_READER = (Matrix.VIEW, Matrix.SEARCH, Persona.VIEW)
PEOPLE = (
    DemoPerson("ada", "runs the tenant", Role.TENANT_ADMIN, "people-team"),
    DemoPerson("ben", "engineer", Role.TENANT_USER, "engineering", _READER),
    DemoPerson("cleo", "finance", Role.TENANT_USER, "finance", (*_READER, Matrix.INGEST)),
)
_GROUPS = ("everyone-at-demo", "people-team", "engineering", "finance")


def demo_key(secrets: Secrets, name: str) -> str:
    """The key of a demo person: reckoned from the platform's own key, so that it can be shown at every start."""
    return PREFIX + base64.urlsafe_b64encode(secrets.derive(f"demo key of {name}")).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class DemoSeeding:
    """Makes the demo tenant once; whoever deletes or changes it is not overruled at the next start."""

    transactions: Transactions
    secrets: Secrets

    async def seed(self) -> bool:
        """Make the tenant unless it is there; says whether it is there to be used."""
        async with self.transactions.open(Reach.everywhere()) as transaction:
            if await transaction.session.scalar(select(Tenant.id).where(Tenant.slug == SLUG)):
                return True
            partner = await transaction.session.scalar(select(Partner.id).where(Partner.slug == "system"))
            if partner is None:
                return False
            tenant = await add_tenant(transaction, slug=SLUG, display_name="Demo Company", partner=partner)
            groups = await _add_groups(transaction, tenant.id)
            for person in PEOPLE:
                await self._add_person(transaction, tenant.id, person, groups)
        return True

    async def _add_person(
        self, transaction: Transaction, tenant_id: str, person: DemoPerson, groups: dict[str, str]
    ) -> None:
        email = f"{person.name}@demo.example"
        user = await add_user(transaction, tenant_id, email=email, name=person.name.title(), roles=[person.role])
        user.module_permissions = [str(permission) for permission in person.permissions]
        await add_key(transaction, user, demo_key(self.secrets, person.name), name="demo")
        if person.group is not None:
            now = transaction.clock.now()
            member = GroupMember(tenant_id=tenant_id, group_id=groups[person.group], user_id=user.id, created_at=now)
            transaction.session.add(member)
            await transaction.session.flush()


async def _add_groups(transaction: Transaction, tenant_id: str) -> dict[str, str]:
    """Make the groups; every team is in the first one."""
    made = {name: await _add_group(transaction, tenant_id, name) for name in _GROUPS}
    whole, *teams = _GROUPS
    now = transaction.clock.now()
    for team in teams:
        nesting = GroupNesting(tenant_id=tenant_id, group_id=made[whole], child_id=made[team], created_at=now)
        transaction.session.add(nesting)
    await transaction.session.flush()
    return made


async def _add_group(transaction: Transaction, tenant_id: str, name: str) -> str:
    now = transaction.clock.now()
    group = Group(id=new_id("grp"), tenant_id=tenant_id, name=name, created_at=now, updated_at=now)
    transaction.session.add(group)
    await transaction.session.flush()
    return group.id


def keys_of(secrets: Secrets) -> Sequence[tuple[DemoPerson, str]]:
    """Everybody of the demo with their key."""
    return [(person, demo_key(secrets, person.name)) for person in PEOPLE]
