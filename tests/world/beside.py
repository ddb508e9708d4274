"""Another process on the same database: it serves, and answers questions put to it through a pipe."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.db.tenancy import Reach
from app.errors import PlatformError
from app.http.routes import ALL
from app.identity.caller import Caller
from app.telemetry.logging import configure_logging
from tests.world import reading_room
from tests.world.calling import calling
from tests.world.platform import Running, running, settings_for
from tests.world.reading_room import Passage

REPOSITORY = Path(__file__).parents[2]


@dataclass(slots=True)
class Beside:
    """The other process, as it is seen from here."""

    url: str
    process: asyncio.subprocess.Process
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, deed: str, **said: Any) -> Any:
        """Have something done there, and wait for the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self.turn:
            self.process.stdin.write(json.dumps({"deed": deed, **said}).encode() + b"\n")
            return json.loads(await self.process.stdout.readline())

    async def sees(self, who: str, tenant_id: str, documents: Sequence[str]) -> Any:
        """Which of these documents somebody who was let in there before may read now, or why they may nothing."""
        return await self.ask("see", who=who, tenant_id=tenant_id, documents=documents)

    def client(self, key: str) -> httpx.AsyncClient:
        return calling(self.url, key)


@asynccontextmanager
async def beside(here: Running) -> AsyncIterator[Beside]:
    """Run another process on the database of a running platform until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.world.beside",
        str(here.settings.home),
        here.settings.database,
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield Beside(json.loads(await process.stdout.readline())["url"], process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass(slots=True)
class There:
    """What the other process does."""

    platform: Running
    let_in: dict[str, Caller] = field(default_factory=dict)

    async def admit(self, who: str, key: str) -> None:
        """Let somebody in, once and for all their questions to come."""
        self.let_in[who] = (await self.platform.platform.credentials.admit(key)).caller

    async def see(self, who: str, tenant_id: str, documents: Sequence[str]) -> list[str]:
        """Decide with what this process remembers."""
        found = [Passage(id_) for id_ in documents]
        platform = self.platform.platform
        async with platform.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
            caller = self.let_in[who]
            visible = await platform.chokepoint.filter_results_by_acl(transaction.session, caller, found)
        return [seen.value.document_id for seen in visible]

    async def watch(
        self, who: str, tenant_id: str, file: str, until: str, least: Mapping[str, Mapping[str, int]]
    ) -> Mapping[str, Any]:
        """Over and over, find the document and the word a file names, and show them, until another file is there.

        And go on until each was found and shown so often that it says something.
        """
        counted: dict[str, dict[str, int]] = {"found": {}, "shown": {}}
        store, end = Path(file), Path(until)
        while not (end.exists() and _often_enough(counted, least)):  # noqa: ASYNC240 - nobody else is waiting here
            document, word = store.read_text().split()  # noqa: ASYNC240 - as above
            shown = await self.see(who, tenant_id, [document])
            for count in ("found", "shown") if shown else ("found",):
                counted[count][word] = counted[count].get(word, 0) + 1
        return counted

    async def do(self, deed: str, **said: Any) -> Any:
        """Do what was asked for."""
        try:
            return await getattr(self, deed)(**said)
        except PlatformError as error:
            return error.code


def _often_enough(counted: Mapping[str, Mapping[str, int]], least: Mapping[str, Mapping[str, int]]) -> bool:
    return all(counted[how].get(word, 0) >= often for how, words in least.items() for word, often in words.items())


async def _serve(home: str, database: str) -> None:
    questions = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    async with running(settings_for(Path(home), database), [*ALL, reading_room.router]) as platform:
        there = There(platform)
        _say({"url": platform.url})
        while question := await questions.readline():
            _say(await there.do(**json.loads(question)))


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    configure_logging("error", "json")
    asyncio.run(_serve(*sys.argv[1:3]))
