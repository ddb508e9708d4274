"""SDK: the client: everything that one key may do on one server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import httpx

from ..address import address
from ..retrying import Retrying
from ..sending import HasId
from ..shapes.allowing import Me
from ..shapes.knowing import Found
from .access import Access
from .audit import Audit
from .chat import Chat
from .collections import Collections
from .crawls import Crawls
from .documents import Documents
from .evals import Evals
from .grid import Models, Usage
from .people import Groups, Keys, Users
from .personas import Personas
from .searching import search
from .transport import Transport

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)  # of silence: whatever streams is heard every 15 seconds


class AsyncScaiGrid:
    """A server, as the owner of a key: from SCAIGRID_URL and SCAIGRID_API_KEY, unless said otherwise."""

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        retrying: Retrying | None = None,
        timeout: httpx.Timeout | float = _TIMEOUT,
        http: httpx.AsyncClient | None = None,
    ):
        """`http`: a client of your own, for proxies and certificates; its base address and key are set here."""
        found = address(url, api_key)
        self.url = found.url
        self._http = http or httpx.AsyncClient(timeout=timeout)
        self._http.base_url = httpx.URL(found.url)
        self._http.headers["Authorization"] = f"Bearer {found.key}"
        transport = Transport(self._http, retrying or Retrying())
        self._transport = transport
        self.collections, self.documents = Collections(transport), Documents(transport)
        self.chat, self.personas, self.crawls = Chat(transport), Personas(transport), Crawls(transport)
        self.access, self.users, self.groups = Access(transport), Users(transport), Groups(transport)
        self.keys, self.models, self.usage = Keys(transport), Models(transport), Usage(transport)
        self.evals, self.audit = Evals(transport), Audit(transport)

    async def me(self) -> Me:
        """Who the owner of the key is."""
        return Me.read(await self._transport.get("/v1/me"))

    async def search(  # noqa: PLR0913 - as the API has it
        self,
        query: str,
        *,
        collection: HasId | str | Iterable[HasId | str],
        search_type: str | None = None,
        top_k: int | None = None,
        min_score: float | None = None,
        filters: Mapping[str, Any] | None = None,
        rerank: bool | None = None,
        why: bool | None = None,
        as_user: HasId | str | None = None,
    ) -> Found:
        """Look for what answers a question, in one collection or in several.

        `as_user`: what somebody else would find, as far as you may read it too; for who manages all of them.
        """
        asked = {"search_type": search_type, "top_k": top_k, "min_score": min_score, "rerank": rerank, "why": why}
        return await search(self._transport, query, collection, as_user, **asked, filters=filters)

    async def __aenter__(self) -> Self:
        """Be closed with the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    def __repr__(self) -> str:
        return f"AsyncScaiGrid({self.url!r})"
