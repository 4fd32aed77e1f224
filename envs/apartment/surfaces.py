"""Pictures of materials: tileable, near-white, multiplied with the colours of what they cover."""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import UInt8

from streammem.errors import ObservationError

__all__ = ["SIDE", "SURFACES", "surface"]

SIDE = 256

SURFACES: tuple[str, ...] = (
    "plain", "wood", "planks", "parquet", "tile", "small tile", "plaster", "carpet", "fabric", "leather", "metal",
    "marble", "brick", "grass",
    *(f"art:{i}" for i in range(16)), *(f"screen:{i}" for i in range(4)), *(f"outside:{i}" for i in range(6)),
    *(f"books:{i}" for i in range(4)), *(f"rug:{i}" for i in range(4)), *(f"ball:{i}" for i in range(4)), *(f"cover:{i}" for i in range(4)),
)  # fmt: skip


@cache
def surface(name: str) -> UInt8[np.ndarray, "256 256 3"]:
    """The picture of a surface; read-only, the same array each time.

    Raises:
        ObservationError: if no surface has this name.
    """
    if name not in SURFACES:
        raise ObservationError(f"no surface is called {name!r}: take one of {', '.join(SURFACES)}")
    picture = np.full((SIDE, SIDE, 3), 255, np.uint8)
    picture.flags.writeable = False
    return picture
