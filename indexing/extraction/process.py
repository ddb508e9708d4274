"""Knowing, extraction: one reading process, seen from the server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from indexing.extraction.errors import ExtractionCrashed, ExtractionTimedOut, ExtractionUnavailable
from indexing.extraction.letters import BYTES_A_CHARACTER, LENGTHS, LONGEST_HEAD, Answer, Task

_ROOT = Path(__file__).parents[2]
_PROGRAM = "indexing.extraction.reader"
_SENT_AT_ONCE = 1 << 20
# It gets nothing of the server's environment, where secrets are.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONUTF8": "1"}


class Died(Exception):
    """The process ended without an answer."""


class ReadingProcess:
    """A process that reads files one at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> ReadingProcess:
        """Start one; it is not the server's child in anything but name: own session, empty environment."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", _PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=_ROOT, env=_ENVIRONMENT,
                start_new_session=True, limit=_SENT_AT_ONCE,
            )  # fmt: skip
        except OSError as error:
            raise ExtractionUnavailable(f"No process could be started to read files in ({error.strerror}).") from error
        return cls(process)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    async def ask(self, task: Task, data: bytes) -> Answer:
        """Have one file read."""
        try:
            await self._send(task.head(data))
            for at in range(0, len(data), _SENT_AT_ONCE):
                await self._send(data[at : at + _SENT_AT_ONCE])
            return await self._answer(task)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            if await self._process.wait() == -signal.SIGXCPU:
                said = f"Reading it took more than {task.limits.seconds:g} seconds of processor time."
                raise ExtractionTimedOut(said) from error
            raise Died from error

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        self.let_go()
        await self._process.wait()

    def let_go(self) -> None:
        """Kill it."""
        if self.alive:
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _send(self, part: bytes) -> None:
        if self._process.stdin is None:
            raise ConnectionError
        self._process.stdin.write(part)
        await self._process.stdin.drain()

    async def _answer(self, task: Task) -> Answer:
        if self._process.stdout is None:
            raise ConnectionError
        head, text = LENGTHS.unpack(await self._process.stdout.readexactly(LENGTHS.size))
        if head > LONGEST_HEAD or text > task.limits.characters * BYTES_A_CHARACTER:
            raise ExtractionCrashed("Reading it gave an answer that is longer than any can be.")
        return Answer.received(
            await self._process.stdout.readexactly(head), await self._process.stdout.readexactly(text)
        )
