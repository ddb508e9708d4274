"""A lane's connection for tests to write on; whoever writes on this event loop comes to the end of that first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection

from app.db.engine import Database


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[Connection]:
    """Write in one transaction; waiting for it on the loop would keep those from finishing who are waited for."""
    connection = await asyncio.to_thread(database.lanes.connect)
    try:
        begun = await asyncio.to_thread(connection.begin)
        with begun:
            yield connection
    finally:
        connection.close()
