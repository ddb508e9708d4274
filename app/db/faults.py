"""Ground floor, db: telling a database that is away or busy from a statement that is wrong."""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError  # noqa: A004 - SQLAlchemy's, of its pool

AWAY = (OperationalError, InterfaceError, TimeoutError)
_DEADLOCKS = {1020, 1213}  # MariaDB: the row changed since it was read; deadlock found, this transaction was chosen


def is_away(error: Exception) -> bool:
    """Whether the database could not be asked at all, whatever the question."""
    return isinstance(error, AWAY) and not is_deadlock(error)


def is_deadlock(error: Exception) -> bool:
    """Whether the transaction lost against another one and would pass if it were run again."""
    cause = error.orig if isinstance(error, OperationalError) else None
    return cause is not None and bool(cause.args) and cause.args[0] in _DEADLOCKS
