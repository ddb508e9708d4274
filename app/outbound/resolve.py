"""Ground floor, outbound: a name looked up once, every address of it checked before any is called."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address

from app.outbound.addresses import Address
from app.outbound.errors import Fault, OutboundFailed
from app.outbound.guard import Guard
from app.outbound.urls import Target

# Of their own: a lookup that nobody answers keeps its thread long after we gave up on it.
_LOOKUPS = ThreadPoolExecutor(32, thread_name_prefix="lookup")

Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]


async def system_resolver(host: str, port: int) -> Sequence[Address]:
    """Ask the operating system."""
    looking = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKUPS, looking)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


async def checked_addresses(guard: Guard, target: Target, *, resolver: Resolver, timeout_s: float) -> Sequence[Address]:
    """Return the addresses to connect to, in order; refuse them all when one is refused."""
    guard.check_target(target)
    if target.address is not None:
        return [target.address]
    try:
        async with asyncio.timeout(timeout_s):
            addresses = await resolver(target.host, target.port)
    except TimeoutError:
        raise OutboundFailed(Fault.TIMEOUT, "The host's name could not be looked up in time.") from None
    except (OSError, ValueError):
        raise OutboundFailed(Fault.UNREACHABLE, "The host's name leads nowhere.") from None
    if not addresses:
        raise OutboundFailed(Fault.UNREACHABLE, "The host's name leads nowhere.")
    guard.check_addresses(target, addresses)
    return addresses
