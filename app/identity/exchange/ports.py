"""Ground floor, exchange: what the platform asks of whoever exchanges tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class NoToken(Enum):
    """Why there is no token for another application."""

    NO_PROVIDER = "no identity provider is configured"
    NO_SUBJECT = "an API key has no token that could be exchanged; sign in with ScaiKey"
    NOT_HERE = "the token of whoever it is looked for is not at hand"
    REFUSED = "the identity provider refused the exchange"
    AWAY = "the identity provider does not answer"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A token that speaks for the caller elsewhere; never shown."""

    token: str = field(repr=False)


class TokenExchange(Protocol):
    """Exchanges tokens. Whatever goes wrong is said in the answer; nothing is raised."""

    async def exchange(self, bearer: str, audience: str) -> Exchanged | NoToken:
        """Give the caller's token for one of the audience."""

    def forget(self, bearer: str, audience: str) -> None:
        """Forget what was given for it: the audience does not take that any more."""

    async def aclose(self) -> None:
        """Let go of connections."""
