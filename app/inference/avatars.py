"""Ground floor, inference: the pictures of models."""

from __future__ import annotations

import hashlib

from app.blobs.ports import BlobStore
from app.db.transaction import Transaction
from app.inference.callable import ALL, CallableModel
from app.inference.frontend_models import change_model
from app.inference.snapshot import Snapshot
from app.inference.tables import FrontendModel
from app.pictures import Picture


def blob_of(model_id: str) -> str:
    """The name under which a model's picture is kept."""
    return f"model-avatars/{model_id}"


def url_of(model_id: str, picture: Picture) -> str:
    """Where a model's picture is to be had; another picture has another address, so copies may be kept."""
    return f"/v1/models/{model_id}/avatar?v={hashlib.sha256(picture.data).hexdigest()[:16]}"


async def give_avatar(transaction: Transaction, blobs: BlobStore, model: FrontendModel, picture: Picture) -> None:
    """Give a model a picture."""
    await change_model(transaction, model, {"avatar_url": url_of(model.id, picture)})
    await blobs.put(blob_of(model.id), picture.data)


async def take_avatar(transaction: Transaction, blobs: BlobStore, model: FrontendModel) -> None:
    """Take a model's picture away."""
    await change_model(transaction, model, {"avatar_url": None})
    await blobs.delete(blob_of(model.id))


def openly_named(snapshot: Snapshot, ref: str) -> CallableModel | None:
    """Find a model for somebody unknown: by id, or by slug if everybody sees it; what is hidden cannot be guessed."""
    named = snapshot.models.get(ref)
    return named if named is not None and named.visibility == ALL else snapshot.by_id.get(ref)
