"""Knowing, crawls: the entries that every document of a crawl gets, checked when they are said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acl.errors import InvalidAce
from acl.grants import Grant
from acl.masks import read_mask
from acl.permission import ResourceKind
from acl.principals import require_principals
from app.db.tenancy import TenantSession

MOST = 50  # every document of a crawl has them all


async def template_of(session: TenantSession, tenant_id: str, grants: Sequence[Grant]) -> list[dict[str, Any]]:
    """Entries as they are kept with a crawl; refuses what could be in no document's list."""
    if len(grants) > MOST:
        raise InvalidAce.of("acl.aces", f"there are {MOST} at most")
    named = {
        f"acl.aces.{place}.principal_id": (one.principal_type, one.principal_id) for place, one in enumerate(grants)
    }
    await require_principals(session, tenant_id, named)
    return [_kept(grant, _mask_of(grant, place)) for place, grant in enumerate(grants)]


def _mask_of(grant: Grant, place: int) -> int:
    try:
        return read_mask(grant.permissions, ResourceKind.DOCUMENT)
    except InvalidAce as fault:
        raise InvalidAce.of(f"acl.aces.{place}.permissions", fault.details[0].message) from None


def _kept(grant: Grant, mask: int) -> dict[str, Any]:
    return {
        "ace_type": str(grant.ace_type),
        "principal_type": str(grant.principal_type),
        "principal_id": grant.principal_id,
        "permissions": mask,
        "expires_at": None if grant.expires_at is None else grant.expires_at.isoformat(),
        "note": grant.note,
    }
