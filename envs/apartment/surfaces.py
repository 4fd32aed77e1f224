"""Pictures that cover things: materials that repeat, and pictures of their own (art, screens, views, spines).

Materials are near white: a surface's picture is multiplied with the colours of what it covers. Row 0 is at v = 0 and
column 0 at u = 0.
"""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
from jaxtyping import UInt8

from streammem.envs.apartment.clouds import SIDE
from streammem.envs.apartment.materials import MATERIALS
from streammem.envs.apartment.paintings import painting
from streammem.envs.apartment.patterns import ball_skin, book_spines, cover, rug
from streammem.envs.apartment.views import outside, screen
from streammem.errors import ObservationError

__all__ = ["SIDE", "SURFACES", "surface"]

PICTURES = {
    "art": (painting, 16),
    "screen": (screen, 6),
    "outside": (outside, 6),
    "books": (book_spines, 4),
    "rug": (rug, 4),
    "ball": (ball_skin, 4),
    "cover": (cover, 4),
}
SURFACES: tuple[str, ...] = (
    *MATERIALS,
    *(f"{kind}:{number}" for kind, (_, count) in PICTURES.items() for number in range(count)),
)


@cache
def surface(name: str) -> UInt8[np.ndarray, "256 256 3"]:
    """The picture of a surface: the same read-only array each time, the same texels everywhere.

    Raises:
        ObservationError: if no surface has this name.
    """
    if name not in SURFACES:
        raise ObservationError(f"no surface is called {name!r}: take one of {', '.join(SURFACES)}")
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    kind, _, number = name.partition(":")
    if kind in PICTURES and number:
        draw, _ = PICTURES[kind]
        picture = np.ascontiguousarray(draw(rng, int(number)))
    else:
        picture = np.ascontiguousarray(MATERIALS[name](rng))
    picture.flags.writeable = False
    return picture
