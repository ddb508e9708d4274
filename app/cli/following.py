"""Roof, command line: documents on their way to being found: bars where a person watches, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from app.cli.spoken import as_json, note, plain, say

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.knowing import Document, DocumentEvent


def line_of(one: Document | DocumentEvent) -> tuple[str, str]:
    """Where a document is, in two words and a sentence."""
    if one.status == "failed":
        return "failed", f"{one.error_message or 'It failed.'} ({one.error_code})"
    if one.status == "indexed":
        return "indexed", f"{one.chunk_count} chunks"
    if one.waiting_for:
        return one.status, f"waits for {one.waiting_for}"
    stage = one.stage
    return one.status, f"{stage.done}/{stage.of}" if stage is not None and stage.of else ""


class Watcher(Protocol):
    """Shows how far documents are."""

    def shows(self, id_: str, name: str, one: DocumentEvent) -> None:
        """Show one of them."""


class Following:
    """Waits for some documents of a collection, or for all that have anything left to be done."""

    def __init__(self, grid: ScaiGrid, collection_id: str, names: dict[str, str] | None, *, json: bool) -> None:
        """`names`: of those that are waited for, by id; None: all."""
        self._grid = grid
        self._collection_id = collection_id
        self._names = names
        self._json = json
        self.failed = 0

    def to_the_end(self) -> bool:
        """Wait for all of them; says whether none has failed."""
        open_ = None if self._names is None else set(self._names)
        with _watching() as watcher:
            for event in self._grid.collections.follow(self._collection_id):
                if open_ is None or event.id in open_:
                    self._show(event, watcher)
                    if open_ is not None and event.is_over:
                        open_.discard(event.id)
                if open_ is not None and not open_:
                    break
        for id_ in sorted(open_ or ()):  # ended before anybody listened
            self._late(id_)
        return not self.failed

    def _show(self, event: DocumentEvent, watcher: Watcher) -> None:
        if self._json:
            say(as_json({name: value for name, value in event.raw.items() if name != "event"}, line=True))
        elif event.is_over:
            self.told(event.name or (self._names or {}).get(event.id, event.id), event)
        if not self._json:
            watcher.shows(event.id, event.name, event)
        self.failed += event.status == "failed"

    def _late(self, id_: str) -> None:
        from app.sdk import NotFound

        try:
            one = self._grid.documents.get(id_)
        except NotFound:
            note(f"{plain((self._names or {}).get(id_, id_))} was deleted meanwhile")
            self.failed += 1
            return
        self.failed += one.status == "failed"
        if self._json:
            say(as_json(one.raw, line=True))
        else:
            self.told(one.name, one)

    @staticmethod
    def told(name: str, one: Document | DocumentEvent) -> None:
        """Say what came of one."""
        stage, more = line_of(one)
        say("\t".join((plain(name), stage, plain(more))))


class _Lines:
    def __init__(self) -> None:
        self._told: dict[str, tuple[str, str]] = {}

    def shows(self, id_: str, name: str, one: DocumentEvent) -> None:
        """A line where something is another than before."""
        line = line_of(one)
        if not one.is_over and self._told.get(id_, ("",))[0] != line[0]:
            note(f"{plain(name)}: {plain(' '.join(line))}")
        self._told[id_] = line


class _Bars:
    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._bars: dict[str, Any] = {}

    def shows(self, id_: str, name: str, one: DocumentEvent) -> None:
        """A bar as far as it is; it goes when it is over."""
        if one.is_over:
            if id_ in self._bars:
                self._progress.remove_task(self._bars.pop(id_))
            return
        if id_ not in self._bars:
            self._bars[id_] = self._progress.add_task("", total=None)
        stage = one.stage
        total = stage.of if stage is not None and stage.of else None
        said = f"{plain(name)[:40]:<40} {one.status}"
        self._progress.update(self._bars[id_], description=said, completed=one.done, total=total)


@contextmanager
def _watching() -> Iterator[Watcher]:
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    text = TextColumn("{task.description}", markup=False)
    columns = (text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bars(progress)
