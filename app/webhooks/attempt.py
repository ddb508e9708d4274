"""Ground floor, webhooks: one attempt to tell one receiver of one event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from app.clock import Clock
from app.errors import InternalFault, Kind, PlatformError
from app.secrets import Secrets
from app.webhooks.claims import Outcome
from app.webhooks.signing import Message, headers

PURPOSE = "webhook"
TIMEOUT_SECONDS = 10.0
_TIMEOUTS = httpx.Timeout(TIMEOUT_SECONDS).as_dict()


@dataclass(frozen=True, slots=True)
class Attempts:
    """Sends signed messages; what the receiver answers is not read beyond its status, redirects are not followed."""

    http: httpx.AsyncClient
    secrets: Secrets
    clock: Clock

    async def make(self, message: Message, *, url: str, sealed_secret: str) -> Outcome:
        """Send a message once and say how it went."""
        try:
            secret = self.secrets.unseal(sealed_secret, purpose=PURPOSE)
        except InternalFault as fault:
            return Outcome(None, fault.code)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status = await self._post(message, url, secret)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(None, f"The receiver did not answer within {TIMEOUT_SECONDS:.0f} s.")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Outcome(None, "The receiver could not be reached.")
        except PlatformError as refused:  # what a guarded client says of an address
            return Outcome(None, f"{refused.code}: {refused.message}"[:190], final=refused.kind is Kind.INVALID)
        return Outcome(status, None if 200 <= status < 300 else f"The receiver answered {status}.")

    async def _post(self, message: Message, url: str, secret: str) -> int:
        body = message.body
        # Made here and not by the client, which would add the cookies of other tenants' receivers.
        request = httpx.Request(
            "POST",
            url,
            content=body,
            headers=headers(message, body, secret=secret, now=self.clock.now()),
            extensions={"timeout": _TIMEOUTS},
        )
        response = await self.http.send(request, stream=True, follow_redirects=False)
        self.http.cookies.clear()
        await response.aclose()
        return response.status_code
