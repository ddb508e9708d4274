"""Knowing, drive: one file of a share, read as it comes with the caller's own right to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message
from urllib.parse import quote

from app.errors import PayloadTooLarge
from app.identity.exchange.ports import TokenExchange
from app.outbound.client import Allowance, Opened, OutboundClient
from app.outbound.errors import Fault, OutboundFailed
from indexing.drive.admission import admission
from indexing.drive.asking import DriveAsking
from indexing.drive.errors import ScaiDriveFailed, ScaiDriveFileNotFound

_TOTAL_SECONDS, _READ_SECONDS = 120.0, 30.0
_HIDDEN = {403, 404, 410}


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file that is being read."""

    name: str | None
    media_type: str | None
    parts: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class DriveFiles:
    """Reads files of ScaiDrive; its address is an operator's, so that it may be anywhere but where credentials are."""

    client: OutboundClient
    exchange: TokenExchange
    most_bytes: int

    @property
    def asking(self) -> DriveAsking:
        """What asks the same ScaiDrive other questions."""
        return DriveAsking(self.client, self.exchange)

    @asynccontextmanager
    async def opened(self, base_url: str | None, bearer: str, share_id: str, file_id: str) -> AsyncIterator[DriveFile]:
        """Open a file of a share as the holder of a bearer."""
        root, headers = await admission(self.exchange, base_url, bearer)
        place = f"shares/{quote(share_id, safe='')}/files/{quote(file_id, safe='')}/content"
        allowance = Allowance(_TOTAL_SECONDS, _READ_SECONDS, self.most_bytes)
        url = f"{root}/{place}"
        try:
            async with self.client.open_following(url, headers=headers, allowance=allowance) as answer:
                _require_file(answer)
                yield DriveFile(_name_in(answer), answer.headers.get("content-type"), answer.parts)
        except OutboundFailed as error:
            if error.fault is Fault.TOO_LARGE:
                raise PayloadTooLarge(f"The file is larger than {self.most_bytes} bytes, the limit here.") from None
            raise ScaiDriveFailed(f"ScaiDrive could not be read: {error.message}") from None


def _require_file(answer: Opened) -> None:
    if answer.status in _HIDDEN:
        raise ScaiDriveFileNotFound
    if answer.status != 200:
        raise ScaiDriveFailed(f"ScaiDrive answered with status {answer.status}.")


def _name_in(answer: Opened) -> str | None:
    """What the file is called there, if that is said."""
    said = Message()
    said["content-disposition"] = answer.headers.get("content-disposition", "")
    return said.get_filename()
