"""What an agent sees and knows, side by side in one picture: colour, depth, instances, the map, words."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float32, Int32, UInt8

__all__ = ["depth_picture", "instance_picture", "panel"]

GAP = 6
GROUND, INK = (24, 26, 31), (226, 228, 232)
FAR_M = 6.0
LINE = 18
UNIT = 2654435761  # spreads neighbouring ids over the circle of hues (Knuth's multiplicative hash)


def depth_picture(depth_m: Float32[np.ndarray, "h w"], *, far_m: float = FAR_M) -> UInt8[np.ndarray, "h w 3"]:
    """Near is bright, far is dark; black where there is none."""
    level = np.where(depth_m > 0, 255 - np.clip(depth_m / far_m, 0, 1) * 235, 0).astype(np.uint8)
    picture = np.asarray(cv2.cvtColor(cv2.applyColorMap(level, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB))
    picture[depth_m <= 0] = 0
    return picture


def instance_picture(instances: Int32[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """A colour for each id, always the same one; black where there is none."""
    ids, inverse = np.unique(instances, return_inverse=True)
    mixed = (ids.astype(np.uint64) * UNIT) & 0xFFFFFFFF
    hsv = np.stack([mixed >> 8 & 0xFF, 120 + (mixed >> 16 & 0x7F), 150 + (mixed >> 24 & 0x3F)], axis=1)
    hsv[:, 0] = hsv[:, 0] * 180 // 256
    table = np.asarray(cv2.cvtColor(hsv.astype(np.uint8)[None], cv2.COLOR_HSV2RGB))[0]
    table[ids <= 0] = 0
    return np.ascontiguousarray(table[inverse.reshape(instances.shape)])


def panel(
    rgb: UInt8[np.ndarray, "h w 3"],
    depth_m: Float32[np.ndarray, "h w"],
    instances: Int32[np.ndarray, "h w"],
    topdown: UInt8[np.ndarray, "_ _ 3"] | None = None,
    lines: Sequence[str] = (),
    *,
    tile_height: int = 240,
) -> UInt8[np.ndarray, "_ _ 3"]:
    """One picture of everything: the camera's three pictures, the map to their right, words below.

    Its size depends on the sizes that come in and the number of lines, not on what they show.
    """
    height, width = rgb.shape[:2]
    size = (max(1, round(width * tile_height / height)), tile_height)
    tiles = [
        cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if height > tile_height else cv2.INTER_LINEAR),
        cv2.resize(depth_picture(depth_m), size, interpolation=cv2.INTER_NEAREST),
        cv2.resize(instance_picture(instances), size, interpolation=cv2.INTER_NEAREST),
    ]
    for tile, name in zip(tiles, ("colour", "depth", "instances"), strict=True):
        _write(tile, name, (8, 16), (255, 255, 255))
    if topdown is not None:
        scale = tile_height / topdown.shape[0]
        wide = max(1, round(topdown.shape[1] * scale))
        tiles.append(cv2.resize(topdown, (wide, tile_height), interpolation=cv2.INTER_AREA))
    total = sum(tile.shape[1] for tile in tiles) + GAP * (len(tiles) + 1)
    foot = LINE * len(lines) + (GAP if lines else 0)
    picture = np.full((tile_height + 2 * GAP + foot, total, 3), GROUND, np.uint8)
    left = GAP
    for tile in tiles:
        picture[GAP : GAP + tile_height, left : left + tile.shape[1]] = tile
        left += tile.shape[1] + GAP
    for row, text in enumerate(lines):
        _write(picture, text, (GAP + 2, tile_height + 2 * GAP + LINE * row + 12), INK)
    return picture


def _write(picture: np.ndarray, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Text with a shadow, so that it reads on any ground."""
    for off, ink in ((1, (16, 16, 18)), (0, colour)):
        place = (at[0] + off, at[1] + off)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, ink, 1, cv2.LINE_AA)
