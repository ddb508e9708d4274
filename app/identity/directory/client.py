"""Ground floor, directory: reads ScaiKey's groups and their members; whatever is odd about it ends the reading."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from app.identity.directory.bearer import ClientBearer
from app.identity.directory.pages import PER_PAGE, whole_list
from app.identity.directory.reading import Fault, MemberKind, Reading, ReadingFailed, group_of, member_of, reading_of
from app.identity.provider_answers import FAILURES, fetch

REQUEST_SECONDS = 10.0
READING_SECONDS = 240.0
MOST_BYTES = 8 * 2**20
MOST_GROUPS = 50_000
MOST_MEMBERS = 500_000
_AT_ONCE = 4
_GROUPS = "/api/v1/admin/groups"
_STATUS = {401: Fault.REFUSED, 403: Fault.REFUSED, 404: Fault.NOT_THERE}


@dataclass(slots=True)
class _Members:
    """Who is in each group, and how many that are in all."""

    of: dict[str, list[tuple[MemberKind, str]]] = field(default_factory=dict)
    number: int = 0

    def add(self, group: str, members: list[tuple[MemberKind, str]]) -> None:
        self.of[group] = members
        self.number += len(members)
        if self.number > MOST_MEMBERS:
            raise ReadingFailed(Fault.TOO_LARGE)


@dataclass(frozen=True, slots=True)
class DirectoryClient:
    """Reads one tenant's directory, complete or not at all."""

    url: str
    bearer: ClientBearer
    client: httpx.AsyncClient

    async def read(self, tenant: str) -> Reading:
        """Read what ScaiKey says of a tenant (by its external id), or fail."""
        try:
            async with asyncio.timeout(READING_SECONDS):
                groups = await self._groups(tenant)
                return reading_of(groups, (await self._members(groups)).of.items())
        except TimeoutError:
            raise ReadingFailed(Fault.LATE) from None
        except FAILURES:
            raise ReadingFailed(Fault.AWAY) from None
        except BaseExceptionGroup as several:
            raise _first_of(several) from None

    async def _groups(self, tenant: str) -> dict[str, str]:
        async def ask(page: int) -> Mapping[str, Any]:
            return await self._get(_GROUPS, tenant_id=tenant, page=page, per_page=PER_PAGE)

        found = await whole_list(ask, group_of, counted=True)
        groups = dict(found)
        if len(groups) != len(found):
            raise ReadingFailed(Fault.INCOMPLETE)
        if len(groups) > MOST_GROUPS:
            raise ReadingFailed(Fault.TOO_LARGE)
        return groups

    async def _members(self, groups: Mapping[str, str]) -> _Members:
        """Read the members of every group, a few groups at a time."""
        found = _Members()
        waiting = iter(groups)
        async with asyncio.TaskGroup() as readers:
            for _ in range(_AT_ONCE):
                readers.create_task(self._read_into(found, waiting))
        return found

    async def _read_into(self, found: _Members, waiting: Iterator[str]) -> None:
        for group in waiting:
            found.add(group, await self._members_of(group))

    async def _members_of(self, group: str) -> list[tuple[MemberKind, str]]:
        if group in {".", ".."}:  # in a path these would lead elsewhere
            raise ReadingFailed(Fault.MALFORMED)
        path = f"{_GROUPS}/{quote(group, safe='')}/members"

        async def ask(page: int) -> Mapping[str, Any]:
            return await self._get(path, page=page, per_page=PER_PAGE)

        return await whole_list(ask, member_of, counted=False)

    async def _get(self, path: str, **asked: str | int) -> Mapping[str, Any]:
        """Ask for one page; a bearer that is refused is got anew once."""
        status = 401
        for _ in range(2):
            token = await self.bearer.get()
            headers = {"Authorization": f"Bearer {token}"}
            address = self.url.rstrip("/") + path
            status, said = await fetch(self.client, address, most_bytes=MOST_BYTES, headers=headers, params=asked)
            if status == 200:
                return said
            if status != 401:
                break
            self.bearer.drop(token)
        raise ReadingFailed(_STATUS.get(status, Fault.AWAY))


def _first_of(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """What ended a reading several parts of which failed at once."""
    failed = several.exceptions[0]
    if isinstance(failed, ReadingFailed):
        return failed
    return ReadingFailed(Fault.AWAY) if isinstance(failed, FAILURES) else failed
