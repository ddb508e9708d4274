"""Roof, command line: the process that looks after what is due by the clock, for all servers and workers."""

from __future__ import annotations

import asyncio
import signal

from app.settings import Settings, read_settings


def scheduler() -> None:
    """Begin due crawls, remind workers of what waits, compare stores; two at once are harmless."""
    from app.telemetry.logging import configure_logging

    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    asyncio.run(_look_after(settings))


async def _look_after(settings: Settings) -> None:
    from app.wiring import open_platform
    from tasks.worker.rounds import making_rounds
    from tasks.worker.schedule import BEAT, ROUNDS

    stopping = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stopping.set)
    async with open_platform(settings) as platform, making_rounds(platform, (BEAT, *ROUNDS)):
        await stopping.wait()
