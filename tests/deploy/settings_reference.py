"""The settings as their reference names them."""

from __future__ import annotations

import re

from tests.deploy.composition import ROOT


def known_settings() -> set[str]:
    """Every variable of docs/reference/settings.md."""
    return set(
        re.findall(r"^\| `(SCAIGRID_\w+)`", (ROOT / "docs/reference/settings.md").read_text("utf-8"), re.MULTILINE)
    )
