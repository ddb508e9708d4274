"""Roof, command line: files and folders sent into a collection, and again when they change."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import naming
from app.cli.following import Following
from app.cli.remote import Exit, Stop, asking, sentence
from app.cli.spoken import Json, as_json, note, plain, say

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.knowing import Collection, Document

_LOOK_SECONDS = 2.0
_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Local:
    """A file here, and what it is called there: its path in the folder it was found in."""

    path: Path
    called: str

    @property
    def sha256(self) -> str:
        """What tells its content from any other."""
        with self.path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, and folders with all that is in them.")],
    *,
    into: Annotated[str, typer.Option("--into", help="Id, slug or name of a collection.")],
    match: Annotated[list[str] | None, typer.Option(help="Only files like this, as *.pdf; may be said again.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until they can be found.")] = True,
    watch: Annotated[bool, typer.Option("--watch", help="Go on sending what changes, until Ctrl-C.")] = False,
    json: Json = False,
) -> None:
    """Send files into a collection; what is there unchanged is not sent again, what has changed takes its place.

    Examples:
      scaigrid ingest examples/handbook --into handbook
      scaigrid ingest reports --match '*.pdf' --into finance --no-wait
      scaigrid ingest notes --into notes --watch
    """
    again = f"scaigrid documents watch --in {into}"
    with asking(come_back=f"Work goes on without you: {again}") as grid:
        sending = Sending(grid, naming.collection(grid, into), wait=wait, json=json)
        files = list(found_in(paths, match or []))
        sent = {file: _stamp(file) for file in files}  # as they are before: what changes while it is sent is sent again
        sending.send(files)
        if watch:
            _watched(sending, paths, match or [], sent)
        if sending.bad:
            raise typer.Exit(Exit.FAILED)


def found_in(paths: list[Path], match: list[str]) -> Iterator[Local]:
    """Every file that is meant; hidden ones, and what is in hidden folders, are not."""
    for path in paths:
        if path.is_file():
            yield Local(path, _written(path.name))
        elif path.is_dir():
            for one in sorted(path.rglob("*")):
                inside = one.relative_to(path)
                hidden = any(part.startswith(".") for part in inside.parts)
                if one.is_file() and not hidden and (not match or any(inside.match(like) for like in match)):
                    yield Local(one, _written(inside.as_posix()))
        else:
            raise Stop(f"{path} is neither a file nor a folder.", Exit.WRONG)


class Sending:
    """Sends files into one collection."""

    def __init__(self, grid: ScaiGrid, into: Collection, *, wait: bool, json: bool) -> None:
        self._grid, self._into, self._wait, self._json = grid, into, wait, json
        self.bad = 0

    def send(self, files: list[Local]) -> None:
        """Send what is new or has changed, and wait for it."""
        from app.sdk import Invalid

        if not files:
            raise Stop("There is no file to send.", Exit.WRONG)
        there = self._there()
        bad_before, taken, unchanged = self.bad, dict[str, str](), 0
        for file in files:
            try:
                document = self._sent(file, there.get(file.called, []))
            except OSError as error:
                self._failed(file, f"{error.strerror}")
            except Invalid as refused:  # says something of this file alone
                self._failed(file, sentence(refused))
            else:
                unchanged += document is None
                taken |= {document.id: document.name} if document is not None else {}
        if taken and self._wait:
            following = Following(self._grid, self._into.id, taken, json=self._json)
            following.to_the_end()
            self.bad += following.failed
        self._summed_up(len(files), self.bad - bad_before, unchanged)

    def _sent(self, file: Local, there: list[Document]) -> Document | None:
        """What became of a file: a document, or nothing to be done."""
        sha256 = file.sha256
        if any(one.sha256 == sha256 and one.status != "failed" for one in there):
            if not self._json:
                say(f"{plain(file.called)}\tunchanged\t")
            return None
        if len(there) == 1 and there[0].sha256 == sha256:
            taken = self._grid.documents.retry(there[0])
        elif len(there) == 1 and there[0].source == "upload":
            taken = self._grid.documents.replace(there[0], file.path)
        else:
            metadata = {"path": file.called} if "/" in file.called else None
            taken = self._grid.documents.ingest(file.path, into=self._into, metadata=metadata)
        if not self._wait:
            say(as_json(taken.document.raw, line=True) if self._json else f"{plain(file.called)}\tsent\t{taken.id}")
        return taken.document

    def _failed(self, file: Local, why: str) -> None:
        self.bad += 1
        note(f"{plain(file.called)}\tfailed\t{why}")

    def _there(self) -> dict[str, list[Document]]:
        """What the collection holds already, by what it is called."""
        found: dict[str, list[Document]] = {}
        for one in self._grid.documents.list(self._into):
            path = one.metadata.get("path")
            found.setdefault(path if isinstance(path, str) else one.name, []).append(one)
        return found

    def _summed_up(self, files: int, bad: int, unchanged: int) -> None:
        verb = "taken in" if self._wait else "sent"
        same = f", {unchanged} of them unchanged" if unchanged else ""
        later = "" if self._wait else f" Work goes on without you: scaigrid documents watch --in {self._into.slug}"
        note(f"{files - bad} of {files} {verb}{same}.{later}")


def _watched(sending: Sending, paths: list[Path], match: list[str], seen: Mapping[Local, _Stamp | None]) -> None:
    """Send what is another than it was, again and again."""
    note("Watching; Ctrl-C stops it. What is deleted here stays there.")
    while True:
        time.sleep(_LOOK_SECONDS)
        now = {file: _stamp(file) for file in found_in(paths, match)}
        changed = [file for file, stamp in now.items() if stamp is not None and seen.get(file) != stamp]
        seen = now
        if changed:
            sending.send(changed)


def _stamp(file: Local) -> _Stamp | None:
    try:
        said = file.path.stat()
    except OSError:  # gone between two looks
        return None
    return said.st_mtime_ns, said.st_size


def _written(name: str) -> str:
    """As the server writes names."""
    return unicodedata.normalize("NFC", name)
