"""The colours of labels: the palette of PASCAL VOC and DAVIS, by its bit rule."""

import numpy as np
from jaxtyping import UInt8

__all__ = ["colours"]


def colours(count: int = 256) -> UInt8[np.ndarray, "n 3"]:
    """RGB of the labels 0, 1, 2, …; label 256 has the colour of label 0, and so on.

    Bits 0, 3 and 6 of a label are the top three bits of red, highest first; bits 1, 4, 7 those of green; bits 2
    and 5 those of blue. So label 1 is a dark red, 2 a dark green, 3 an olive.

    >>> colours(4).tolist()
    [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0]]
    """
    label = np.arange(count)[:, None] % 256
    channel = np.arange(3)
    rgb = sum(((label >> (3 * step + channel)) & 1) << (7 - step) for step in range(3))
    return np.asarray(rgb, np.uint8)
