"""Knowing, pipeline: how whoever has an edition built is told of its progress, and calls it off."""

from __future__ import annotations

from typing import Protocol

from app.db.writer import Writing


class Steps(Protocol):
    """Asked in every transaction that writes something of an edition; raises `CalledOff` once nobody wants it."""

    def embedding(self, writing: Writing, done: int, of: int) -> None:
        """All chunks have been cut; so many of them have their vectors already."""

    def reading(self, writing: Writing, done: int, of: int) -> None:
        """All chunks have their vectors; so many of them have been read for the graph."""

    def progress(self, writing: Writing, done: int, of: int) -> None:
        """So many chunks have their vectors; 0 of 0 while they are being cut."""


class Seals(Protocol):
    """Something that was built and is to count from the commit of a transaction on."""

    def seal(self, writing: Writing) -> None:
        """Write down that it is complete."""
