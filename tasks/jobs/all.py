"""The second door, jobs: every kind of work this platform knows how to do; workers take no other."""

from __future__ import annotations

from tasks.jobs.deeds import Deeds

DEEDS: Deeds = {}
