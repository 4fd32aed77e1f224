"""The apartment by ray casting (Open3D, Embree): for machines without OpenGL. Same triangles, pictures and light."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.world import World
from streammem.envs.rendering.baked import baked
from streammem.envs.rendering.caster import Caster
from streammem.envs.rendering.frame import Frame, check_view
from streammem.envs.rendering.light import Lighting
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["RayRenderer"]

KEPT = 8  # scenes


class RayRenderer:
    """Draws by ray casting.

    Raises:
        ImportError: if there is no Open3D.
    """

    kind = "rays"

    def __init__(self) -> None:
        self._world: World | None = None
        self._casters: OrderedDict[int, Caster] = OrderedDict()

    def load(self, world: World, lighting: Lighting | None = None) -> None:
        """Draw this world from now on; scenes that were loaded before are quick to load again."""
        made = baked(world.scene, lighting or Lighting())
        key = id(made)  # a caster holds it, so its id is not used again
        if key not in self._casters:
            self._casters[key] = Caster(made)
            while len(self._casters) > KEPT:
                self._casters.popitem(last=False)
        self._casters.move_to_end(key)
        self._world, self._caster = world, self._casters[key]
        self._caster.forget()

    def render(self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera (OpenCV axes).

        Raises:
            ObservationError: if nothing is loaded, the pose is not finite, or the picture is too large.
        """
        if self._world is None:
            raise ObservationError("nothing is loaded: call load(world) before render")
        check_view(world_from_camera, intrinsics)
        self._caster.follow(self._world)
        return self._caster.draw(world_from_camera, intrinsics)

    def close(self) -> None:
        """Forget the world; a second call does nothing."""
        self._world = None
        self._casters.clear()
