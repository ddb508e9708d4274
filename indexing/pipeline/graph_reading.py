"""Knowing, pipeline: chunks read for a graph, some side by side, each paid for once whoever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import bindparam, select

from app.db.tenancy import Reach
from app.db.writer import Writing
from indexing.documents.status import CalledOff
from indexing.documents.tables import Document
from indexing.editions.chunks import Passage
from indexing.editions.tables import Edition
from indexing.graphs.answers import Unreadable
from indexing.graphs.extractions import Read, Reading, note_read, read_before, read_by_original
from indexing.graphs.facts import Facts
from indexing.pipeline.faults import GraphPoint, reached
from indexing.pipeline.graph_model import Reads
from indexing.pipeline.workshop import Workshop

SIDE_BY_SIDE = 4  # calls to a model that one document has under way


@dataclass(slots=True)
class ChunkReading:
    """Reads the chunks of one edition; `go_on` is asked in every transaction and raises once nobody wants them."""

    workshop: Workshop
    edition: Edition
    reads: Reads
    graph_generation: int
    since: datetime | None  # what was read before that is read anew
    go_on: Callable[[Writing, int], None]  # with how many more have been read
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SIDE_BY_SIDE))
    _stopped: bool = False

    async def facts(self, chunks: Sequence[Passage], *, may_pay: bool) -> Mapping[str, Facts | None]:
        """By digest, what chunks say; None for what could not be read, or may not be paid for."""
        text_of = {chunk.digest: chunk.text for chunk in chunks}
        if self.reads.recipe is None:
            return {digest: await self.reads.read(text) for digest, text in text_of.items()}
        reading = Reading(self.reads.recipe, self.graph_generation, self.since)
        known = await self._known(reading, list(text_of))
        left = [digest for digest in text_of if digest not in known or not _is_done(known[digest])]
        if may_pay:
            before = {digest: known.get(digest, Read()) for digest in left}
            known |= await self._read_all(reading, before, text_of)
        return {digest: known[digest].facts if digest in known else None for digest in text_of}

    async def _known(self, reading: Reading, digests: Sequence[str]) -> dict[str, Read]:
        async with self.workshop.transactions.open(Reach.one(self.edition.tenant_id), writes=False) as transaction:
            known = await read_before(transaction.session, self.edition.document_id, reading, digests)
            new = [digest for digest in digests if digest not in known]
            of_original = await read_by_original(transaction.session, self.edition, reading, new)
        if of_original:
            await self.workshop.writer.write(partial(self._take_over, reading, of_original))
        return known | of_original

    def _take_over(self, reading: Reading, found: Mapping[str, Read], writing: Writing) -> None:
        self.go_on(writing, len(found))
        for digest, read in found.items():
            note_read(writing, self.edition, digest, reading, read)

    async def _read_all(
        self, reading: Reading, before: Mapping[str, Read], text_of: Mapping[str, str]
    ) -> dict[str, Read]:
        """Read some side by side; once one finds that it cannot go on, those under way end and none is begun."""
        doing = [self._read(reading, digest, text_of[digest], read) for digest, read in before.items()]
        outcomes = await asyncio.gather(*doing, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return {digest: read for digest, read in zip(before, outcomes, strict=True) if isinstance(read, Read)}

    async def _read(self, reading: Reading, digest: str, text: str, read: Read) -> Read | None:
        async with self._places:
            while not _is_done(read):
                if self._stopped:
                    return None
                try:
                    read = await self._once(text, read.tries)
                    off = await self.workshop.writer.write(partial(self._note, reading, digest, read))
                    if off is not None:
                        raise off
                except BaseException:
                    self._stopped = True
                    raise
                reached(GraphPoint.NOTED)
        return read

    async def _once(self, text: str, tries: int) -> Read:
        try:
            facts = await self.reads.read(text)
        except Unreadable as error:
            return Read(None, tries + 1, str(error))
        reached(GraphPoint.ANSWERED)
        return Read(facts, tries)

    def _note(self, reading: Reading, digest: str, read: Read, writing: Writing) -> CalledOff | None:
        """Note what was paid for, also if it is called off: what comes in the place of it may say the same."""
        off: CalledOff | None = None
        try:
            self.go_on(writing, int(_is_done(read)))
        except CalledOff as error:
            off = error
        if off is None or writing.on.execute(_THERE, {"its_id": self.edition.id}).one_or_none() is not None:
            note_read(writing, self.edition, digest, reading, read)
        return off


_THERE = (
    select(Edition.id)
    .join(Document, Document.id == Edition.document_id)
    .where(Edition.id == bindparam("its_id"), Document.deleted_at.is_(None))
    .with_for_update(read=True)
)


def _is_done(read: Read) -> bool:
    return read.facts is not None or read.is_left_out
