"""Roof, wiring: arm the point at which a proof wants this process to die."""

from __future__ import annotations

from app.settings import Settings, SettingsWrong
from indexing.pipeline.faults import CollectionPoint, ErasingPoint, GraphPoint, Point, arm

CONSENT = "may-be-killed"
_POINTS = {str(point): point for kind in (Point, CollectionPoint, GraphPoint, ErasingPoint) for point in kind}


def arm_for_a_proof(settings: Settings) -> None:
    """Arm what the setting names; refuse on a home that was not made for being killed on."""
    if not settings.fault:
        return
    name, _, passing = settings.fault.partition(":")
    if name not in _POINTS or not (passing or "1").isdigit():
        raise SettingsWrong(f"SCAIGRID_FAULT: {settings.fault!r} is no `point:n`; points are {', '.join(_POINTS)}.")
    if not (settings.home / CONSENT).is_file():
        raise SettingsWrong(
            f"SCAIGRID_FAULT kills this process in the middle of its work; leave it empty, or put a file called"
            f" {CONSENT} into {settings.home} if that is what you want."
        )
    arm(_POINTS[name], int(passing or 1))
