"""What a process begun by a test finds around it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from app.settings import PREFIX

# Made once on this machine: drawing the embedding model's graph takes longer than most tests, and each home would.
MODELS = str(Path(tempfile.gettempdir()) / f"scaigrid-models-of-tests-{os.getuid()}")


def surroundings(**more: str) -> dict[str, str]:
    """What is set here without a setting of the platform, but for those named without their prefix."""
    around = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}  # noqa: TID251
    return around | {f"{PREFIX}MODELS": MODELS} | {f"{PREFIX}{name}": value for name, value in more.items()}
