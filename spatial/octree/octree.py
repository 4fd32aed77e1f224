"""The octree: what is where, in bytes that never grow beyond the budget."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int8, Int64
from numpy.typing import ArrayLike
from torch import Tensor

from streammem.interface import State
from streammem.poses import check_pose
from streammem.spatial.octree import queries, similar
from streammem.spatial.octree.config import OctreeConfig
from streammem.spatial.octree.frame import checked_frame
from streammem.spatial.octree.nearest import Nearest, Neighbours
from streammem.spatial.octree.rays import RayHits, ray_cast
from streammem.spatial.octree.repose import Reposed, repose
from streammem.spatial.octree.saving import restored, saved
from streammem.spatial.octree.surface import SurfaceTable
from streammem.spatial.octree.tables import Tables, least_bytes
from streammem.spatial.octree.update import integrate
from streammem.spatial.octree.voxels import Voxels, centres_of
from streammem.spatial.sight import Sight
from streammem.types import Box, Interval, Intrinsics, Sphere

__all__ = ["Octree"]

COUNTS = (
    "frames",
    "removed",
    "free_blocks",
    "surface_blocks",
    "surface_rows",
    "unplaced_blocks",
    "unplaced_voxels",
    "unplaced_rows",
    "points",
)


class Octree:
    """A map of blocks of 8x8x8 voxels, with features for surfaces, within `budget_bytes`.

    Occupancy follows OctoMap (Hornung et al. 2013), but for how free space is found: the centre of each voxel is
    looked up in the depth picture, where OctoMap walks along each ray. All of it runs on `device`.

    Raises:
        BudgetError: if the bytes are too few (see `least_bytes`).
    """

    def __init__(
        self, config: OctreeConfig, budget_bytes: int, *, device: str | torch.device = "cpu"
    ) -> None:
        self.config, self.device = config, torch.device(device)
        self.budget_bytes = budget_bytes
        self._tables = Tables(config, budget_bytes, self.device)
        self._counts: Counter[str] = Counter()
        self._last_s = -math.inf
        self._trees: dict[int, Neighbours] = {}  # by level, until the map changes

    @staticmethod
    def least_bytes(config: OctreeConfig) -> int:
        """The smallest budget that an octree can work with."""
        return least_bytes(config)

    @property
    def surface(self) -> SurfaceTable:
        """The rows of what was seen of surfaces."""
        return self._tables.surface

    @property
    def tables(self) -> Tables:
        """All tables, for what reads the map as a whole (files, pictures)."""
        return self._tables

    @property
    def counts(self) -> Mapping[str, int]:
        """Frames taken in, surface voxels removed because they were seen to be gone, and what was dropped.

        Dropped for want of room: `free_blocks` and `surface_blocks` that were far, `surface_rows` (their occupancy
        stays where it was not in such a block), `unplaced_*` that found no room at all. `points` lay beyond the keys.
        """
        return {name: self._counts[name] for name in COUNTS}

    @property
    def blocks(self) -> int:
        """Blocks in use."""
        return len(self._tables.blocks)

    @property
    def last_s(self) -> float:
        """The time of the last frame; minus infinity before the first."""
        return self._last_s

    @torch.inference_mode()  # nothing here is differentiated: a tenth of the time goes into being able to
    def integrate(
        self,
        *,
        depth_m: Tensor | ArrayLike,
        intrinsics: Intrinsics,
        world_from_camera: ArrayLike,
        t_s: float,
        frame: int,
        rgb: Tensor | ArrayLike | None = None,
        features: Tensor | ArrayLike | None = None,
        grid: tuple[int, int] | None = None,
        place: int = 0,
    ) -> Sight:
        """Take in one posed depth picture.

        Args:
            depth_m: (height, width), metres along the camera's z; what is no measurement says nothing.
            intrinsics: of the depth picture.
            world_from_camera: 4x4, OpenCV camera axes, metres.
            t_s: not before the last frame's.
            frame: a number that surface rows remember.
            rgb: uint8, (height, width, 3), as large as the depth.
            features: unit vectors of a grid over the whole picture, (cells, dim), row-major; None on frames that
                were not looked at deeply.
            grid: rows and columns of `features`.
            place: the keyframe that new blocks move with (see `repose`).

        Raises:
            ObservationError: if any of it does not fit (PoseError, OrderError among them); nothing has changed then.
        """
        taken = checked_frame(
            depth_m=depth_m,
            intrinsics=intrinsics,
            world_from_camera=world_from_camera,
            t_s=t_s,
            frame=frame,
            place=place,
            rgb=rgb,
            features=features,
            grid=grid,
            dim=self.config.dim,
            last_s=self._last_s,
            device=self.device,
        )
        self._trees.clear()
        sight = integrate(self._tables, self.config, taken, self._counts)
        self._counts["frames"] += 1
        self._counts["removed"] += sight.removed.id.numel()
        self._last_s = taken.t_s
        return sight

    def centres(self, rows: Int64[Tensor, " n"]) -> Float32[Tensor, "n 3"]:
        """Centres of surface voxels, metres."""
        return centres_of(self.surface["key"].index_select(0, rows), self.config.voxel_m)

    def rows_at(self, points: Float[Tensor, "n 3"]) -> Int64[Tensor, " n"]:
        """The surface row of the voxel around each point of the world, -1 for none."""
        return queries.rows_at(self._tables, points, self.config.voxel_m)

    def state_at(
        self, points: Float[Tensor, "n 3"], *, level: int = 0, during: Interval | None = None
    ) -> Int8[Tensor, " n"]:
        """1 occupied, 0 unknown, -1 free, for the cube around each point; see `occupied` for level and interval."""
        return queries.state_at(self._tables, points, self.config.voxel_m, level, during)

    def occupied(
        self, *, within: Sphere | Box | None = None, during: Interval | None = None, level: int = 0
    ) -> Voxels:
        """Occupied voxels, or at a level cubes of 2^level voxels in which any is, whose centre is in the region.

        With an interval, a surface voxel answers if it was seen in it: from its first to its last sighting overlaps
        the interval. Occupied voxels without a surface row, and free ones, answer if their block was looked at in it.
        What does not answer is unknown. A cube is what the voxels in it that answer make it.
        """
        return queries.select(self._tables, self.config.voxel_m, 1, within, during, level)

    def free(
        self, *, within: Sphere | Box | None = None, during: Interval | None = None, level: int = 0
    ) -> Voxels:
        """Voxels seen to be free, or cubes in which some are and none is occupied; like `occupied`."""
        return queries.select(self._tables, self.config.voxel_m, -1, within, during, level)

    def states(
        self, within: Sphere | Box, *, level: int = 0, during: Interval | None = None
    ) -> tuple[Int8[Tensor, "x y z"], Float64[np.ndarray, " 3"]]:
        """The box around a region as a dense grid of 1 occupied, 0 unknown, -1 free, and its first cube's corner.

        Raises:
            ObservationError: if the region holds no cube's centre, or more than 2^26.
        """
        return queries.states(self._tables, self.config.voxel_m, within, level, during)

    def unknown(self, within: Sphere | Box, *, during: Interval | None = None, level: int = 0) -> Voxels:
        """Voxels or cubes of a region of which nothing is known.

        Raises:
            ObservationError: if the region holds no cube's centre, or more than 2^26.
        """
        return queries.unknown(self._tables, self.config.voxel_m, within, during, level)

    def nearest(
        self,
        points: Float[Tensor, "n 3"],
        k: int = 1,
        *,
        within: Sphere | Box | None = None,
        during: Interval | None = None,
        level: int = 0,
    ) -> Nearest:
        """The `k` occupied voxels or cubes whose centres are nearest to each point.

        The search tree is made when it is first needed and kept until the map changes; with a region or an interval
        it is made for the question.
        """
        plain = within is None and during is None
        if plain and level in self._trees:
            return self._trees[level].ask(points, k)
        tree = Neighbours(self.occupied(within=within, during=during, level=level))
        if plain:
            self._trees[level] = tree
        return tree.ask(points, k)

    def ray_cast(
        self,
        origins: Float[Tensor, "n 3"],
        directions: Float[Tensor, "n 3"],
        far_m: float,
        *,
        level: int = 0,
        during: Interval | None = None,
        through_unknown: bool = True,
    ) -> RayHits:
        """What rays meet first within `far_m`: an occupied voxel, or the unknown if they do not go through it.

        Raises:
            ObservationError: if a direction is zero, or a number is not finite.
        """
        return ray_cast(
            self._tables, self.config.voxel_m, origins, directions, far_m, level, during, through_unknown
        )

    def top_k(
        self,
        features: Float[Tensor, "q d"],
        k: int,
        *,
        within: Sphere | Box | None = None,
        during: Interval | None = None,
        level: int = 0,
    ) -> tuple[Int64[Tensor, "q k"], Float32[Tensor, "q k"]]:
        """The surface rows that look most like each query, best first, and their scores (dot products).

        At a coarser level cubes compete, with the mean direction of their voxels, and answer with their best-seen
        row. Where there are fewer than `k`, rows are -1 and scores minus infinity.

        Raises:
            ObservationError: if the queries have another length than the features, or `k` is below 1.
        """
        if level:
            voxels = self.occupied(within=within, during=during, level=level)
            return similar.top_cubes(self._tables, self.config.voxel_m, voxels, features, k)
        return similar.top_k(self._tables, self.config.voxel_m, features, k, within, during)

    def features_of(self, voxels: Voxels) -> Float32[Tensor, "n dim"]:
        """Unit features of voxels, of cubes the weighted mean direction of theirs; zero where there are none."""
        return similar.features_of(self._tables, self.config.voxel_m, voxels)

    def repose(self, moves: Mapping[int, ArrayLike]) -> Reposed:
        """Move the blocks that belong to places: each by its `world_new_from_world_old`, 4x4.

        Other blocks stay; where moved surface falls onto surface, the two become one (the older id stays).

        Raises:
            PoseError: if a move is no rotation and translation; nothing has changed then.
        """
        checked = {place: check_pose(move) for place, move in moves.items()}
        self._trees.clear()
        return repose(self._tables, self.config, checked, self._last_s, self._counts)

    def rename_places(self, places: Mapping[int, int]) -> None:
        """Keyframes have become others: blocks that moved with the old ones move with the new ones."""
        own, live = self._tables.blocks["place"], self._tables.blocks.live
        belonging = own[live]
        for old, new in places.items():
            own[live[belonging == old]] = new

    def nbytes(self) -> int:
        """Bytes that `state` holds, at most the budget."""
        return self._tables.nbytes()

    def state(self) -> State:
        """Everything needed to go on bit for bit, as flat named arrays."""
        return saved(self._tables, [self._counts[name] for name in COUNTS], self._last_s)

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if an array is missing, does not fit this budget and configuration, or contradicts
                another; nothing has changed then.
        """
        fresh = Tables(self.config, self.budget_bytes, self.device)
        counts, self._last_s = restored(fresh, state, len(COUNTS))
        self._tables = fresh
        self._counts = Counter(dict(zip(COUNTS, counts, strict=True)))
        self._trees.clear()
