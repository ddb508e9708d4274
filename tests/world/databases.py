"""Which database the tests run on: SQLite files, or the MariaDB that SCAIGRID_TEST_DATABASE names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.servers import fresh_database

KNOB = "SCAIGRID_TEST_DATABASE"  # the tests' own, no setting of the platform
EVERY_CASE = "SCAIGRID_TEST_EVERY_CASE"  # on a server, by night


def server_given() -> str:
    """The async address of an empty MariaDB database whose user may make others beside it; empty is SQLite."""
    return os.environ.get(KNOB, "")  # noqa: TID251


def every_case() -> bool:
    """Whether each test is tried on a server with all its cases, and not with the first and the last of them."""
    return bool(os.environ.get(EVERY_CASE, ""))  # noqa: TID251


@contextmanager
def empty_database(home: Path) -> Iterator[str]:
    """The address of a database with nothing in it, gone when the block ends."""
    server = server_given()
    if not server:
        yield f"sqlite+aiosqlite:///{home.absolute()}/scaigrid.db"
        return
    with fresh_database(server) as address:
        yield address.render_as_string(hide_password=False)
