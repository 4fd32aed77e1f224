"""The library's octree, as the benchmark drives it."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64

from benchmarks.spatial.frames import VALID, Shot
from benchmarks.spatial.metrics import Keys, centres, voxel_set
from streammem.spatial.octree import Octree, OctreeConfig

__all__ = ["OurOctree"]

BUDGET = 64_000_000


class OurOctree:
    """Whole frames in, with a feature for each cell of the picture.

    Depth beyond the far end, which by default shows free space, is left out, for the other maps do not get it either.
    Its checks, the back-projection and the pooling of features into voxels are in its time.
    """

    def __init__(
        self, voxel_m: float, stride: int = 4, *, dim: int = 32, rgb: bool = False, budget: int = BUDGET
    ) -> None:
        self.voxel_m, self._dim, self._rgb = voxel_m, dim, rgb
        config = OctreeConfig(voxel_m=voxel_m, stride=stride, dim=dim, depth=VALID, beyond_m=VALID.far_m)
        self.octree = Octree(config, budget)
        self.sight = None

    def integrate(self, shot: Shot) -> None:
        frame = shot.frame
        self.sight = self.octree.integrate(
            depth_m=torch.from_numpy(frame.depth_m),
            intrinsics=frame.intrinsics,
            world_from_camera=frame.world_from_camera,
            t_s=frame.t_s,
            frame=frame.index,
            rgb=torch.from_numpy(frame.rgb) if self._rgb else None,
            features=torch.from_numpy(shot.grid_features) if self._dim else None,
            grid=shot.grid if self._dim else None,
        )

    def occupied(self) -> Keys:
        return self._keys(self.octree.occupied())

    def free(self) -> Keys:
        return self._keys(self.octree.free())

    def holds(self, keys: Keys) -> Bool[np.ndarray, " n"]:
        points = torch.from_numpy(centres(keys, self.voxel_m).astype(np.float32))
        return (self.octree.state_at(points) == 1).numpy()

    def nbytes(self) -> int:
        return int(self.octree.nbytes())

    def find(self, feature: Float32[np.ndarray, " d"], k: int = 1) -> Float64[np.ndarray, "k 3"]:
        rows, _ = self.octree.top_k(torch.from_numpy(feature)[None], k)
        rows = rows.reshape(-1)
        return self.octree.centres(rows[rows >= 0]).double().numpy()

    def _keys(self, voxels) -> Keys:
        return voxel_set(voxels.centres.double().numpy(), self.voxel_m)
