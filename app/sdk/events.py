"""SDK: a stream of server-sent events, line by line; reads, and opens nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import NotUnderstood, Refused

DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, what it says, and the id to come back with."""

    name: str
    data: str
    id: str

    @property
    def is_end(self) -> bool:
        """Whether it says that no more will come."""
        return self.data == DONE

    def said(self) -> dict[str, Any]:
        """What it says; an event that tells of a failure is raised."""
        try:
            read = json.loads(self.data)
        except ValueError:
            raise NotUnderstood("An event is not JSON.") from None
        if not isinstance(read, dict):
            raise NotUnderstood("An event is no object.")
        if self.name == "error" or isinstance(read.get("error"), Mapping):
            raise broken_off(read)
        return read


def broken_off(read: Mapping[str, Any]) -> Refused:
    """A failure told in the middle of a stream."""
    error = read.get("error")
    inner = error if isinstance(error, Mapping) else {}
    said = {"code": read.get("code") or inner.get("code"), "message": read.get("message") or inner.get("message")}
    return Refused(200, said, request_id=None, retry_after=None)


@dataclass(slots=True)
class Lines:
    """Makes events of lines."""

    last: str = ""  # the id that was told last
    retry: float | None = None  # seconds, as the server wishes
    is_over: bool = False  # the server has said that there is nothing more to come
    _name: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, line: str) -> Event | None:
        """Take one line; an event where it ends one."""
        if not line:
            return self._ended()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self.last = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value) / 1000
        return None

    def _ended(self) -> Event | None:
        data, name = self._data, self._name or "message"
        self._data, self._name = [], ""
        return Event(name, "\n".join(data), self.last) if data else None
