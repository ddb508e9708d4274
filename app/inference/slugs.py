"""Ground floor, inference: the one namespace in which models and groups of models have their slugs."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.db.tenancy import TenantSession
from app.errors import SlugConflict, ValidationFailed
from app.inference.tables import FrontendModel, ModelGroup

LONGEST = 190
OF_PERSONAS = "tenant/"
_SHAPE = re.compile(r"[a-z0-9._-]+(/[a-z0-9._-]+)*")


def checked_slug(slug: str) -> str:
    """Return a slug a model or group may be given by hand."""
    if len(slug) > LONGEST or not _SHAPE.fullmatch(slug) or not {".", ".."}.isdisjoint(slug.split("/")):
        raise ValidationFailed.of(
            "slug", f"must be segments of a-z 0-9 . _ - separated by /, at most {LONGEST} characters"
        )
    if slug.startswith(OF_PERSONAS):
        raise ValidationFailed.of("slug", "the prefix tenant/ is kept for personas")
    if slug.endswith("/avatar") or slug.startswith("/"):
        raise ValidationFailed.of("slug", "must not end with /avatar, the path of a model's picture")
    return slug


async def is_taken(session: TenantSession, slug: str) -> bool:
    """Whether a model or group has this slug."""
    for kind in (FrontendModel, ModelGroup):
        if await session.scalar(select(kind.id).where(kind.slug == slug)):
            return True
    return False


async def claim_slug(session: TenantSession, row: FrontendModel | ModelGroup) -> None:
    """Write a new or renamed row; refuse if a model or group has its slug already."""
    taken = SlugConflict(f"The slug {row.slug!r} is taken by another model or model group; choose another.")
    other = ModelGroup if isinstance(row, FrontendModel) else FrontendModel
    try:
        await session.flush()
    except IntegrityError:
        raise taken from None
    # The flush has bumped the catalogue's epoch first, so whoever claims meanwhile waits for our commit; only a
    # locking read sees what was committed while we waited ourselves.
    if await session.scalar(select(other.id).where(other.slug == row.slug).with_for_update()):
        raise taken
