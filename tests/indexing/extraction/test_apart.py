"""Reading apart: a file may hang, swell or break its process, and nothing else notices."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

import psutil
import pytest

from indexing.extraction.apart import Extractor, extract_apart
from indexing.extraction.errors import (
    ExtractionCrashed,
    ExtractionTimedOut,
    ExtractionUnavailable,
    FileDamaged,
    FileTooComplex,
)
from indexing.extraction.letters import LENGTHS, Answer, Task
from indexing.extraction.limits import Limits
from indexing.extraction.process import ReadingProcess
from tests.indexing.extraction.made import word
from tests.world.patience import until

SLOW = b"{\\rtf1 " + b"x" * 12_000_000 + b"}"  # many seconds
PARSERS = ("lxml", "trafilatura", "pypdfium2", "pypdf", "docx", "pptx", "openpyxl", "striprtf", "charset_normalizer")


# Of this test alone: platforms of other tests may read files in this loop meanwhile.
_BEGUN: ContextVar[list[int] | None] = ContextVar("begun", default=None)


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each reading process remembered by whoever begins it."""
    start = ReadingProcess.start

    async def begin() -> ReadingProcess:
        process, begun = await start(), _BEGUN.get()
        if begun is not None:
            begun.append(process._process.pid)
        return process

    monkeypatch.setattr(ReadingProcess, "start", begin)


def own_readers() -> Callable[[], set[int]]:
    """What says which of the reading processes that whoever asks begins from here on are there."""
    begun = list[int]()
    _BEGUN.set(begun)

    def there() -> set[int]:
        children = {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}
        return children.intersection(begun)

    return there


async def test_bytes_and_files_are_read_alike(extractor: Extractor, tmp_path: Path) -> None:
    path = tmp_path / "kept under another name"
    path.write_bytes(word())
    assert await extractor.extract(path, "a.docx") == await extractor.extract(word(), "a.docx")


async def test_one_file_can_be_read_without_keeping_a_process() -> None:
    readers = own_readers()
    assert (await extract_apart(b"words", "a.txt")).text.text == "words"
    assert readers() == set()


async def test_a_file_that_is_not_there_is_no_fault_of_the_file(extractor: Extractor, tmp_path: Path) -> None:
    with pytest.raises(ExtractionUnavailable, match="could not be opened"):
        await extractor.extract(tmp_path / "gone", "a.txt")


async def test_a_process_serves_many_files_and_goes_when_idle() -> None:
    extractor = Extractor(idle_seconds=5)  # longer than it takes to look on a busy machine
    readers = own_readers()
    for _ in range(3):
        await extractor.extract(b"words", "a.txt")
    (mine,) = readers()
    await until(lambda: mine not in readers())
    assert (await extractor.extract(b"again", "a.txt")).text.text == "again"
    await extractor.aclose()
    assert readers() == set()


async def test_reading_that_takes_too_long_is_ended_with_its_process() -> None:
    extractor = Extractor()
    readers = own_readers()
    await extractor.extract(b"warm", "a.txt")
    with pytest.raises(ExtractionTimedOut, match="longer than 0"):
        await extractor.extract(SLOW, "a.rtf", Limits(seconds=0.3))
    assert readers() == set()
    assert (await extractor.extract(b"next", "a.txt")).text.text == "next"
    await extractor.aclose()


async def test_whoever_stops_waiting_ends_the_reading() -> None:
    extractor = Extractor()
    readers = own_readers()
    reading = asyncio.create_task(extractor.extract(SLOW, "a.rtf"))
    await until(readers)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert readers() == set()
    await extractor.aclose()


async def test_memory_is_bounded_for_each_file(extractor: Extractor) -> None:
    with pytest.raises((FileTooComplex, ExtractionCrashed)):
        await extractor.extract(b"word " * 8_000_000, "a.md", Limits(memory_bytes=32 * 2**20))
    assert (await extractor.extract(b"next", "a.txt")).text.text == "next"


