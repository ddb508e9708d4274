"""Roof, command line: bring the database to the newest version, before anything of a new release starts."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from app.cli.spoken import as_json, say
from app.errors import CannotStart
from app.settings import Settings, read_settings

_Newest = Annotated[bool, typer.Option("--json", help="Print the version it has then, as JSON.")]


def migrate(*, json: _Newest = False) -> None:
    """Bring the database up to date and end; harmless to repeat, and to run beside others that do."""
    revision = asyncio.run(_migrate(read_settings()))
    say(as_json({"revision": revision}) if json else "The database is up to date.")


async def _migrate(settings: Settings) -> str:
    from sqlalchemy.exc import OperationalError

    from app.db.engine import open_database
    from app.migrations.run import newest, upgrade

    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.database)
    try:
        upgrade(database.lanes, settings.home)
        return newest()
    except OperationalError as refused:
        raise CannotStart(f"the database could not be brought up to date: {refused.orig}") from None
    finally:
        await database.dispose()
