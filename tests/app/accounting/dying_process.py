"""A process that settles calls, says each id once it is settled, and goes on until it is killed.

Arguments: the database, the journal's folder, and what every call has in common, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from app.accounting.calls import FinishedCall
from app.accounting.ledger import Ledger
from app.clock import SystemClock
from app.db.engine import open_database
from app.db.epochs import Epochs
from app.ids import new_id
from app.limits.sql import SqlRateCounter


async def settle_for_ever(address: str, folder: Path, common: dict[str, object]) -> None:
    database = open_database(address)
    ledger = Ledger(database.lanes, Epochs(database.lanes), SqlRateCounter(database.lanes), SystemClock(), folder)
    await ledger.start()
    while True:
        for _ in range(20):
            line = json.dumps({**common, "id": new_id("use")}).encode()
            call = FinishedCall.from_line(line)
            ledger.settle(call)
            sys.stdout.write(f"{call.id}\n")
            sys.stdout.flush()
        await asyncio.sleep(0.002)  # lets the ledger book some of them


if __name__ == "__main__":
    asyncio.run(settle_for_ever(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])))
