"""SDK: a client of ScaiGrid, blocking and asynchronous, that stands alone."""

from .aio.client import AsyncScaiGrid
from .blocking.client import ScaiGrid
from .errors import (
    BrokenOff,
    Conflict,
    Invalid,
    Issue,
    NotAllowed,
    NotConfigured,
    NotFound,
    NotUnderstood,
    RateLimited,
    Refused,
    ScaiGridError,
    Unavailable,
    Unreachable,
)
from .retrying import Retrying

__all__ = [
    "AsyncScaiGrid",
    "BrokenOff",
    "Conflict",
    "Invalid",
    "Issue",
    "NotAllowed",
    "NotConfigured",
    "NotFound",
    "NotUnderstood",
    "RateLimited",
    "Refused",
    "Retrying",
    "ScaiGrid",
    "ScaiGridError",
    "Unavailable",
    "Unreachable",
]
