"""Watchers of one crawl, many in one process: raw HTTP/1.1, noting when each event came; `python -m bench.watchers`.

Its order comes as JSON on stdin: address, path, keys, and how many. It says `ready` once every watcher has had its
first event, and in the end, as JSON, when which event came to each.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

_AT_ONCE = 50  # connections being opened


async def _watch(order: dict[str, Any], key: str, opening: asyncio.Semaphore, first: asyncio.Event) -> dict[str, float]:
    """Watch to the end; returns by event id when it came, on the clock all processes share."""
    heard: dict[str, float] = {}
    async with opening:
        reader, writer = await asyncio.open_connection(order["host"], order["port"])
        writer.write(f"GET {order['path']} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head[:200])
        await _event(reader, heard)
    first.set()
    while await _event(reader, heard):
        pass
    writer.close()
    return heard


async def _event(reader: asyncio.StreamReader, heard: dict[str, float]) -> bool:
    """Read one piece; False is the end."""
    size = int(await reader.readline(), 16)
    piece = await reader.readexactly(size + 2)
    now = time.monotonic()
    for line in piece.split(b"\n"):
        if line.startswith(b"id: "):
            heard[line[4:].strip().decode()] = now
    return size > 0


async def _all(firsts: list[asyncio.Event]) -> None:
    for first in firsts:
        await first.wait()


async def _main() -> None:
    order = json.load(sys.stdin)
    opening, firsts = asyncio.Semaphore(_AT_ONCE), [asyncio.Event() for _ in range(order["number"])]
    keys = order["keys"]
    tasks = [
        asyncio.create_task(_watch(order, keys[place % len(keys)], opening, first))
        for place, first in enumerate(firsts)
    ]
    ready = asyncio.create_task(_all(firsts))
    either: list[asyncio.Task[Any]] = [ready, *tasks]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    await ready
    print("ready", flush=True)
    print(json.dumps(await asyncio.gather(*tasks)), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
