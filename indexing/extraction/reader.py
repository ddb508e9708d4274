"""Knowing, extraction: the process that reads files for the server, one after the other, shut in."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import BinaryIO

from indexing.extraction import confinement, letters
from indexing.extraction.errors import ExtractionFailed, FileTooComplex
from indexing.extraction.reading import read_file

_GIVING_WAY = 5  # whoever is served by the server comes first
_MOST_FILES = 1000
_MOST_KEPT = 400 * 2**20  # all formats imported take 100 MB; what a large file leaves behind is given back by ending


def main() -> None:
    """Answer until the server goes away."""
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it for number types nobody reads
    logging.disable()
    os.nice(_GIVING_WAY)
    asked, said = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between answers
    confinement.shut_in()
    at_start, _ = confinement.held()
    for number in range(1, _MOST_FILES + 1):
        if (request := _next(asked)) is None:
            return
        task, data = request
        confinement.bound(task.limits.memory_bytes, task.limits.seconds, at_start=at_start)
        answer = _answer(task, data)
        del data
        _, resident = confinement.held()
        said.write(answer.sent(spent=resident > _MOST_KEPT or number == _MOST_FILES))
        said.flush()


def _next(asked: BinaryIO) -> tuple[letters.Task, bytes] | None:
    lengths = asked.read(letters.LENGTHS.size)
    if len(lengths) < letters.LENGTHS.size:
        return None
    head, data = letters.LENGTHS.unpack(lengths)
    return letters.Task.read(asked.read(head)), asked.read(data)


def _answer(task: letters.Task, data: bytes) -> letters.Answer:
    try:
        if task.path is not None:
            data = Path(task.path).read_bytes()
        return letters.Answer.of(read_file(data, task.name, task.limits))
    except ExtractionFailed as error:
        return letters.Answer.refusing(error)
    except MemoryError:
        return letters.Answer.refusing(FileTooComplex("Reading it takes too much memory."))
    except OSError as error:
        return letters.Answer.without_file(error.strerror or type(error).__name__)


if __name__ == "__main__":
    main()
