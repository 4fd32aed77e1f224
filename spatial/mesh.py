"""A colour mesh of what was seen: truncated signed distances (TSDF) in blocks, fused frame by frame.

Open3D's `VoxelBlockGrid` does the arithmetic (Dong et al. 2022, "ASH"; the fusion is Curless and Levoy 1996), on the
CPU. The grid's size is fixed when it is made. When a frame needs more blocks than are left, those farthest from the
camera go to disk and are fused again with what came later when a mesh is asked for: the weighted mean of two means is
the mean of all.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float32, Float64, Int32, Int64, UInt8

from streammem.errors import ObservationError
from streammem.poses import check_pose, inverse
from streammem.spatial import open3d
from streammem.spatial.camera import check_camera
from streammem.spatial.depth import DepthConfig, valid_depth
from streammem.spatial.mesh_files import Surface
from streammem.spatial.mesh_spill import Blocks, Spill
from streammem.types import Intrinsics

__all__ = ["TsdfConfig", "TsdfMesh"]

_log = logging.getLogger(__name__)

SIDE = 16  # voxels along a block
BLOCK_BYTES = SIDE**3 * 12 + 12  # distance, weight, three colours; and where it is
# Colours are kept as whole numbers and every mean is rounded down, which darkens a surface frame by frame. In 256ths
# of a grey level the loss stays below one level for 500 frames; the numbers still fit into 16 bits.
FINE = 256
MAKE_ROOM = 0.1  # share of the blocks that is freed at least, so that not every frame spills


@dataclass(frozen=True, kw_only=True, slots=True)
class TsdfConfig:
    """Sizes of a mesh while it grows.

    Attributes:
        voxel_m: the size of a voxel.
        blocks: how many blocks of 16x16x16 voxels are held in memory, 49 kB each, all reserved at once.
        truncation: how far in front of and behind a surface distances are kept, in voxels.
        depth: which depths count.
    """

    voxel_m: float = 0.02
    blocks: int = 4000
    truncation: float = 4.0
    depth: DepthConfig = field(default_factory=DepthConfig)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.voxel_m) and self.voxel_m > 0):
            raise ObservationError(f"a voxel has a size above 0 m, got {self.voxel_m}")
        if self.blocks < 8:
            raise ObservationError(f"a mesh needs at least 8 blocks in memory, got {self.blocks}")
        if not 1 <= self.truncation <= SIDE:
            raise ObservationError(f"truncation is 1 to {SIDE} voxels, got {self.truncation}")


class TsdfMesh:
    """Fuses posed frames into one surface.

    Args:
        config: sizes.
        spill: a folder on disk for blocks that no longer fit in memory; they go into a folder of their own inside it,
            which `close` removes. Without one they are lost, and counted.

    Attributes:
        spilled: blocks that went to disk so far.
        dropped: blocks that were lost: no folder to spill to, or more in one frame than half of memory holds.
    """

    def __init__(self, config: TsdfConfig | None = None, *, spill: Path | None = None) -> None:
        self.config = config or TsdfConfig()
        self.spilled = self.dropped = 0
        self._grid = _grid(self.config.voxel_m, self.config.blocks)
        self._spill = None if spill is None else Spill(spill)

    def __enter__(self) -> TsdfMesh:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was spilled; may be called twice."""
        if self._spill is not None:
            self._spill.close()

    @property
    def blocks(self) -> int:
        """Blocks held in memory now."""
        return int(self._grid.hashmap().size())

    def nbytes(self) -> int:
        """Bytes reserved for blocks; never more, however long the walk."""
        return int(self._grid.hashmap().capacity()) * BLOCK_BYTES

    def integrate(
        self,
        *,
        depth_m: Float32[np.ndarray, "h w"],
        rgb: UInt8[np.ndarray, "_ _ 3"],
        intrinsics: Intrinsics,
        world_from_camera: Float64[np.ndarray, "4 4"],
    ) -> int:
        """Fuse a frame; gives the number of blocks that it touched, 0 where it had no usable depth.

        Colour of another size than the depth is taken for the same view and resized.

        Raises:
            ObservationError: if the camera does not fit the depth; PoseError: if the pose is none.
        """
        height, width = depth_m.shape
        check_camera(intrinsics, (height, width))
        pose = check_pose(world_from_camera)
        measured = self.config.depth.seen_by(intrinsics)
        good = valid_depth(torch.from_numpy(np.ascontiguousarray(depth_m)), measured).numpy()
        if rgb.shape[:2] != (height, width):
            rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        core, image = open3d.load().core, open3d.load().t.geometry.Image
        depth = image(core.Tensor(np.where(good, depth_m, np.float32(0))))
        colour = image(core.Tensor(rgb * np.float32(FINE / 255)))
        matrix = core.Tensor(
            np.array([[intrinsics.fx, 0, intrinsics.cx], [0, intrinsics.fy, intrinsics.cy], [0, 0, 1]], float)
        )
        camera = (matrix, core.Tensor(inverse(pose)), 1.0, self.config.depth.far_m, self.config.truncation)
        if not good[::4, ::4].any():  # the pixels that Open3D looks at to find blocks; none is an error to it
            return 0
        keys = self._grid.compute_unique_block_coordinates(depth, *camera).numpy()
        keys = self._with_room(keys, pose[:3, 3])
        self._grid.integrate(core.Tensor(keys), depth, colour, *camera)
        return len(keys)

    def _with_room(
        self, keys: Int32[np.ndarray, "n 3"], eye: Float64[np.ndarray, " 3"]
    ) -> Int32[np.ndarray, "_ 3"]:
        """Those of a frame's blocks that can be held, nearest first if not all can, with room made for them."""
        most = self.config.blocks // 2
        if len(keys) > most:
            kept = np.argpartition(self._away(keys, eye), most)[:most]
            self._drop(len(keys) - most, f"a frame touches {len(keys)} blocks, more than {most}")
            keys = np.ascontiguousarray(keys[np.sort(kept)])
        # Open3D's table grows when the blocks that it holds and all of the frame's, known ones too, are more than fit.
        over = self.blocks + len(keys) - self.config.blocks
        if over > 0:
            self._make_room(keys, eye, max(over, int(MAKE_ROOM * self.config.blocks)))
        return keys

    def _drop(self, count: int, why: str) -> None:
        if self.dropped == 0:  # said once, counted always
            _log.warning("%s: parts of the mesh will be missing", why)
        self.dropped += count

    def _away(
        self, keys: Int32[np.ndarray, "n 3"], eye: Float64[np.ndarray, " 3"]
    ) -> Float64[np.ndarray, " n"]:
        centres = (keys + 0.5) * (SIDE * self.config.voxel_m)
        return np.asarray(np.linalg.norm(centres - eye, axis=1))

    def _make_room(
        self, needed: Int32[np.ndarray, "n 3"], eye: Float64[np.ndarray, " 3"], count: int
    ) -> None:
        """Take the farthest blocks out of memory, none of those that are needed now."""
        table, core = self._grid.hashmap(), open3d.load().core
        slots = table.active_buf_indices().numpy().astype(np.int64)
        wanted, there = table.find(core.Tensor(needed))
        slots = np.setdiff1d(slots, wanted.numpy()[there.numpy()])
        keys = table.key_tensor().numpy()[slots]
        far = np.argsort(-self._away(keys, eye), kind="stable")[:count]
        slots, keys = slots[far], np.ascontiguousarray(keys[far])
        if self._spill is not None:
            self._spill.put(self._taken(slots, keys))
            self.spilled += len(keys)
        else:
            self._drop(
                len(keys), f"the mesh has more than {self.config.blocks} blocks and no folder to spill to"
            )
        for name in ("tsdf", "weight", "color"):
            self._grid.attribute(name).numpy()[slots] = 0  # a block that comes into this slot starts empty
        table.erase(core.Tensor(keys))

    def _taken(self, slots: Int64[np.ndarray, " n"], keys: Int32[np.ndarray, "n 3"]) -> Blocks:
        tsdf, weight, colour = (
            self._grid.attribute(name).numpy()[slots] for name in ("tsdf", "weight", "color")
        )
        return Blocks(key=keys, tsdf=tsdf, weight=weight, colour=colour)

    def mesh(self, *, least_weight: float = 2.0) -> Surface:
        """The surface as triangles with colours and normals; what was seen in fewer frames is left out.

        All blocks are in memory while this runs, spilled ones too.
        """
        grid = self._whole()
        found = None if grid is None else grid.extract_triangle_mesh(least_weight)
        if found is None or "indices" not in found.triangle or len(found.vertex.positions) == 0:
            return Surface.empty()
        return _surface(found.vertex, found.triangle.indices.numpy().astype(np.int32))

    def point_cloud(self, *, least_weight: float = 2.0) -> Surface:
        """The surface as points with colours and normals; see `mesh`."""
        grid = self._whole()
        found = None if grid is None else grid.extract_point_cloud(least_weight)
        if found is None or "positions" not in found.point or len(found.point.positions) == 0:
            return Surface.empty()
        return _surface(found.point, np.zeros((0, 3), np.int32))

    def _whole(self) -> Any:
        """A grid of all blocks, the spilled ones fused in; None where there is none."""
        table = self._grid.hashmap()
        slots = table.active_buf_indices().numpy().astype(np.int64)
        if self._spill is None or not self._spill.regions:
            return self._grid if len(slots) else None
        blocks = self._spill.fused_with(self._taken(slots, table.key_tensor().numpy()[slots]))
        grid, core = _grid(self.config.voxel_m, len(blocks.key)), open3d.load().core
        found, _ = grid.hashmap().activate(core.Tensor(blocks.key))
        place = found.numpy().astype(np.int64)
        for name, values in (("tsdf", blocks.tsdf), ("weight", blocks.weight), ("color", blocks.colour)):
            grid.attribute(name).numpy()[place] = values
        return grid


def _grid(voxel_m: float, blocks: int) -> Any:
    core = open3d.load().core
    return open3d.load().t.geometry.VoxelBlockGrid(
        ("tsdf", "weight", "color"),
        (core.float32, core.uint16, core.uint16),
        ((1), (1), (3)),
        voxel_m,
        SIDE,
        blocks,
        core.Device("CPU:0"),
    )


def _surface(points: Any, triangles: Int32[np.ndarray, "t 3"]) -> Surface:
    """Open3D's attributes of vertices or points as plain arrays."""
    return Surface(
        points=np.array(points.positions.numpy(), np.float32),
        normals=np.array(points.normals.numpy(), np.float32),
        colours=np.rint(points.colors.numpy() * (255 / FINE)).clip(0, 255).astype(np.uint8),
        triangles=triangles,
    )
