"""Ground floor, exchange: without an identity provider, there is nobody to exchange with."""

from __future__ import annotations

from app.identity.exchange.ports import Exchanged, NoToken


class NobodyExchanges:
    """Gives nothing for anything."""

    async def exchange(self, bearer: str, audience: str) -> Exchanged | NoToken:
        """Say so."""
        return NoToken.NO_PROVIDER

    def forget(self, bearer: str, audience: str) -> None:
        """Have nothing to forget."""

    async def aclose(self) -> None:
        """Hold nothing anyhow."""
