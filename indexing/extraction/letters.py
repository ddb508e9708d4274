"""Knowing, extraction: what server and reading process write each other: lengths, JSON, and bytes; never objects."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any

from indexing.extraction.errors import BY_CODE, ExtractionCrashed, ExtractionFailed, ExtractionUnavailable
from indexing.extraction.limits import Limits
from indexing.extraction.source import Extraction
from indexing.extraction.text import ExtractedText, Place, TextForm

LENGTHS = struct.Struct(">IQ")  # of the JSON and of the bytes after it
LONGEST_HEAD = 64 * 2**20
BYTES_A_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class Task:
    """One file to be read: its bytes, or the path they are at."""

    name: str
    limits: Limits
    path: str | None = None

    def head(self, data: bytes) -> bytes:
        """What is sent before the bytes."""
        head = json.dumps({"name": self.name, "path": self.path, "limits": asdict(self.limits)}).encode()
        return LENGTHS.pack(len(head), len(data)) + head

    @classmethod
    def read(cls, head: bytes) -> Task:
        """As it was sent."""
        said = json.loads(head)
        return cls(said["name"], Limits(**said["limits"]), said["path"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: the text of the file, or its error."""

    said: dict[str, Any]
    text: bytes = b""

    @classmethod
    def of(cls, extraction: Extraction) -> Answer:
        """A file that has been read."""
        text = extraction.text
        said = {
            "mime_type": extraction.mime_type,
            "warnings": extraction.warnings,
            "form": text.form,
            "language": text.language,
            "title": text.title,
            "places": [(place.start, place.end, place.page, place.section) for place in text.places],
        }
        # A half character (a lone surrogate) cannot be sent; one that stands for it keeps every offset.
        return cls({"read": said}, text.text.encode("utf-8", "replace"))

    @classmethod
    def refusing(cls, error: ExtractionFailed) -> Answer:
        """A file that cannot be read."""
        return cls({"failed": {"code": error.code, "sentence": error.sentence}})

    @classmethod
    def without_file(cls, reason: str) -> Answer:
        """A file that is not where it was said to be."""
        said = f"The file could not be opened ({reason})."
        return cls({"failed": {"code": ExtractionUnavailable.code, "sentence": said}})

    @classmethod
    def received(cls, head: bytes, text: bytes) -> Answer:
        """As it was sent."""
        try:
            said = json.loads(head)
        except ValueError:
            said = None
        return cls(said if isinstance(said, dict) else {}, text)

    def sent(self, *, spent: bool) -> bytes:
        """As it is sent; `spent` asks for a fresh process."""
        head = json.dumps({**self.said, "spent": spent}).encode()
        return LENGTHS.pack(len(head), len(self.text)) + head + self.text

    @property
    def spent(self) -> bool:
        """Whether the process asks to be replaced."""
        return bool(self.said.get("spent", True))

    def extraction(self) -> Extraction:
        """The file's text, or the error of the file. The sender read hostile files: what makes no sense is an error."""
        try:
            if failed := self.said.get("failed"):
                code, sentence = str(failed["code"]), str(failed["sentence"])
            else:
                return _extraction(self.said["read"], self.text.decode())
        except (KeyError, TypeError, ValueError) as error:
            raise ExtractionCrashed("Reading it gave an answer that makes no sense.") from error
        if code == ExtractionUnavailable.code:
            raise ExtractionUnavailable(sentence)
        raise BY_CODE.get(code, ExtractionCrashed)(sentence)


def _extraction(said: dict[str, Any], text: str) -> Extraction:
    places = tuple(Place(start, end, page, section) for start, end, page, section in said["places"])
    edges = [edge for place in places for edge in (place.start, place.end)]
    if edges != sorted(edges) or (edges and (edges[0] < 0 or edges[-1] > len(text))):
        raise ValueError("places out of order")
    read = ExtractedText(text, places, TextForm(said["form"]), said["language"], said["title"])
    return Extraction(read, str(said["mime_type"]), tuple(map(str, said["warnings"])))
