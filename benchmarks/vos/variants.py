"""Settings of the segmentation head by name, to be run beside each other: `python -m benchmarks.vos.switches`."""

from __future__ import annotations

from collections.abc import Callable

from streammem.heads.segmentation import SegmentationConfig

__all__ = ["VARIANTS"]

SIDE_PX = 288  # the shorter side that the network sees

VARIANTS: dict[str, Callable[[], SegmentationConfig]] = {
    "default": lambda: SegmentationConfig(side_px=SIDE_PX),
    "as XMem": lambda: SegmentationConfig(side_px=SIDE_PX, write_unseen=True),
}
