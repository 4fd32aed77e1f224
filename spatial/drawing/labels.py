"""Where names go on a map so that they neither lie on each other nor on what they name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

__all__ = ["place_labels"]

GAP = 4.0  # pixels between a name and its thing
RINGS = (0.0, 14.0, 32.0, 56.0, 90.0)  # how far out a name is tried
DIRECTIONS = 16


def place_labels(
    anchors: Float64[np.ndarray, "n 2"],
    sizes: Float64[np.ndarray, "n 2"],
    *,
    width: int,
    height: int,
    radius: Float64[np.ndarray, " n"] | None = None,
    avoid: Sequence[tuple[float, float, float, float]] = (),
) -> Float64[np.ndarray, "n 2"]:
    """The upper left corner of each name, pixels.

    Greedy: one after the other, each name goes where it covers least of what is there: names placed before, anchors
    of all, `avoid` (left, top, right, bottom), and what lies outside of the picture; nearer places first.
    """
    count = len(anchors)
    reach = np.zeros(count) if radius is None else radius
    turn = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    toward = np.stack([np.cos(turn), -np.sin(turn)], axis=1)
    corners = np.zeros((count, 2))
    taken = [np.array(box, float) for box in avoid]
    taken += [np.array([*(at - 3), *(at + 3)]) for at in anchors]
    for i in np.argsort(anchors[:, 1], kind="stable"):
        # The name's middle lies as far out as its own half size in that direction needs.
        need = 1 / np.maximum(np.abs(toward) / (sizes[i] / 2), 1e-9).max(axis=1)
        rings = [anchors[i] + toward * (need + reach[i] + GAP + ring)[:, None] for ring in RINGS]
        boxes = np.concatenate(rings) - sizes[i] / 2
        boxes = np.concatenate([boxes, boxes + sizes[i]], axis=1)
        cost = _covered(boxes, np.array(taken)) + _outside(boxes, width, height)
        cost += np.repeat(np.array(RINGS) * 0.4, DIRECTIONS) + np.tile(
            0.3 * np.arange(DIRECTIONS), len(RINGS)
        )
        best = int(cost.argmin())
        corners[i] = boxes[best, :2]
        taken.append(boxes[best] + np.array([-1, -1, 1, 1]))
    return corners


def _covered(
    boxes: Float64[np.ndarray, "b 4"], taken: Float64[np.ndarray, "t 4"]
) -> Float64[np.ndarray, " b"]:
    """Area in pixels that each box shares with the taken ones."""
    low = np.maximum(boxes[:, None, :2], taken[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], taken[None, :, 2:])
    return np.asarray((high - low).clip(min=0).prod(axis=2).sum(axis=1))


def _outside(boxes: Float64[np.ndarray, "b 4"], width: int, height: int) -> Float64[np.ndarray, " b"]:
    over = np.concatenate([-boxes[:, :2], boxes[:, 2:] - (width, height)], axis=1).clip(min=0)
    return np.asarray(over.sum(axis=1) * 1000)
