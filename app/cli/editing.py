"""Roof, command line: a text opened in the editor of whoever types."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from app.cli.remote import Exit, Stop


def edited(text: str, ending: str) -> str:
    """What somebody has made of a text; it is in a file that only they can read, and gone afterwards."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"  # noqa: TID251 - no setting of ours
    with tempfile.TemporaryDirectory(prefix="scaigrid-") as folder:
        file = Path(folder) / f"edit{ending}"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 - their own editor
        except (OSError, ValueError, subprocess.CalledProcessError):
            raise Stop(f"{editor} did not end well. Nothing is changed.", Exit.FAILED) from None
        return file.read_text(encoding="utf-8")
