"""Knowing, documents: where a document is on its way to being found, and the only hands that move it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, select, update

from app.db.transaction import Transaction
from app.db.writer import Writing
from app.errors import Kind, PlatformError
from indexing.documents.tables import Document


class DocumentStatus(StrEnum):
    """What is being done with a document, or what came of it."""

    PENDING = "pending"
    PROCESSING = "processing"  # fetched and read
    CHUNKING = "chunking"
    EMBEDDING = "embedding"
    GRAPH_EXTRACTING = "graph_extracting"
    INDEXED = "indexed"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Whether it stays so until somebody wants something else."""
        return self in {DocumentStatus.INDEXED, DocumentStatus.FAILED}


_S = DocumentStatus
MOVES: Mapping[DocumentStatus, frozenset[DocumentStatus]] = {
    _S.PENDING: frozenset({_S.PROCESSING, _S.FAILED}),
    # What earlier stages have made is kept: who tries again passes by those that have nothing left to do.
    # All of it is there where a page has not changed since it was fetched before.
    _S.PROCESSING: frozenset({_S.CHUNKING, _S.EMBEDDING, _S.GRAPH_EXTRACTING, _S.INDEXED, _S.FAILED, _S.PENDING}),
    _S.CHUNKING: frozenset({_S.EMBEDDING, _S.GRAPH_EXTRACTING, _S.FAILED, _S.PENDING}),
    # Back to chunking: its collection is cut otherwise since.
    _S.EMBEDDING: frozenset({_S.GRAPH_EXTRACTING, _S.INDEXED, _S.CHUNKING, _S.FAILED, _S.PENDING}),
    _S.GRAPH_EXTRACTING: frozenset({_S.INDEXED, _S.CHUNKING, _S.EMBEDDING, _S.FAILED, _S.PENDING}),
    _S.INDEXED: frozenset({_S.PENDING}),
    _S.FAILED: frozenset({_S.PENDING}),
}

# Without a word for so long, and with nobody promised to work on it, a document has been forgotten.
STALLED_AFTER: Mapping[DocumentStatus, timedelta] = {
    _S.PENDING: timedelta(seconds=60),
    _S.PROCESSING: timedelta(minutes=5),  # one file may take two minutes to read, after waiting for a free process
    _S.CHUNKING: timedelta(minutes=2),
    _S.EMBEDDING: timedelta(minutes=5),  # every batch of chunks says a word
    _S.GRAPH_EXTRACTING: timedelta(minutes=10),
}

ITS_TURN = "its turn; it begins as soon as somebody is free to work on it"
_LONGEST_WAITING_FOR, _LONGEST_MESSAGE = 500, 1000


class MoveRefused(PlatformError):
    """The document is not in a status from which this can be asked of it."""

    code = "DOCUMENT_STATUS_CONFLICT"
    kind = Kind.CONFLICT

    def __init__(self, status: str, to: str) -> None:
        super().__init__(f"The document is {status}; from there it cannot become {to}.")


class CalledOff(Exception):
    """What is being made of a document is not wanted any more, or not of whoever makes it."""


class RunLost(CalledOff):
    """Whoever worked on the document does no more: it was deleted or replaced, or another has taken it over."""


def at_first(at: datetime) -> dict[str, Any]:
    """The fields a new row begins with."""
    return {**_beginning(at), "changes": 1}


