"""Trackers by name."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.vos.baselines import CopyMask, FlowMask, Tracker
from benchmarks.vos.ours import OurTracker

__all__ = ["TRACKERS"]

TRACKERS: dict[str, Callable[[], Tracker]] = {"copy": CopyMask, "flow": FlowMask, "streammem": OurTracker}
