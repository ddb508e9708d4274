"""Answering, personas: the pictures of assistants."""

from __future__ import annotations

import hashlib
from typing import Protocol, cast

import structlog
from sqlalchemy import Connection, Table, select

from app.blobs.errors import StorageError
from app.blobs.ports import BlobStore
from app.db.transaction import Transaction, Transactions
from app.pictures import Picture
from rag.personas.publishing import Publishing
from rag.personas.tables import PersonaRow

log = structlog.get_logger("personas")
_PERSONAS = cast("Table", PersonaRow.__table__)


class PictureStores(Protocol):
    """Knows where a tenant's pictures are kept."""

    async def of(self, tenant_id: str) -> BlobStore:
        """The store that the module's settings name for a tenant, else the platform's own."""


def blob_of(tenant_id: str, persona_id: str) -> str:
    """The name under which an assistant's picture is kept."""
    return f"scaipersona/{tenant_id}/{persona_id}/avatar"


def url_of(persona_id: str, picture: Picture) -> str:
    """Where an assistant's picture is to be had; another picture has another address, so copies may be kept."""
    version = hashlib.sha256(picture.data).hexdigest()[:16]
    return f"/v1/modules/scaipersona/personas/{persona_id}/avatar?v={version}"


async def show_portrait(transaction: Transaction, publishing: Publishing, row: PersonaRow, url: str | None) -> None:
    """Say where an assistant's picture is to be had, or that it has none; its model says the same."""
    row.avatar_url, row.updated_at = url, transaction.clock.now()
    await transaction.session.flush()
    if row.published_model_id is not None:
        await publishing.sync(row, another_model=False)


async def forget_portrait(stores: PictureStores, tenant_id: str, persona_id: str) -> None:
    """Keep a picture no longer that nothing shows any more; a store that is away is no reason to bring it back."""
    try:
        store = await stores.of(tenant_id)
        await store.delete(blob_of(tenant_id, persona_id))
    except StorageError:
        log.warning("persona_picture_left", persona_id=persona_id)


async def portrait_of(transactions: Transactions, stores: PictureStores, persona_id: str) -> Picture | None:
    """An assistant's picture, for anybody who knows its id."""

    def whose(connection: Connection) -> str | None:
        shown = select(_PERSONAS.c.tenant_id).where(_PERSONAS.c.id == persona_id, _PERSONAS.c.avatar_url.is_not(None))
        tenant_id: str | None = connection.execute(shown).scalar()
        return tenant_id

    tenant_id = await transactions.look(whose)
    if tenant_id is None:
        return None
    kept = await (await stores.of(tenant_id)).get(blob_of(tenant_id, persona_id))
    return None if kept is None else Picture(kept)
