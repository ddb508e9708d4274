"""Knowing, pipeline: texts of several documents that go to one model on one account, in one call."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.errors import Kind, PlatformError
from app.identity.credentials import Credentials
from app.identity.on_behalf import admitted_for
from app.inference.counting import TokenCounters
from app.inference.gateway import Gateway
from indexing.pipeline.whole_texts import WholeTexts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_TEXTS, MOST_CHARACTERS = 64, 100_000  # of a call that several share
_USUAL, _MOST = 2, 8  # calls of one account under way: more than the usual only with what fills a call
_APART = 0.1  # seconds from one call to the next, unless that is full: whoever asks meanwhile shares it


@dataclass(frozen=True, slots=True)
class Account:
    """Who is to pay for which model."""

    tenant_id: str
    user_id: str
    model: str


@dataclass(slots=True, eq=False)
class _Asked:
    texts: Sequence[str]
    answer: asyncio.Future[NDArray[np.float32]]
    characters: int


@dataclass(slots=True)
class _Line:
    """Those who wait for one model on one account, and the calls that are under way for others."""

    waiting: deque[_Asked] = field(default_factory=deque)
    calls: set[asyncio.Task[None]] = field(default_factory=set)
    begun: int = 0  # calls a moment ago

    @property
    def is_to_move(self) -> bool:
        """Whether to make a call now."""
        if not self.begun and len(self.calls) < _USUAL:
            return bool(self.waiting)
        return len(self.calls) < _MOST and self._fills_a_call

    @property
    def _fills_a_call(self) -> bool:
        return (
            sum(len(asked.texts) for asked in self.waiting) >= MOST_TEXTS
            or sum(asked.characters for asked in self.waiting) >= MOST_CHARACTERS
        )

    def next(self) -> list[_Asked]:
        """Take as many as one call may bring; one that is larger than that goes alone."""
        taken: list[_Asked] = []
        texts = characters = 0
        while self.waiting:
            first = self.waiting[0]
            texts, characters = texts + len(first.texts), characters + first.characters
            if taken and (texts > MOST_TEXTS or characters > MOST_CHARACTERS):
                break
            taken.append(self.waiting.popleft())
        return taken


class SharedCalls:
    """Embeds, metered to whoever brought the document. Who asks while calls are under way shares the next one.

    It was allowed once: neither models:use nor the uploader's being there is asked for.
    """

    def __init__(self, gateway: Gateway, credentials: Credentials, counters: TokenCounters) -> None:
        self._whole, self.credentials = WholeTexts(gateway, counters), credentials
        self._lines: defaultdict[Account, _Line] = defaultdict(_Line)

    async def embed(self, account: Account, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text; vectors that cannot be are refused."""
        answer: asyncio.Future[NDArray[np.float32]] = asyncio.get_running_loop().create_future()
        self._lines[account].waiting.append(_Asked(texts, answer, sum(map(len, texts))))
        self._move(account)
        return await answer

    def _move(self, account: Account) -> None:
        line = self._lines[account]
        while line.is_to_move:
            some = [asked for asked in line.next() if not asked.answer.done()]
            if some:
                self._begin(account, line, some)
        if not line.calls and not line.begun:
            self._lines.pop(account, None)

    def _begin(self, account: Account, line: _Line, some: Sequence[_Asked]) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._serve(account, some))
        line.calls.add(task)
        line.begun += 1

        def let_pass() -> None:
            line.begun -= 1
            self._move(account)

        loop.call_later(_APART, let_pass)

        def stop(_: object) -> None:
            if all(asked.answer.done() for asked in some):
                task.cancel()  # nobody waits for it any more

        def end(_: object) -> None:
            line.calls.discard(task)
            for asked in some:
                asked.answer.cancel()
            self._move(account)

        for asked in some:
            asked.answer.add_done_callback(stop)
        task.add_done_callback(end)

    async def _serve(self, account: Account, some: Sequence[_Asked]) -> None:
        try:
            vectors = await self._call(account, [text for asked in some for text in asked.texts])
        except Exception as error:  # noqa: BLE001 - it is raised again where it was asked
            if len(some) > 1 and not _is_the_same_for_all(error):
                for asked in some:  # what one of them has done wrong is not to cost the others theirs
                    await self._serve(account, [asked])
                return
            _give_each(some, error)
            return
        at = 0
        for asked in some:
            if not asked.answer.done():
                asked.answer.set_result(vectors[at : at + len(asked.texts)])
            at += len(asked.texts)

    async def _call(self, account: Account, texts: Sequence[str]) -> NDArray[np.float32]:
        payer = await admitted_for(self.credentials, account.user_id, account.tenant_id)
        return await self._whole.embed(payer.caller, account.model, texts, payer.epochs)


def _is_the_same_for_all(error: Exception) -> bool:
    return isinstance(error, PlatformError) and error.kind in {Kind.UNAVAILABLE, Kind.UPSTREAM_TIMEOUT}


def _give_each(some: Sequence[_Asked], error: Exception) -> None:
    for asked in some:
        if not asked.answer.done():
            asked.answer.set_exception(error)
