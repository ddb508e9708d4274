"""Roof, HTTP: what becomes of documents, as events; a look at the rows every two seconds, decided anew each time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sse_starlette.event import ServerSentEvent

from acl.visible import Visible
from app.http.wire.documents import RemovedRead, StandingRead
from indexing.documents.found import FoundDocument
from indexing.documents.status import DocumentStatus
from indexing.documents.watching import ChangesOf, Watching

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class DocumentEvents:
    """One document until it is found, or has failed; an event's id is the number of the change."""

    watching: Watching
    document_id: str
    after: int  # the change that was told last
    pause: float = LOOK_SECONDS

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Tell what is, and then what changes."""
        told: int | None = None
        while True:
            seen = await self.watching.document(self.document_id)
            changes, ended = seen.value.row.changes, is_over(seen)
            if told is None and not ended and self.after <= changes:
                told = self.after
            if told is None or changes > told:
                yield event_of(seen, str(changes))
                told = changes
            if ended:
                return
            await asyncio.sleep(self.pause)

    async def aclose(self) -> None:
        """There is nothing to let go of."""


@dataclass(frozen=True, slots=True)
class CollectionEvents:
    """The documents of a collection, each whenever it changes; an event's id is the moment of the change."""

    changes: ChangesOf
    until_idle: bool = False
    pause: float = LOOK_SECONDS

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Tell what changed lately, and then what changes."""
        while True:
            # Asked first: what ends between the two looks is told of in the second.
            is_last = self.until_idle and not await self.changes.watching.is_busy(self.changes.collection_id)
            async for seen in self.changes.news():
                yield event_of(seen, written(seen.value.row.updated_at))
            for document_id in await self.changes.lost():
                said = RemovedRead(id=document_id).model_dump_json()
                yield ServerSentEvent(said, event="removed", id=written(self.changes.since), sep="\n").encode()
            if is_last:
                return
            await asyncio.sleep(self.pause)

    async def aclose(self) -> None:
        """There is nothing to let go of."""


def event_of(seen: Visible[FoundDocument], id_: str) -> bytes:
    """Say where a document is: `progress`, or what came of it."""
    status = DocumentStatus(seen.value.row.status)
    said = StandingRead.of(seen).model_dump_json()
    return ServerSentEvent(said, event=status if status.is_terminal else "progress", id=id_, sep="\n").encode()


def is_over(seen: Visible[FoundDocument]) -> bool:
    """Whether a document stays as it is until somebody wants something else."""
    return DocumentStatus(seen.value.row.status).is_terminal


def written(moment: datetime) -> str:
    """A moment as the id of an event."""
    return str((moment - _EPOCH) // _MICROSECOND)


def number_of(last_event_id: str | None) -> int:
    """The number in an id of ours; 0 for any other."""
    said = last_event_id or ""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 17 else 0


def moment_of(last_event_id: str | None) -> datetime | None:
    """The moment in an id of ours; None for any other."""
    number = number_of(last_event_id)
    return _EPOCH + number * _MICROSECOND if number else None
