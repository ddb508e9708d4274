"""Ground floor, directory: who comes for the first time is put where ScaiKey already has them."""

from __future__ import annotations

from sqlalchemy import select

from app.db.transaction import Transaction
from app.identity.directory.tables import PendingMember
from app.identity.tables import GroupMember, User


async def join_groups(transaction: Transaction, user: User) -> None:
    """Put a person whose row was just written into the groups that wait for them, in the same transaction."""
    if user.external_id is None:
        return
    session, now = transaction.session, transaction.clock.now()
    mine = (PendingMember.tenant_id == user.tenant_id, PendingMember.external_id == user.external_id)
    for waiting in (await session.scalars(select(PendingMember).where(*mine))).all():
        group_id = waiting.group_id
        session.add(GroupMember(tenant_id=user.tenant_id, group_id=group_id, user_id=user.id, created_at=now))
        await session.delete(waiting)
    await session.flush()
