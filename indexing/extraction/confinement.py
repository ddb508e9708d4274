"""Knowing, extraction: what a process that reads strangers' files may do and take."""

from __future__ import annotations

import math
import os
import resource
import sys
from pathlib import Path

_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.kill",
    "os.putenv",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.chmod",
    "os.link",
    "os.symlink",
    "os.truncate",
    "shutil.",
    "ftplib.",
    "smtplib.",
    "urllib.",
    "http.",
    "webbrowser.",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_COMPILED = "__pycache__"  # what Python itself keeps of the modules it imports
_AT_HAND = 64 * 2**20  # to say that memory has run out


def shut_in() -> None:
    """For the rest of its life this process reaches no network, starts no program and changes no file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def held() -> tuple[int, int]:
    """The bytes of address space and of memory this process has taken; 0 where the system does not say."""
    try:
        reserved, resident = Path("/proc/self/statm").read_bytes().split()[:2]
    except OSError:
        return 0, 0
    return int(reserved) * resource.getpagesize(), int(resident) * resource.getpagesize()


def bound(memory_bytes: int, seconds: float, *, at_start: int) -> None:
    """Let the next file take this much memory and processor time, and no more."""
    _lower(resource.RLIMIT_AS, (at_start or memory_bytes) + memory_bytes + _AT_HAND)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds) + 1)


def _lower(kind: int, soft: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITING and _COMPILED not in str(path):
            raise PermissionError("a reading process writes no file")
    elif event.startswith(_FORBIDDEN) and _COMPILED not in str(arguments[:1]):
        raise PermissionError(f"a reading process may not do this: {event}")
