"""SDK: what a request carries: a file that can be opened anew for each try, ids of things, what was left unsaid."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import quote


class HasId(Protocol):
    """Anything that the API calls by an id."""

    @property
    def id(self) -> str:
        """What it is called by."""


def id_of(thing: HasId | str) -> str:
    """The id of a thing, or the id itself."""
    return thing if isinstance(thing, str) else thing.id


def given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FileToSend:
    """A file on disk, or bytes with a name."""

    content: Path | bytes
    name: str
    media_type: str

    def opened(self) -> IO[bytes] | bytes:
        """Its content from the beginning."""
        return self.content if isinstance(self.content, bytes) else self.content.open("rb")


def file_to_send(source: str | PathLike[str] | bytes, name: str | None, media_type: str | None) -> FileToSend:
    """Take a path, or bytes that are given a name."""
    if isinstance(source, bytes):
        if not name:
            raise ValueError("bytes need a name to be sent by")
        content: Path | bytes = source
    else:
        content = Path(source)
        name = name or content.name
    guessed = mimetypes.guess_type(name)[0]
    return FileToSend(content, name, media_type or guessed or "application/octet-stream")


def path_of(*parts: str) -> str:
    """A path of parts, each of which may hold anything."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
