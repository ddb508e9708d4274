"""Roof, command line: bring the database to the newest version, before anything of a new release starts."""

from __future__ import annotations

import asyncio

import typer

from app.errors import CannotStart
from app.settings import Settings, read_settings


def migrate() -> None:
    """Bring the database up to date and end; harmless to repeat, and to run beside others that do."""
    asyncio.run(_migrate(read_settings()))
    typer.echo("The database is up to date.")


async def _migrate(settings: Settings) -> None:
    from sqlalchemy.exc import OperationalError

    from app.db.engine import open_database
    from app.migrations.run import upgrade

    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.database)
    try:
        upgrade(database.lanes, settings.home)
    except OperationalError as refused:
        raise CannotStart(f"the database could not be brought up to date: {refused.orig}") from None
    finally:
        await database.dispose()
