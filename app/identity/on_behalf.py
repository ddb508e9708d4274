"""Ground floor, identity: somebody as a caller, for what the platform does on their account while they are away."""

from __future__ import annotations

from app.db.tenancy import Reach
from app.errors import NotFound
from app.identity.caller import Caller
from app.identity.credentials import Admitted, Credentials
from app.identity.errors import TokenInvalid
from app.identity.tables import Tenant

_NOTHING = frozenset[str]()


async def on_behalf_of(credentials: Credentials, user_id: str, tenant_id: str) -> Caller:
    """Somebody with all they are now, as `admitted_for`."""
    return (await admitted_for(credentials, user_id, tenant_id)).caller


async def admitted_for(credentials: Credentials, user_id: str, tenant_id: str) -> Admitted:
    """Somebody with all they are now; who is gone or suspended may do nothing, and is still who pays.

    For work that was asked for while they could: no door may let anybody in by it.
    """
    try:
        admitted = await credentials.admit_user(user_id)
    except TokenInvalid:
        admitted = None
    if admitted is not None and admitted.caller.tenant_id == tenant_id:
        return admitted
    async with credentials.transactions.open(Reach.everywhere(), writes=False) as transaction:
        tenant = await transaction.session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound
    gone = Caller(
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
    return Admitted(gone, {})
