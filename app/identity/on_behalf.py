"""Ground floor, identity: somebody as a caller, for what the platform does on their account while they are away."""

from __future__ import annotations

from app.db.tenancy import Reach
from app.errors import NotFound
from app.identity.caller import Caller
from app.identity.credentials import Credentials
from app.identity.errors import TokenInvalid
from app.identity.tables import Tenant

_NOTHING = frozenset[str]()


async def on_behalf_of(credentials: Credentials, user_id: str, tenant_id: str) -> Caller:
    """Somebody with all they are now; who is gone or suspended may do nothing, and is still who pays.

    For work that was asked for while they could: no door may let anybody in by it.
    """
    try:
        caller = await credentials.of_user(user_id)
    except TokenInvalid:
        caller = None
    if caller is not None and caller.tenant_id == tenant_id:
        return caller
    async with credentials.transactions.open(Reach.everywhere(), writes=False) as transaction:
        tenant = await transaction.session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound
    return Caller(
        user_id=user_id,
        tenant_id=tenant_id,
        tenant_slug=tenant.slug,
        partner_id=tenant.partner_id,
        email="",
        name="",
        roles=_NOTHING,
        held=_NOTHING,
        groups=_NOTHING,
        tenant_settings=tenant.settings,
    )
