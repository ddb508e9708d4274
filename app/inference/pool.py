"""Ground floor, inference: the connected backends of this process, one per set of connection settings."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from app.inference.ports import BackendConnection, BackendMaker, ModelBackend

_MOST_OPEN = 128
_GRACE_SECONDS = 600.0  # longer than calls that still run over a connection nobody asks for any more


@dataclass(slots=True)
class BackendPool:
    """Makes a backend when it is first needed and keeps it while it is used."""

    make: BackendMaker
    _open: OrderedDict[BackendConnection, ModelBackend] = field(default_factory=OrderedDict)
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)

    def backend(self, connection: BackendConnection) -> ModelBackend:
        """Return the backend for these settings."""
        found = self._open.get(connection)
        if found is None:
            found = self._open[connection] = self.make(connection)
            self._make_room()
        else:
            self._open.move_to_end(connection)
        return found

    async def aclose(self) -> None:
        """Let go of every connection."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*(backend.aclose() for backend in self._open.values()), return_exceptions=True)
        self._open.clear()

    def _make_room(self) -> None:
        """Let go of the backend unused for longest; what runs in this process costs nothing and stays."""
        remote = [connection for connection in self._open if connection.base_url is not None]
        if len(remote) > _MOST_OPEN:
            self._retire(self._open.pop(remote[0]))

    def _retire(self, backend: ModelBackend) -> None:
        async def leave() -> None:
            await asyncio.sleep(_GRACE_SECONDS)
            await backend.aclose()

        task = asyncio.get_running_loop().create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
