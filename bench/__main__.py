"""`make bench`: measure, print, and keep the tables in docs/benchmarks.md."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from bench import gateway, splitters, starting

_PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Run every measurement."""
    today: date = datetime.now(UTC).date()
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    text = "\n\n".join(
        [
            "# Benchmarks",
            "Written by `make bench`: medians of several rounds in one run. Compare rows of one table, not tables: "
            "machines differ and are noisy.",
            f"Measured on {today} ({machine}).",
            "## A model call through the gateway",
            "One server process each; the backend is a stand-in that answers at once. ScaiGrid runs with "
            "authentication, rate limits, a budget and accounting on. CPU is the server's own, per call, at 8 "
            "connections; latencies are of one connection; gaps are between frames of 32 paced streams at once "
            "(20 ms apart).",
            gateway.run(),
            "## Starting",
            starting.run(),
            "## Cutting texts into chunks",
            splitters.run(),
        ]
    )
    print(text)
    if "--keep" in sys.argv:
        _PAGE.write_text(text + "\n", encoding="utf-8")


main()
