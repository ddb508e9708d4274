"""Roof: Settings → Platform, the ports a process works with; the one place that names adapters."""

from app.wiring.opening import open_platform
from app.wiring.platform import Platform

__all__ = ["Platform", "open_platform"]
