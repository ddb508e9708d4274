"""Roof, wiring: what documents are worked on with, taken from the platform."""

from __future__ import annotations

from app.wiring.platform import Platform
from indexing.pipeline.workshop import Workshop


def workshop_of(platform: Platform) -> Workshop:
    """The ports that ingesting, re-chunking, forking and healing need."""
    return Workshop(
        transactions=platform.transactions,
        writer=platform.writer,
        blobs=platform.blobs,
        vectors=platform.vectors,
        graphs=platform.graphs,
        extractor=platform.extractor,
        counters=platform.counters,
        gateway=platform.gateway,
        calls=platform.calls,
        room=platform.room,
        tell=platform.webhooks.wake_soon,
    )
