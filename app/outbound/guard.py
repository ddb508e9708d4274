"""Ground floor, outbound: the address guard, one answer to "may this be called?"; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from app.outbound.addresses import Address, is_metadata, is_public
from app.outbound.errors import OutboundRefused
from app.outbound.urls import Target, read_authority, read_url

WEB_PORTS = frozenset({80, 443, 8080, 8443})


class Guard:
    """Decides on URLs before a lookup and on addresses after it; metadata services are refused by every guard."""

    def __init__(
        self, *, allow_hosts: Iterable[str] = (), ports: Collection[int] = WEB_PORTS, guarded: bool = True
    ) -> None:
        self._allowed = frozenset(_read_entry(entry) for entry in allow_hosts)
        self._ports = frozenset(ports)
        self._guarded = guarded

    @classmethod
    def for_configured(cls) -> Guard:
        """The guard for addresses an operator wrote into the configuration: only metadata services are out."""
        return cls(guarded=False)

    def check_url(self, url: str) -> Target:
        """Return where the URL leads, or refuse it for what can be seen without a lookup."""
        target = read_url(url)
        self.check_target(target)
        return target

    def check_target(self, target: Target) -> None:
        """Refuse a port, or an address written out in the URL, that may not be called."""
        if target.port not in self._ports and self._guarded and not self._is_named(target):
            raise OutboundRefused("That port is not one of the web's; an operator can allow it for this host.")
        if target.address is not None:
            self.check_addresses(target, [target.address])

    def check_addresses(self, target: Target, addresses: Sequence[Address]) -> None:
        """Refuse the target if any one of the addresses its name stands for may not be called."""
        if any(is_metadata(address) for address in addresses):
            raise OutboundRefused("That host is where a cloud keeps its credentials; it is never called.")
        if not self._guarded or self._is_named(target):
            return
        if not all(is_public(address) for address in addresses):
            raise OutboundRefused("That host is not on the public Internet; an operator can allow it by name.")

    def _is_named(self, target: Target) -> bool:
        """Whether an operator let the host through; whoever hides what they ask for is not let through by its name."""
        return target.is_plain and self._names(target)

    def _names(self, target: Target) -> bool:
        return (target.host, None) in self._allowed or (target.host, target.port) in self._allowed


def _read_entry(entry: str) -> tuple[str, int | None]:
    entry = entry.strip()
    if entry.count(":") > 1 and not entry.startswith("["):
        entry = f"[{entry}]"
    try:
        (host, _), port = read_authority(entry)
    except OutboundRefused:
        raise ValueError(f"{entry!r} is neither a host nor host:port") from None
    return host, port
