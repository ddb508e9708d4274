"""The journal: what has ended is not lost, whoever dies, and nothing is booked twice."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from app.accounting.calls import FinishedCall
from app.accounting.journal import SHEET_BYTES, Journal
from app.accounting.stages import DocumentUse, Stages
from app.accounting.tables import CallStages
from tests.app.accounting.world import Books

REPOSITORY = Path(__file__).parents[3]


def lines_of(journal: Journal) -> list[bytes]:
    """Everything that is still to be applied."""
    held: list[bytes] = []
    while (lines := journal.read()) is not None:
        held += [line for line in lines.lines if line]
        journal.done(lines)
    return held


async def test_kill_9_loses_nothing_that_was_settled_and_doubles_nothing(books: Books) -> None:
    budget = await books.budget(cost_limit=Decimal(10**6), hard_action="notify")
    common = json.loads(books.finished(cost=Decimal("0.000000000003")).line())
    script = REPOSITORY / "tests/app/accounting/dying_process.py"
    database = books.acme.running.settings.database
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(script), database, str(books.folder / "journal"), json.dumps(common)),
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},  # noqa: TID251 - a process of its own
    )
    assert process.stdout is not None
    said = [(await process.stdout.readline()).decode().strip() for _ in range(333)]
    process.kill()
    rest = (await process.stdout.read()).decode().split("\n")[:-1]
    await process.wait()
    async with books.ledger() as ledger:
        await ledger.start()  # a second start at the same files changes nothing
    events = await books.events()
    settled = {*said, *rest}
    assert settled <= {event.id for event in events}
    assert len(events) <= len(settled) + 1  # the one that was in hand
    [spent] = (await books.spent(budget)).values()
    assert spent.cost == Decimal("0.000000000003") * len(events)
    assert spent.requests == len(events)


async def test_what_a_call_went_through_is_booked_with_it_once(books: Books) -> None:
    stages = Stages({"access": 1, "rest": 0}, [DocumentUse("doc_1", 2, 1, 0)])
    call, plain = books.finished(stages=stages), books.finished()
    assert [FinishedCall.from_line(one.line()) for one in (call, plain)] == [call, plain]
    assert b"stages" not in plain.line(), "an older release reads it too"
    async with books.ledger() as ledger:
        for one in (call, plain, call):
            ledger.settle(one)
    async with books.opened() as transaction:
        kept = (await transaction.session.scalars(select(CallStages))).all()
        assert [(row.call_id, Stages.of(row.said)) for row in kept] == [(call.id, stages)]


def test_of_two_that_start_at_once_one_gets_what_was_left_behind(tmp_path: Path) -> None:
    dead = Journal(tmp_path)
    for number in range(100):
        dead.append(b"%d\n" % number)
    dead.close()
    heirs = [Journal(tmp_path) for _ in range(2)]
    with ThreadPoolExecutor() as threads:
        list(threads.map(Journal.adopt, heirs))
    shares = [lines_of(heir) for heir in heirs]
    assert sorted(map(len, shares)) == [0, 100]
    assert not list(tmp_path.glob("*.jsonl"))


def test_the_file_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    living, heir = Journal(tmp_path), Journal(tmp_path)
    living.append(b"mine\n")
    heir.adopt()
    assert lines_of(heir) == []
    assert lines_of(living) == [b"mine"]


def test_a_line_its_writer_did_not_live_to_finish_is_no_line(tmp_path: Path) -> None:
    (tmp_path / "jnl_1.jsonl").write_bytes(b"whole\nhal")
    heir = Journal(tmp_path)
    heir.adopt()
    assert lines_of(heir) == [b"whole"]
    assert not list(tmp_path.iterdir())


def test_what_is_done_with_leaves_the_disk_however_busy_it_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    line = b"x" * 99_999 + b"\n"
    journal.append(line)
    for _ in range(5 * SHEET_BYTES // len(line)):
        lines = journal.read()
        assert lines is not None
        journal.append(line)  # there is always one more than has been read
        journal.done(lines)
        assert _size(tmp_path) < 2 * SHEET_BYTES


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


# In a process of its own: for as long as its disk is full, so is that of whatever else it runs.
FULL_DISK = """
import json, resource, signal, sys
from pathlib import Path
from structlog.testing import capture_logs
from app.accounting.journal import Journal
from tests.app.accounting.test_journal import lines_of

journal = Journal(Path(sys.argv[1]))
journal.append(b"1\\n")
before = resource.getrlimit(resource.RLIMIT_FSIZE)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with capture_logs() as said:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2, before[1]))
    journal.append(b"2\\n")
resource.setrlimit(resource.RLIMIT_FSIZE, before)
journal.append(b"3\\n")
print(json.dumps([[entry["event"] for entry in said], sorted(int(line) for line in lines_of(journal))]))
"""


def test_a_full_disk_is_bridged_by_memory(tmp_path: Path) -> None:
    program = [sys.executable, "-c", FULL_DISK, str(tmp_path / "journal")]
    done = subprocess.run(program, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout) == [["journal_not_written"], [1, 2, 3]]
