"""A map of points that is voxelised anew at every frame, as DynaMem keeps its memory."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from scipy.spatial import cKDTree
from torch import Tensor

from benchmarks.spatial.frames import Shot
from benchmarks.spatial.metrics import Keys, voxel_set

__all__ = ["PointMap", "noise_points"]

MARGIN_M = 0.10  # seen through by more than this
HOLE_M = 0.01
FAR_M = 4.0
EPS_VOXELS, CORE = 4, 10
APART_M = 1000.0  # points of different frames are never neighbours


class PointMap:
    """Weighted points, one a voxel, each with a feature and the number of its last frame (Liu et al. 2024).

    Removal first: a stored point goes if it projects into the picture, the depth there is no hole and it is not
    behind that depth by more than 10 cm; a surface that is seen again is thereby replaced, not averaged. Then the
    points of the frame are put behind the stored ones and everything is voxelised anew: means of place and feature,
    weighted by counts. `clustered` also drops what DBSCAN (4 voxels, 10 points, on place and frame) calls noise.

    Different from the original: one map instead of two (obstacles and semantics); all points of the stride instead
    of a random 5 % of the pixels; far end 4 m instead of 2.5 m; the grid stands still at the world's origin, while
    the original's begins at the lowest point, so that its voxels shift. It is given points of the world.
    """

    def __init__(self, voxel_m: float, dim: int, *, clustered: bool = False) -> None:
        self.voxel_m, self._clustered = voxel_m, clustered
        self._xyz = torch.empty((0, 3), dtype=torch.float64)
        self._feature = torch.empty((0, dim))
        self._weight = torch.empty(0)
        self._frame = torch.empty(0, dtype=torch.int64)

    def integrate(self, shot: Shot) -> None:
        self._clear(shot)
        points = torch.from_numpy(shot.points)
        n = len(points)
        self._voxelise(
            torch.cat([self._xyz, points]),
            torch.cat([self._feature, torch.from_numpy(shot.point_features)]),
            torch.cat([self._weight, torch.ones(n)]),
            torch.cat([self._frame, torch.full((n,), shot.frame.index)]),
        )

    def occupied(self) -> Keys:
        return voxel_set(self._xyz.numpy(), self.voxel_m)

    def free(self) -> None:
        return None

    def holds(self, keys: Keys) -> Bool[np.ndarray, " n"]:
        return np.isin(keys, self.occupied())

    def nbytes(self) -> int:
        return sum(t.nbytes for t in (self._xyz, self._feature, self._weight, self._frame))

    def find(self, feature: Float32[np.ndarray, " d"], k: int = 1) -> Float64[np.ndarray, "k 3"]:
        """As the original does, every stored feature is normalised at each query."""
        unit = torch.nn.functional.normalize(self._feature, dim=1)
        best = (unit @ torch.from_numpy(feature)).topk(min(k, len(unit))).indices
        return self._xyz[best].numpy()

    def _clear(self, shot: Shot) -> None:
        pose, camera = torch.from_numpy(shot.frame.world_from_camera), shot.frame.intrinsics
        x, y, z = ((self._xyz - pose[:3, 3]) @ pose[:3, :3]).T
        ahead = z.clamp(min=HOLE_M)
        u, v = (
            (x / ahead * camera.fx + camera.cx).round().long(),
            (y / ahead * camera.fy + camera.cy).round().long(),
        )
        seen = (z >= HOLE_M) & (z <= FAR_M) & (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
        depth = torch.zeros_like(z)
        depth[seen] = torch.from_numpy(shot.frame.depth_m)[v[seen], u[seen]].double()
        stay = ~seen | (depth < HOLE_M) | (depth < z - MARGIN_M)
        self._keep(stay)
        if self._clustered and len(self._xyz):
            apart = torch.cat([self._xyz, self._frame[:, None] * APART_M], dim=1)
            self._keep(torch.from_numpy(~noise_points(apart.numpy(), EPS_VOXELS * self.voxel_m, CORE)))

    def _keep(self, stay: Bool[Tensor, " n"]) -> None:
        self._xyz, self._feature = self._xyz[stay], self._feature[stay]
        self._weight, self._frame = self._weight[stay], self._frame[stay]

    def _voxelise(
        self,
        xyz: Float64[Tensor, "n 3"],
        feature: Float32[Tensor, "n d"],
        weight: Float32[Tensor, " n"],
        frame: Int64[Tensor, " n"],
    ) -> None:
        cells = (xyz / self.voxel_m).floor().long() + (1 << 20)
        keys = (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2]
        voxels, which = keys.unique(return_inverse=True)
        n = len(voxels)
        total = torch.zeros(n).index_add_(0, which, weight)
        place = torch.zeros((n, 3), dtype=torch.float64).index_add_(0, which, xyz * weight[:, None])
        mean = torch.zeros((n, feature.shape[1])).index_add_(0, which, feature * weight[:, None])
        self._xyz, self._feature = place / total[:, None], mean / total[:, None]
        self._weight = total
        self._frame = torch.zeros(n, dtype=torch.int64).scatter_reduce_(0, which, frame, "amax")


def noise_points(points: Float64[np.ndarray, "n d"], eps: float, least: int) -> Bool[np.ndarray, " n"]:
    """What DBSCAN calls noise: no point with `least` neighbours (itself among them) lies within `eps`."""
    tree = cKDTree(points)
    core = tree.query_ball_point(points, eps, return_length=True) >= least
    if not core.any():
        return np.ones(len(points), bool)
    away, _ = cKDTree(points[core]).query(points, distance_upper_bound=eps * (1 + 1e-9))
    return ~core & np.isinf(away)
