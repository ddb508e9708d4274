"""Knowing, extraction: files read in processes of their own, so that none can hurt the server or hold it up."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from indexing.extraction.errors import ExtractionCrashed, ExtractionTimedOut
from indexing.extraction.letters import Task
from indexing.extraction.limits import Limits
from indexing.extraction.process import Died, ReadingProcess
from indexing.extraction.source import Extraction

_QUICKLY_TAKEN_APART = 1 << 18  # bytes: more is done on a thread, for the loop has others to serve


class Extractor:
    """A few reading processes, started when needed, kept warm between files and let go when there is nothing to do."""

    def __init__(self, processes: int = 1, *, idle_seconds: float = 60.0) -> None:
        self._places = asyncio.Semaphore(processes)
        self._idle_seconds = idle_seconds
        self._resting: list[tuple[ReadingProcess, asyncio.TimerHandle]] = []

    async def extract(self, source: Path | bytes, name: str, limits: Limits | None = None) -> Extraction:
        """Read one file; waiting for a free process does not count against its time."""
        task = Task(name, limits or Limits(), str(source) if isinstance(source, Path) else None)
        data = b"" if isinstance(source, Path) else source
        async with self._places:
            # What died may have been weak from files before, or been killed by somebody: a fresh process decides.
            for begin in (self._take, ReadingProcess.start):
                with suppress(Died):
                    return await self._ask(await begin(), task, data)
        raise ExtractionCrashed("Reading it made the reading program break down twice.")

    async def aclose(self) -> None:
        """End every process."""
        while self._resting:
            process, alarm = self._resting.pop()
            alarm.cancel()
            await process.end()

    async def _ask(self, process: ReadingProcess, task: Task, data: bytes) -> Extraction:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(process.end)
            try:
                async with asyncio.timeout(task.limits.seconds):
                    answer = await process.ask(task, data)
            except TimeoutError as error:
                raise ExtractionTimedOut(f"Reading it took longer than {task.limits.seconds:g} seconds.") from error
            if not answer.spent:
                stack.pop_all()
                self._rest(process)
        if len(answer.text) < _QUICKLY_TAKEN_APART:
            return answer.extraction()
        return await asyncio.to_thread(answer.extraction)

    async def _take(self) -> ReadingProcess:
        while self._resting:
            process, alarm = self._resting.pop()
            alarm.cancel()
            if process.alive:
                return process
        return await ReadingProcess.start()

    def _rest(self, process: ReadingProcess) -> None:
        alarm = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go, process)
        self._resting.append((process, alarm))

    def _let_go(self, process: ReadingProcess) -> None:
        self._resting = [(other, alarm) for other, alarm in self._resting if other is not process]
        process.let_go()


async def extract_apart(source: Path | bytes, name: str, limits: Limits | None = None) -> Extraction:
    """Read one file in a process of its own; who reads many keeps an Extractor."""
    extractor = Extractor()
    try:
        return await extractor.extract(source, name, limits)
    finally:
        await extractor.aclose()
