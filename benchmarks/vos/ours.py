"""The library's tracker, with the network that comes along, as the benchmark drives it."""

from __future__ import annotations

from benchmarks.vos.baselines import Labels, Rgb
from streammem.heads.segmentation import SegmentationConfig, SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.types import Observation

__all__ = ["OurTracker"]


class OurTracker:
    """Frames one tenth of a second apart; `side_px` as the command line has it."""

    def __init__(self, side_px: int = 288) -> None:
        self._side_px, self._network = side_px, open_network()

    def start(self, rgb: Rgb, labels: Labels) -> None:
        self._head, self._frame = (
            SegmentationHead(self._network, SegmentationConfig(side_px=self._side_px)),
            0,
        )
        self._head.step(self._observation(rgb), labels)

    def step(self, rgb: Rgb) -> Labels:
        self._frame += 1
        return self._head.step(self._observation(rgb)).labels

    def _observation(self, rgb: Rgb) -> Observation:
        return Observation(index=self._frame, t_s=self._frame / 10, rgb=rgb)
