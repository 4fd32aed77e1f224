"""Open3D's VoxelBlockGrid: a truncated signed distance field in a hash of blocks."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from benchmarks.spatial.frames import Shot
from benchmarks.spatial.metrics import Keys, voxel_set
from streammem.spatial.open3d import load

__all__ = ["VoxelBlocks"]

BLOCK = 8
FAR_M = 4.0
TRUNCATION = 4.0  # voxels
CAPACITY = 4000  # blocks; it grows by itself


class VoxelBlocks:
    """Distances and weights, no colour, on the CPU; blocks of 8 voxels, truncated at 4 voxels.

    It keeps a distance field about the surface, so it does not know free space beyond four voxels and has no
    features. It takes the depth picture, so back-projection is in its time; pixels that are no measurements are 0.
    Occupied are the voxels that hold a point of its zero crossing, of at least `weight` observations.
    """

    def __init__(self, voxel_m: float, *, weight: float = 1.0) -> None:
        self.voxel_m, self._weight = voxel_m, weight
        self._o3d = o3d = load()
        self._device = o3d.core.Device("CPU:0")
        self.grid = o3d.t.geometry.VoxelBlockGrid(
            attr_names=("tsdf", "weight"),
            attr_dtypes=(o3d.core.float32, o3d.core.float32),
            attr_channels=((1), (1)),
            voxel_size=voxel_m,
            block_resolution=BLOCK,
            block_count=CAPACITY,
            device=self._device,
        )

    def integrate(self, shot: Shot) -> None:
        o3d, camera, start = self._o3d, shot.frame.intrinsics, shot.stride // 2
        depth = o3d.t.geometry.Image(o3d.core.Tensor(np.ascontiguousarray(shot.depth_m)))
        fx, fy = camera.fx / shot.stride, camera.fy / shot.stride
        cx, cy = (camera.cx - start) / shot.stride, (camera.cy - start) / shot.stride
        intrinsic = o3d.core.Tensor(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], np.float64))
        extrinsic = o3d.core.Tensor(np.linalg.inv(shot.frame.world_from_camera))
        blocks = self.grid.compute_unique_block_coordinates(
            depth, intrinsic, extrinsic, 1.0, FAR_M, TRUNCATION
        )
        self.grid.integrate(blocks, depth, intrinsic, extrinsic, 1.0, FAR_M, TRUNCATION)

    def occupied(self) -> Keys:
        cloud = self.grid.extract_point_cloud(weight_threshold=self._weight)
        if cloud.is_empty():
            return np.empty(0, np.int64)
        return voxel_set(cloud.point.positions.numpy().astype(np.float64), self.voxel_m)

    def free(self) -> None:
        return None

    def holds(self, keys: Keys) -> Bool[np.ndarray, " n"]:
        return np.isin(keys, self.occupied())

    def nbytes(self) -> int:
        return int(self.grid.hashmap().size()) * BLOCK**3 * 8  # float32 distance and weight
