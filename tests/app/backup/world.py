"""Backups taken of a platform and taken back into another one, and what people are told by both."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import Permission
from app.accounting.stages import DocumentUse, Stages
from app.audit.chain import Entry, append
from app.backup.columns import asked
from app.backup.kept import kept_tables
from app.backup.manifest import Manifest
from app.backup.restore import Consent, Restored, restore_backup
from app.backup.take import Wishes, take_backup
from app.db.engine import open_database
from app.settings import Settings
from tests.app.accounting.world import Books
from tests.world.people import Organisation, organisation
from tests.world.platform import Running
from tests.world.shelves import WORDS, Shelf, enter, group, shelf
from tests.world.surroundings import surroundings

MATRIX = "/v1/modules/scaimatrix"
READER = ("scaimatrix:view", "scaimatrix:search")
# What is another one after it was taken back, and why.
CHANGED = {
    "mod_scaimatrix_collections": {"index_name"},  # a name is never used twice
    "mod_scaimatrix_chunks": {"stored"},  # of those that no store has yet
    "mod_scaimatrix_graph_edits": {"settled"},
}
_ANEW = ("epochs", "jobs")  # so that nobody believes what they remember; and what is to be done is more


async def typed(home: Path, *arguments: str) -> tuple[int, str, str]:
    """A command in a process of its own, with a home: how it ended, what it said, and what it said beside that."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "app.cli", *arguments],
        env=surroundings(HOME=str(home), DEMO="0"),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout, done.stderr


def told(_stage: str, **_numbers: Any) -> None:
    """Nobody watches."""


async def taken(settings: Settings, path: Path, **wishes: bool) -> Manifest:
    return await take_backup(settings, path, Wishes(**wishes), told)


async def restored(settings: Settings, path: Path, **consent: bool) -> Restored:
    return await restore_backup(settings, path, Consent(**consent), told)


@dataclass(slots=True)
class Company:
    """A tenant with a collection in which one document is denied to one of the people."""

    organisation: Organisation
    shelf: Shelf

    async def found(self, running: Running, name: str) -> list[tuple[str, str, float]] | int:
        """What somebody finds by words, in order; or the status they are sent away with."""
        async with running.client(self.organisation.people[name].key) as client:
            body = {"query": WORDS, "search_type": "keyword"}
            answer = await client.post(f"{MATRIX}/collections/{self.shelf.id}/search", json=body)
        if answer.status_code != 200:
            return answer.status_code
        return [(hit["chunk_id"], hit["content"], hit["score"]) for hit in answer.json()["data"]["results"]]


async def company(running: Running) -> Company:
    made = await organisation(running)
    for name in ("ada", "ben"):
        await made.person(name, "tenant_user", permissions=READER)
    await made.person("eve", "tenant_user")
    held = await shelf(made, "plans", "secrets", "menu", default_access=DefaultAccess.TENANT)
    for name in held.documents:
        await held.write(name)
    team = await group(made, "Team", "ben")
    denied = (PrincipalType.GROUP, team)
    await enter(made, held.documents["secrets"], Effect.DENY, denied, permissions=int(Permission.READ))
    entries = [
        Entry(tenant_id=made.id, action="trial.made", at=running.platform.clock.now(), details={"ä": number, "n": 1.5})
        for number in range(3)
    ]

    def noted() -> None:
        with running.platform.database.lanes.begin() as connection:
            append(connection, entries)

    await asyncio.to_thread(noted)
    stages = Stages({"access": 1}, [DocumentUse(held.documents["menu"], 1, 1, 0)])
    made.running.platform.ledger.settle(Books(made, Path()).finished(stages=stages))
    await made.running.platform.ledger.start()  # it is in the books
    return Company(made, held)


def rows_of(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that comes back as it was, in the order of their keys."""
    engine = open_database(settings.database).lanes
    found: dict[str, list[dict[str, Any]]] = {}
    with engine.execution_options(writes=False).connect() as connection:
        for table in kept_tables():
            if table.name in _ANEW:
                continue
            wanted = select(*(asked(column, connection.dialect.name) for column in table.columns))
            rows = connection.execute(wanted.order_by(*table.primary_key.columns)).mappings()
            left = CHANGED.get(table.name, set())
            found[table.name] = [{name: row[name] for name in row if name not in left} for row in rows]
    engine.dispose()
    return found
