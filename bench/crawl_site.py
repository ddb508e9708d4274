"""A website of made-up pages that lead to each other, served as fast as it goes; `python -m bench.crawl_site PORT`."""

from __future__ import annotations

import asyncio
import random
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from bench.pages import web_page
from bench.servers import free_port, process

PAGES = 2000
_FANOUT = 8  # below each page; ten more lead anywhere
_DISTINCT = 100  # texts; the links are every page's own
_OWN_LINK = re.compile(r"href='/t?(\d+)'")


def pages(count: int = PAGES) -> dict[str, bytes]:
    """Every page by its path; whoever starts at `/` and follows links finds them all."""
    chance = random.Random(11)  # noqa: S311 - made-up words
    texts = [web_page(chance).data.decode() for _ in range(min(_DISTINCT, count))]
    found: dict[str, bytes] = {}
    for number in range(count):
        below = range(number * _FANOUT + 1, min((number + 1) * _FANOUT + 1, count))
        ways = [*below, *(chance.randrange(count) for _ in range(10))]
        said = "".join(f"<li><a href='{path(way)}'>Page {way}</a></li>" for way in ways)
        text = _OWN_LINK.sub(lambda found: f"href='{path(int(found[1]))}'", texts[number % len(texts)])
        found[path(number)] = text.replace("</article>", f"<p>Page {number}.</p><ul>{said}</ul></article>").encode()
    return found


def path(number: int) -> str:
    """Where a page is."""
    return f"/p/{number}" if number else "/"


@contextmanager
def crawl_site() -> Iterator[str]:
    """Serve it from a process of its own until the block ends."""
    port = free_port()
    with process(sys.executable, "-m", "bench.crawl_site", str(port), port=port):
        yield f"http://127.0.0.1:{port}/"


class _Answering(asyncio.Protocol):
    """Answers requests of one connection, one after the other."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._missing = _answer(b"nothing here", b"404 Not Found")
        self._transport: asyncio.Transport | None = None
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        *whole, self._asked = (self._asked + data).split(b"\r\n\r\n")
        for head in whole:
            asked = head.split(b" ", 2)[1]
            if self._transport is not None:
                self._transport.write(self._answers.get(asked, self._missing))


def _answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %s\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
    return head + body


async def _serve(port: int) -> None:
    answers = {path.encode(): _answer(body) for path, body in pages().items()}
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(answers), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