async def test_a_process_killed_by_others_is_replaced_and_the_file_read() -> None:
    extractor = Extractor()
    readers = own_readers()
    await extractor.extract(b"warm", "a.txt")
    (victim,) = readers()
    reading = asyncio.create_task(extractor.extract(word(), "a.docx"))
    os.kill(victim, signal.SIGKILL)
    assert "Refunds" in (await reading).text.text
    await extractor.aclose()


async def test_a_file_that_breaks_two_processes_is_given_up() -> None:
    extractor = Extractor()
    readers = own_readers()
    reading = asyncio.create_task(extractor.extract(SLOW, "a.rtf"))
    while not reading.done():
        for pid in readers():
            os.kill(pid, signal.SIGSEGV)
        await asyncio.sleep(0.01)
    with pytest.raises(ExtractionCrashed, match="twice"):
        await reading
    assert (await extractor.extract(b"next", "a.txt")).text.text == "next"
    await extractor.aclose()


async def test_the_loop_serves_others_while_a_file_is_read(extractor: Extractor) -> None:
    reading = asyncio.create_task(extractor.extract(b"word " * 1_000_000, "a.txt"))
    longest = 0.0
    while not reading.done():
        before = time.thread_time()
        await asyncio.sleep(0)
        longest = max(longest, time.thread_time() - before)
    assert len((await reading).text.text) == 5_000_000
    assert longest < 0.5


async def test_the_server_imports_no_parser() -> None:
    code = f"import sys, indexing.extraction.apart; print([name for name in {PARSERS!r} if name in sys.modules])"
    done = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
    said, _ = await done.communicate()
    assert said.decode().strip() == "[]"


async def test_a_reading_process_sees_no_secret_of_the_server() -> None:
    extractor, readers = Extractor(), own_readers()
    await extractor.extract(b"words", "a.txt")
    (mine,) = readers()
    assert not [name for name in psutil.Process(mine).environ() if name.startswith("SCAIGRID")]
    await extractor.aclose()


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('acme.example', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "open('made', 'w')",
        "import os; os.remove('kept')",
        "import os; os.rename('kept', 'x')",
        "import shutil; shutil.rmtree('.')",
    ],
)
async def test_a_reading_process_reaches_no_network_no_program_and_no_file(deed: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    root = str(Path(__file__).parents[3])
    code = f"import sys; sys.path.insert(0, {root!r})\nfrom indexing.extraction.confinement import shut_in; shut_in()\n"
    done = await asyncio.create_subprocess_exec(sys.executable, "-c", code + deed, stderr=subprocess.PIPE, cwd=tmp_path)
    _, said = await done.communicate()
    assert done.returncode == 1
    assert b"PermissionError: a reading process" in said
    assert {entry.name for entry in os.scandir(tmp_path)} == {"kept"}


async def test_processor_time_is_bounded_even_when_nobody_watches() -> None:
    task, data = Task("a.rtf", Limits(seconds=0.5)), SLOW
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "indexing.extraction.reader", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.stdin is not None
    assert done.stdout is not None
    done.stdin.write(task.head(data) + data)
    said = await done.stdout.read()
    assert (said, await done.wait()) == (b"", -signal.SIGXCPU)
    done.stdin.close()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"[]",
        b'{"spent": false}',
        b'{"read": {"places": [[0, 99, null, null]], "form": "prose"}}',
        b'{"read": {"places": [[2, 1, null, null]], "form": "prose"}}',
        b'{"read": {"places": [], "form": "poem", "language": null, "title": null}}',
        b'{"read": 3}',
        b'{"failed": {"sentence": "x"}}',
    ],
)
def test_an_answer_that_makes_no_sense_is_an_error_of_the_file(head: bytes) -> None:
    with pytest.raises(ExtractionCrashed):
        Answer.received(head, b"text").extraction()


def test_errors_cross_with_their_code_and_sentence() -> None:
    sent = Answer.refusing(FileDamaged("It is torn.")).sent(spent=False)
    head, text = LENGTHS.unpack(sent[: LENGTHS.size])
    received = Answer.received(sent[LENGTHS.size : LENGTHS.size + head], b"")
    assert (text, received.spent) == (0, False)
    with pytest.raises(FileDamaged, match=r"It is torn\. Open it in the program"):
        received.extraction()
