"""Recorded logs of colour, depth and camera poses as sources."""

from streammem.perception.sources.rgbd.formats import is_log
from streammem.perception.sources.rgbd.source import RgbdSource

__all__ = ["RgbdSource", "is_log"]
