"""All pictures of a scene's surfaces in one, each at several sizes: how the ray caster finds its texels."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8

__all__ = ["LEVELS", "Atlas"]

SIDE, LEVELS = 256, 6  # the smallest is 8 x 8
ROWS = 100  # layers above each other; OpenCV looks up no further than 32,767 pixels
HIGH = SIDE + 2
STARTS = np.concatenate([[0], np.cumsum([(SIDE >> level) + 2 for level in range(LEVELS)])]).astype(np.int32)


class Atlas:
    """Each layer's sizes stand side by side, each with a border of one pixel that repeats its other edge.

    Attributes:
        picture: all of them; the fourth colour is idle (three are looked up half as fast).
        corners: the column and row where each layer begins.
    """

    def __init__(self, pictures: Sequence[UInt8[np.ndarray, "256 256 3"]]) -> None:
        columns = -(-len(pictures) // ROWS)
        self.picture: UInt8[np.ndarray, "h w 4"] = np.zeros(
            (min(len(pictures), ROWS) * HIGH, columns * int(STARTS[-1]), 4), np.uint8
        )
        number = np.arange(len(pictures))
        self.corners: Int64[np.ndarray, "layers 2"] = np.stack(
            [number // ROWS * int(STARTS[-1]), number % ROWS * HIGH], axis=1
        )
        for picture, (x, y) in zip(pictures, self.corners.tolist(), strict=True):
            small: np.ndarray = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)
            for level in range(LEVELS):
                side, at = SIDE >> level, x + int(STARTS[level])
                if level:
                    small = cv2.resize(small, (side, side), interpolation=cv2.INTER_AREA)
                self.picture[y : y + side + 2, at : at + side + 2] = cv2.copyMakeBorder(
                    small, 1, 1, 1, 1, cv2.BORDER_WRAP
                )
        sides = (SIDE >> np.arange(LEVELS)).astype(np.float32)
        self._sides = np.stack([sides, sides], axis=1)
        self._starts = np.full((LEVELS, 2), 0.5, np.float32)  # the border, less half a texel
        self._starts[:, 0] += STARTS[:-1]

    def texels(
        self,
        uv: Float32[np.ndarray, "n 2"],
        corners: Float32[np.ndarray, "n 2"],
        spread: Float32[np.ndarray, " n"],
    ) -> UInt8[np.ndarray, "n 4"]:
        """The surfaces' colours.

        Args:
            uv: places in the picture, to the right and downward; it repeats every 1. Worked in.
            corners: the layers' corners.
            spread: how many texels of the largest size a pixel covers.
        """
        level = _level(spread)
        uv -= np.floor(uv)
        uv *= np.take(self._sides, level, axis=0)
        uv += corners
        uv += np.take(self._starts, level, axis=0)
        return looked_up(self.picture, uv)


def _level(spread: Float32[np.ndarray, " n"]) -> Int32[np.ndarray, " n"]:
    """The nearest power of two, from the number's own exponent."""
    bits = np.ascontiguousarray(spread, np.float32).view(np.int32)
    return np.asarray(np.clip((bits + np.int32(0x00400000) >> np.int32(23)) - np.int32(127), 0, LEVELS - 1))


def looked_up(
    picture: UInt8[np.ndarray, "h w c"], places: Float32[np.ndarray, "n 2"]
) -> UInt8[np.ndarray, "n c"]:
    """A picture's colours between its pixels, by column and row."""
    # As one row of pixels: OpenCV would share several among its threads, which then wait for more at full speed.
    # The stubs want a second map, which pairs in the first make needless.
    found = cv2.remap(picture, places[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]  # OpenCV's stubs want a second map
    return np.asarray(found).reshape(len(places), -1)
