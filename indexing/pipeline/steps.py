"""Knowing, pipeline: how whoever has an edition built is told of its progress, and calls it off."""

from __future__ import annotations

from typing import Protocol

from app.db.transaction import Transaction


class Steps(Protocol):
    """Asked in every transaction that writes something of an edition; raises if it is not to be built any more."""

    async def embedding(self, transaction: Transaction, done: int, of: int) -> None:
        """All chunks have been cut; so many of them have their vectors already."""

    async def progress(self, transaction: Transaction, done: int, of: int) -> None:
        """So many chunks have their vectors; 0 of 0 while they are being cut."""
