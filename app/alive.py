"""Ground floor: ask whether a process of ours lives, with nothing but Python: what a container's health check runs.

`python -m app.alive http://127.0.0.1:8000/livez` asks a server; `python -m app.alive /var/lib/scaigrid/beat` looks
whether a worker or a scheduler still touches its file. Exit code 0: it lives.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

_ANSWER_SECONDS = 4.0
OLDEST_BEAT = 60.0  # seconds; a process beats every ten


def answers(url: str) -> bool:
    """Whether a server answers that it is well; no proxy of the environment is asked."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=_ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except (URLError, TimeoutError, ConnectionError):
        return False


def beats(path: Path) -> bool:
    """Whether a file was touched lately."""
    try:
        return time.time() - path.stat().st_mtime < OLDEST_BEAT
    except OSError:
        return False


def main(arguments: list[str]) -> int:
    """Look at what is named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m app.alive URL|FILE\n")
        return 2
    named = arguments[0]
    return 0 if (answers(named) if named.startswith("http://") else beats(Path(named))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
