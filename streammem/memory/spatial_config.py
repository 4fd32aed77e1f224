"""How a spatial memory keeps: the settings of its parts, and who gets how many bytes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streammem.errors import ObservationError
from streammem.memory.snapshots import SnapshotConfig
from streammem.plain import from_plain
from streammem.spatial.depth import DepthConfig
from streammem.spatial.frontiers import FrontiersConfig
from streammem.spatial.landmarks import LandmarksConfig
from streammem.spatial.objects import ObjectsConfig
from streammem.spatial.octree import OctreeConfig
from streammem.spatial.views import ViewsConfig

__all__ = ["PARTS", "SpatialConfig"]

PARTS = ("octree", "objects", "views", "pictures", "glimpses", "landmarks", "frontiers")


@dataclass(frozen=True, kw_only=True, slots=True)
class SpatialConfig:
    """A map beside the other memories, inside a memory's budget.

    `share` of the budget is set aside for it, and divided among its parts by `shares`: `pictures` are the JPEGs of the
    memory snapshots, `glimpses` the coarse depths by which pictures of other stores get a place. Frontiers live on the
    octree's grid: their cells are 1, 2, 4 or 8 voxels wide. `drawn` puts together one for other voxels or another up.
    """

    share: float = 0.7
    look_s: float = 0.5  # between two frames that may become memory snapshots
    frontier_s: float = 2.0  # between two looks for frontiers
    shares: dict[str, float] = field(
        default_factory=lambda: {
            "octree": 0.58,
            "objects": 0.05,
            "views": 0.04,
            "pictures": 0.22,
            "glimpses": 0.06,
            "landmarks": 0.02,
            "frontiers": 0.03,
        }
    )
    octree: OctreeConfig = field(default_factory=OctreeConfig)
    objects: ObjectsConfig = field(default_factory=ObjectsConfig)
    views: ViewsConfig = field(default_factory=ViewsConfig)
    landmarks: LandmarksConfig = field(default_factory=LandmarksConfig)
    frontiers: FrontiersConfig = field(default_factory=FrontiersConfig)
    pictures: SnapshotConfig = field(default_factory=SnapshotConfig)

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ObservationError(f"the share of the map lies between 0 and 1, got {self.share}")
        if not (self.look_s >= 0 and self.frontier_s >= 0):
            raise ObservationError(
                f"look_s and frontier_s must not be negative, got {self.look_s} and {self.frontier_s}"
            )
        if set(self.shares) != set(PARTS) or not all(share > 0 for share in self.shares.values()):
            raise ObservationError(f"shares are numbers above 0 for {', '.join(PARTS)}, got {self.shares}")
        if self.frontiers.cell_m not in self._sizes():
            raise ObservationError(
                f"frontiers are made of cells of {', '.join(f'{size:g}' for size in self._sizes())} m where voxels are "
                f"{self.octree.voxel_m:g} m, got {self.frontiers.cell_m:g} m"
            )

    @classmethod
    def drawn(
        cls,
        *,
        voxel_m: float = 0.05,
        far_m: float = 4.0,
        up: tuple[float, float, float] = (0.0, 0.0, 1.0),
        **other: Any,
    ) -> SpatialConfig:
        """A map with voxels of this size, of what is nearer than `far_m`, in a world whose up points there.

        Cells of snapshots and frontiers grow with the voxels.

        Raises:
            ObservationError: if a number makes no sense.
        """
        length = math.hypot(*up)
        if not (length > 0 and math.isfinite(length)):
            raise ObservationError(f"up is a direction of three numbers, not all 0, got {up}")
        unit = (up[0] / length, up[1] / length, up[2] / length)
        depth = dataclasses.replace(DepthConfig(), far_m=far_m)
        octree = OctreeConfig(voxel_m=voxel_m, depth=depth, beyond_m=max(OctreeConfig().beyond_m, far_m))
        return cls(
            octree=octree,
            views=ViewsConfig(cell_m=4 * voxel_m),
            frontiers=FrontiersConfig(cell_m=2 * voxel_m, up=unit),
            **other,
        )

    @property
    def up(self) -> tuple[float, float, float]:
        """Where the world's up points, a unit vector."""
        return self.frontiers.up

    def _sizes(self) -> tuple[float, ...]:
        return tuple(2**level * self.octree.voxel_m for level in range(4))

    def bytes_of(self, part: str, budget_bytes: int) -> int:
        """What a part gets of the map's bytes."""
        return int(budget_bytes * self.shares[part] / sum(self.shares.values()))

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> SpatialConfig:
        """Read back what `dataclasses.asdict` made."""
        return from_plain(cls, saved)
