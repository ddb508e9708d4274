"""Roof, HTTP: every request has an id; a sane one that comes in is kept."""

from __future__ import annotations

import re

from app.ids import new_id

_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{7,127}")


def accept_or_mint(offered: bytes | None) -> str:
    """Return the id a request goes by."""
    if offered is not None and _SANE.fullmatch(offered):
        return offered.decode("ascii")
    return new_id("req")
