"""Loopback ports for servers of other processes, which must be told their port before they have it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

LOOPBACK = "127.0.0.1"


@contextmanager
def kept_port() -> Iterator[int]:
    """A port nobody else is given until the block ends, but whoever asks for it by its number gets.

    Linux lets two sockets have one port if both say SO_REUSEADDR, as servers do, and only one of them listens.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind((LOOPBACK, 0))
        port: int = keeper.getsockname()[1]
        yield port
