"""Roof, drive: who may read what in a folder, as a file in it says; nothing is anybody's unless it is said there."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

RIGHTS = "drive.toml"
_MOST_BYTES = 1_000_000
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$", max_length=200)]


def _person(name: str) -> str:
    """The one spelling of somebody's id or address: capitals make no other address."""
    return name.lower() if "@" in name else name


def _reader(named: str) -> str:
    kind, _, name = named.partition(":")
    return f"{kind}:{_person(name)}" if kind == "user" else named


_Person = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_person)]
_Who = Annotated[
    str,
    StringConstraints(pattern=r"^(everyone|(user|group|tenant):\S.*)$", max_length=255),
    AfterValidator(_reader),
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a good token, by what it says of them."""

    subject: str
    tenant: str | None = None
    email: str | None = None
    groups: frozenset[str] = frozenset()


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Narrowing(_Shape):
    """Files of a share that fewer people may read: those who may read the share and are named here as well."""

    files: Annotated[str, Field(min_length=1)]  # `*` stands for anything, slashes too
    readers: list[_Who]

    def covers(self, path: str) -> bool:
        """Whether it is about a file; capitals and the spelling of accents make no other file."""
        return fnmatchcase(_folded(path), _folded(self.files))


class ShareRights(_Shape):
    """One share."""

    name: str | None = None
    description: str | None = None
    folder: str | None = None  # below the whole one; the share's id, if left out
    readers: list[_Who] = []
    only: list[Narrowing] = []


class Rights(_Shape):
    """Everything such a file says."""

    groups: Mapping[str, list[_Person]] = {}  # of people, by email or id
    shares: Mapping[_Id, ShareRights] = {}

    def folder_of(self, share_id: str) -> str:
        """Where a share lies."""
        return self.shares[share_id].folder or share_id

    def of(self, reader: Reader) -> Eyes:
        """What all of it means for somebody."""
        own = {_person(name) for name in (reader.subject, reader.email) if name}
        groups = reader.groups | {name for name, members in self.groups.items() if not own.isdisjoint(members)}
        tenant = {f"tenant:{reader.tenant}"} if reader.tenant else set()
        known = {"everyone", *tenant, *(f"user:{name}" for name in own), *(f"group:{name}" for name in groups)}
        return Eyes(self, frozenset(known))


@dataclass(frozen=True, slots=True)
class Eyes:
    """What somebody may see, by all the names they go by in what is said of rights."""

    rights: Rights
    names: frozenset[str]

    def may_see(self, share_id: str) -> bool:
        """Whether a share is there for them."""
        share = self.rights.shares.get(share_id)
        return share is not None and not self.names.isdisjoint(share.readers)

    def may_read(self, share_id: str, path: str) -> bool:
        """Whether they may read a file of a share: every narrowing that covers it must let them, too."""
        if not self.may_see(share_id):
            return False
        narrowing = (one for one in self.rights.shares[share_id].only if one.covers(path))
        return not any(self.names.isdisjoint(one.readers) for one in narrowing)


class RightsBroken(Exception):
    """What is said of rights cannot be understood; as long as that is so, nobody reads anything."""


@dataclass(slots=True)
class RightsFile:
    """The file in the folder: read again whenever it has changed, before the next answer."""

    root: Path
    _stamp: tuple[int, int, int] | None = field(default=None, init=False)
    _rights: Rights | None = field(default=None, init=False)

    def read(self) -> Rights:
        """What is said now; blocks."""
        path = self.root / RIGHTS
        try:
            found = path.stat()
            stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
            if self._rights is None or stamp != self._stamp:
                self._rights, self._stamp = None, stamp
                self._rights = _read(path, self.root)
        except (OSError, ValueError, RuntimeError) as error:  # too deep, in a circle, or no value
            self._rights = None
            raise RightsBroken(f"{RIGHTS}: {_sentence(error)}") from None
        return self._rights


def _read(path: Path, root: Path) -> Rights:
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError("is larger than is ever meant")
    rights = Rights.model_validate(tomllib.loads(content.decode()))
    for share_id in rights.shares:
        place = PurePosixPath(rights.folder_of(share_id))
        if place.is_absolute() or ".." in place.parts or not (root / place).resolve().is_relative_to(root.resolve()):
            raise ValueError(f"the folder of share {share_id} lies outside")
    return rights


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, OSError):
        return error.strerror or "cannot be read"
    return str(error)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
