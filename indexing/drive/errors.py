"""Knowing, drive: why nothing comes from ScaiDrive."""

from __future__ import annotations

from app.errors import Kind, NotFound, PlatformError, Unavailable
from app.identity.exchange.ports import NoToken


class ScaiDriveNotConfigured(Unavailable):
    """No address of ScaiDrive is set; an operator sets `scaidrive_base_url` of the module scaipersona."""

    code = "SCAIDRIVE_NOT_CONFIGURED"

    def __init__(self) -> None:
        super().__init__("ScaiDrive is not set up here; an operator sets scaidrive_base_url of the module scaipersona.")


class ScaiDriveTokenExchangeFailed(PlatformError):
    """The caller's token could not be exchanged for one that ScaiDrive takes."""

    code = "SCAIDRIVE_TOKEN_EXCHANGE_FAILED"
    kind = Kind.UPSTREAM

    def __init__(self, reason: NoToken) -> None:
        super().__init__(f"There is no token for ScaiDrive: {reason.value}.")
        self.reason = reason


class ScaiDriveFileNotFound(NotFound):
    """ScaiDrive has no such share or file, or not for the caller."""

    code = "SCAIDRIVE_FILE_NOT_FOUND"


class ScaiDriveShareNotFound(NotFound):
    """ScaiDrive has no such share, or not for the caller."""

    code = "SCAIDRIVE_SHARE_NOT_FOUND"


class ScaiDriveFailed(PlatformError):
    """ScaiDrive does not answer, or not as it should."""

    code = "SCAIDRIVE_FAILED"
    kind = Kind.UPSTREAM


class ScaiDriveTimedOut(ScaiDriveFailed):
    """ScaiDrive takes longer than anybody waits for it."""

    code = "SCAIDRIVE_TIMEOUT"
    kind = Kind.UPSTREAM_TIMEOUT

    def __init__(self) -> None:
        super().__init__("ScaiDrive took longer than the limit.")
