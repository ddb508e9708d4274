"""How long until the first answer, and how much memory an idle server holds."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request

from bench.servers import KEY, free_port, process

ROUNDS = 5


def run() -> str:
    """Start a server several times in one folder and say how it went."""
    with tempfile.TemporaryDirectory() as home:
        starts = [_start(home) for _ in range(ROUNDS)]
    seconds = [taken for taken, _ in starts]
    return (
        f"First answer after start: median {statistics.median(seconds):.2f} s (the very first, which makes the "
        f"database: {seconds[0]:.2f} s). Idle memory, embedding model not loaded: median "
        f"{statistics.median(held for _, held in starts):.0f} MB."
    )


def _start(home: str) -> tuple[float, float]:
    port = free_port()
    environment = {
        "SCAIGRID_HOME": home,
        "SCAIGRID_PORT": str(port),
        "SCAIGRID_BOOTSTRAP_KEY": KEY,
        "SCAIGRID_LOG_LEVEL": "error",
    }
    started = time.perf_counter()
    with process(sys.executable, "-m", "app.cli", "serve", port=port, **environment) as server:
        while not _answers(port):
            time.sleep(0.02)
        taken = time.perf_counter() - started
        time.sleep(1)
        return taken, server.memory_info().rss / 2**20


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False
