"""Settings of the segmentation head by name, to be run beside each other: `python -m benchmarks.vos.switches`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from streammem.heads.anchors import AnchorConfig
from streammem.heads.judge import JudgeConfig
from streammem.heads.presence import IdentityConfig
from streammem.heads.propagation import PropagationConfig
from streammem.heads.segmentation import SegmentationConfig

__all__ = ["VARIANTS"]

SIDE_PX = 288  # the shorter side that the network sees
OFF: dict[str, Any] = {"identity": None, "motion": False, "anchors": None, "hide_unseen": False}


def _variant(
    *, cut: float | Literal["auto"] | None = "auto", change: float | None = None, **judge: Any
) -> SegmentationConfig:
    return SegmentationConfig(
        side_px=SIDE_PX,
        judge=JudgeConfig(**judge),
        propagation=PropagationConfig(cut=cut, memory_change=change),
    )


VARIANTS: dict[str, Callable[[], SegmentationConfig]] = {
    "as XMem": lambda: _variant(cut=None, **OFF, write_unseen=True),
    "unseen not written": lambda: _variant(cut=None, **OFF),
    "object memory": lambda: _variant(**(OFF | {"identity": IdentityConfig(), "hide_unseen": True})),
    "motion": lambda: _variant(cut=None, **(OFF | {"motion": True})),
    "anchors": lambda: _variant(cut=None, **(OFF | {"anchors": AnchorConfig()})),
    "default": _variant,
    "by change": lambda: _variant(change=0.2),
}
