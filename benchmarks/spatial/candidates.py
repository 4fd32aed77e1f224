"""The maps by name."""

from __future__ import annotations

from benchmarks.spatial.maps import Candidate
from benchmarks.spatial.octomap import OctoMap
from benchmarks.spatial.ours import OurOctree
from benchmarks.spatial.point_map import PointMap
from benchmarks.spatial.voxel_blocks import VoxelBlocks

__all__ = ["CANDIDATES", "CHANGING", "KNOWING", "OURS", "RAY", "RAY_DISCRETISED", "SPEED"]

RAY = Candidate(name="OctoMap rays", make=lambda voxel_m, stride: OctoMap(voxel_m))
RAY_DISCRETISED = Candidate(
    name="OctoMap discretised", make=lambda voxel_m, stride: OctoMap(voxel_m, discretised=True)
)
BLOCKS = Candidate(name="VoxelBlockGrid", make=lambda voxel_m, stride: VoxelBlocks(voxel_m))
POINTS_32 = Candidate(name="point map 32-d", make=lambda voxel_m, stride: PointMap(voxel_m, 32), dim=32)
POINTS_64 = Candidate(name="point map 64-d", make=lambda voxel_m, stride: PointMap(voxel_m, 64), dim=64)
POINTS_CLUSTERED = Candidate(
    name="point map 64-d, DBSCAN", make=lambda voxel_m, stride: PointMap(voxel_m, 64, clustered=True), dim=64
)
OURS = Candidate(
    name="streammem 32-d", make=lambda voxel_m, stride: OurOctree(voxel_m, stride, dim=32), dim=32, ours=True
)
OURS_PLAIN = Candidate(
    name="streammem, no features", make=lambda voxel_m, stride: OurOctree(voxel_m, stride, dim=0), ours=True
)

SPEED = (RAY, RAY_DISCRETISED, BLOCKS, POINTS_32, POINTS_64, POINTS_CLUSTERED, OURS_PLAIN, OURS)
CANDIDATES = {candidate.name: candidate for candidate in SPEED}
KNOWING = (RAY_DISCRETISED, BLOCKS, POINTS_32, OURS)  # compared with RAY
CHANGING = (RAY, RAY_DISCRETISED, POINTS_32, OURS)
