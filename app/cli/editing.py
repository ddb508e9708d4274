"""Roof, command line: a text opened in the editor of whoever types."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.cli.remote import Exit, Stop
from app.cli.spoken import note


@contextmanager
def editing(text: str, ending: str) -> Iterator[str]:
    """What somebody has made of a text; what nothing came of is kept, and said where."""
    made = _edited(text, ending)
    try:
        yield made
    except BaseException:
        if made != text:
            note(f"What you have written is kept in {_kept(made, ending)}.")
        raise


def _edited(text: str, ending: str) -> str:
    """The text after its editor has ended; it is in a file that only they can read, and gone afterwards."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"  # noqa: TID251 - no setting of ours
    with tempfile.TemporaryDirectory(prefix="scaigrid-") as folder:
        file = Path(folder) / f"edit{ending}"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 - their own editor
        except (OSError, ValueError, subprocess.CalledProcessError):
            raise Stop(f"{editor} did not end well. Nothing is changed.", Exit.FAILED) from None
        return file.read_text(encoding="utf-8")


def _kept(text: str, ending: str) -> str:
    """The name of a file that only they can read, and that stays."""
    with tempfile.NamedTemporaryFile("wb", prefix="scaigrid-", suffix=ending, delete=False) as file:
        file.write(text.encode())
        return file.name