async def begin_again(
    transaction: Transaction, document: Document, *, among: Collection[DocumentStatus] = tuple(MOVES)
) -> None:
    """Move a document back to the start, whoever works on it now; refused unless its status is among those named.

    Flushes what was changed of the row before and leaves the row as the database has it. Ask for the job as well.
    """
    session = transaction.session
    await session.flush()
    moving = (
        update(Document)
        .where(Document.id == document.id, Document.status.in_(list(among)), Document.deleted_at.is_(None))
        .values(**_beginning(transaction.clock.now()), changes=Document.changes + 1)
    )
    moved = await session.execute(moving, execution_options={"synchronize_session": False})
    if not _matched(moved):
        held = await session.scalar(select(Document.status).where(Document.id == document.id))
        raise MoveRefused(held or "deleted", _S.PENDING)
    await session.refresh(document)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a document waits for, until when, and the error that made it wait."""

    reason: str
    until: datetime
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a document under one lease: it alone moves the document, and only while nobody took it over."""

    document_id: str
    lease: str

    def take(self, writing: Writing, attempt: int) -> bool:
        """Take a document over in the status it is in; False if there is nothing left to do with it."""
        taken = {"run": self.lease, "attempt": attempt, "waiting_for": None, "next_try_at": None}
        return self._moved(writing, _TAKING, {**taken, "updated_at": writing.at})

    def begin(self, writing: Writing, attempt: int) -> bool:
        """Take a document over that waits for its turn, and begin to read it; False if it does not wait for that."""
        taken = {"run": self.lease, "attempt": attempt, "stage_since": writing.at, "updated_at": writing.at}
        return self._moved(writing, _STARTING, taken | _CLEAR)

    def enter(self, writing: Writing, to: DocumentStatus, **learned: Any) -> None:
        """Begin a stage, or begin it anew; `learned` are fields known from the one before."""
        begun = {"stage_done": 0, "stage_of": 0, "stage_since": writing.at}
        self._write(writing, to, **begun | _CLEAR | learned)

    def progress(self, writing: Writing, done: int, of: int) -> None:
        """Say how far the stage is; also the proof, in any transaction, that the run is not lost."""
        self._write(writing, None, stage_done=done, stage_of=of)

    def wait(self, writing: Writing, waiting: Waiting) -> None:
        """Let go of the document where it stands; it says for what it waits, until when, and why."""
        self._write(
            writing,
            None,
            run=None,
            waiting_for=waiting.reason[:_LONGEST_WAITING_FOR],
            next_try_at=waiting.until,
            error_code=waiting.code,
            error_message=waiting.message[:_LONGEST_MESSAGE],
        )

    def finish(self, writing: Writing, **learned: Any) -> None:
        """The document can be found."""
        ended = {"run": None, "stage_done": 0, "stage_of": 0, "stage_since": writing.at, "indexed_at": writing.at}
        self._write(writing, _S.INDEXED, **ended, **_CLEAR, **learned)

    def fail(self, writing: Writing, code: str, message: str) -> None:
        """The document will not be found, for a reason that trying again does not change."""
        said = {"error_code": code, "error_message": message[:_LONGEST_MESSAGE], "waiting_for": None}
        self._write(writing, _S.FAILED, run=None, stage_since=writing.at, next_try_at=None, **said)

    def start_over(self, writing: Writing) -> None:
        """Back to the start under the same lease: what an earlier stage had made is gone."""
        self._write(writing, _S.PENDING, **_beginning(writing.at) | {"run": self.lease})

    def _write(self, writing: Writing, to: DocumentStatus | None, **values: Any) -> None:
        values |= {"updated_at": writing.at} if to is None else {"updated_at": writing.at, "status": to}
        if not self._moved(writing, _moving(to), {**values, "its_run": self.lease}):
            raise RunLost(self.document_id)

    def _moved(self, writing: Writing, statement: Update, values: Mapping[str, Any]) -> bool:
        return bool(writing.on.execute(statement, {**values, "its_id": self.document_id}).rowcount)


@cache
def _moving(to: DocumentStatus | None) -> Update:
    """The move of a run to a status, or within one; written down once, for that takes longer than to make it."""
    mine = [*_HERE, _ITS.run == bindparam("its_run")]
    if to is not None:
        mine.append(_ITS.status.in_([to, *(status for status, moves in MOVES.items() if to in moves)]))
    return update(_DOCUMENTS).where(*mine).values(changes=_ITS.changes + 1)


_DOCUMENTS = cast("Table", Document.__table__)
_ITS = _DOCUMENTS.c
_HERE = (_ITS.id == bindparam("its_id"), _ITS.deleted_at.is_(None))
_TAKING = update(_DOCUMENTS).where(*_HERE, _ITS.status.not_in([status for status in _S if status.is_terminal]))
_STARTING = (
    update(_DOCUMENTS)
    .where(*_HERE, _ITS.status == _S.PENDING)
    .values(status=_S.PROCESSING, stage_done=0, stage_of=0, changes=_ITS.changes + 1)
)
_CLEAR = {"waiting_for": None, "next_try_at": None, "error_code": None, "error_message": None}


def _beginning(at: datetime) -> dict[str, Any]:
    return {
        "status": _S.PENDING,
        "stage_done": 0,
        "stage_of": 0,
        "stage_since": at,
        "attempt": 0,
        "run": None,
        "waiting_for": ITS_TURN,
        "next_try_at": at,
        "error_code": None,
        "error_message": None,
        "updated_at": at,
    }


def _matched(result: Any) -> bool:
    return bool(result.rowcount)
