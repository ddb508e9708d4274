"""Knowing, drive: the shares that somebody may read in ScaiDrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexing.drive.asking import DriveAsking, DriveQuestion
from indexing.drive.errors import ScaiDriveFailed
from indexing.drive.sayings import listed, text_of

_LONGEST_ID, _LONGEST_NAME, _LONGEST_DESCRIPTION = 200, 255, 1000
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """A share that whoever asks may read."""

    id: str
    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DriveShares:
    """Lists shares."""

    asking: DriveAsking

    async def of(self, base_url: str | None, bearer: str) -> Sequence[Share]:
        """The shares of the holder of a bearer, in ScaiDrive's order."""
        answer = await self.asking.ask(base_url, bearer, DriveQuestion("shares"))
        if answer.status != 200:
            raise ScaiDriveFailed(f"ScaiDrive answered with status {answer.status}.")
        found = listed(answer.said, "shares")
        if found is None:
            raise ScaiDriveFailed("ScaiDrive's answer is no list of shares.")
        return list(_shares(found[:_MOST]))


def _shares(found: Sequence[Any]) -> Iterator[Share]:
    """What can be told of each; what has no id cannot be named by anybody."""
    for one in found:
        said = one if isinstance(one, dict) else {}
        id_ = text_of(said, "id", "share_id")
        if id_ and len(id_) <= _LONGEST_ID:
            name = text_of(said, "name", "display_name", "title") or id_
            description = text_of(said, "description")
            shown = description[:_LONGEST_DESCRIPTION] if description else None
            yield Share(id_, name[:_LONGEST_NAME], shown)
