"""What is where: a map that frames with depth and pose draw, within a number of bytes.

One frame goes through all parts in turn. The landmark graph says at which place it was taken; the octree takes in its
depth, and what the deep encoder made of its patches; the objects learn what came, moved and went; twice a second the
frame may become a memory snapshot; and where another store keeps the frame, a glimpse of its depth is kept beside.
Frames without depth, camera or pose leave the map as it is, and are counted by reason.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64
from numpy.typing import NDArray
from torch.nn import functional

from streammem.errors import BudgetError, ObservationError, StoreDamagedError
from streammem.interface import SpaceSpec, State
from streammem.memory.drawable import REASONS, Flaw, drawable
from streammem.memory.glimpses import Glimpses
from streammem.memory.map_clock import MapClock
from streammem.memory.snapshots import PAGE, PAGE_BYTES, Snapshots, encode_jpeg
from streammem.memory.spatial_answers import SpatialAnswers
from streammem.memory.spatial_config import SpatialConfig
from streammem.spatial.cells import cells_at, centres_of
from streammem.spatial.frontiers import Frontiers, seek
from streammem.spatial.landmarks import Landmarks
from streammem.spatial.objects import ObjectMap
from streammem.spatial.octree import Octree
from streammem.spatial.sight import Sight
from streammem.spatial.views import Views, shown_cells
from streammem.types import Box, Features, Observation

__all__ = ["Directions", "SpatialMemory"]

logger = logging.getLogger(__name__)

Directions = Callable[[], Float32[np.ndarray, "d k"]]
PICTURE_BYTES = 16_000  # a JPEG of 384 pixels, about: how many pictures the pool gets rows for
_NOTHING = np.array([[np.inf] * 3, [-np.inf] * 3])
SMALLEST_SHARE = 0.25  # of the pool that one picture may fill


class SpatialMemory(SpatialAnswers):
    """A map of one world, drawn by one or more streams.

    Args:
        config: the settings of its parts.
        budget_bytes: never exceeded.
        patch: the space of the encoder's patch features; None for a map without any.
        directions: which directions of that space are kept, (its numbers, octree's `dim`); asked for once, when the
            first features come or are looked for.
        streams: how many there may be.
        device: where the octree is.

    Raises:
        BudgetError: if the budget is too small for one of the parts.
    """

    def __init__(
        self,
        config: SpatialConfig,
        budget_bytes: int,
        *,
        patch: SpaceSpec | None,
        directions: Directions,
        streams: int,
        device: str = "cpu",
    ) -> None:
        self.budget_bytes, self._directions_of = budget_bytes, directions
        self._directions: Float32[np.ndarray, "d k"] | None = None
        self._clock = MapClock(streams)
        self._counts = np.zeros(len(REASONS), np.int64)
        self._looked_s = np.full(2, -np.inf)  # at what might become a snapshot, and for frontiers
        self._changed = _NOTHING.copy()  # what was looked at since: lowest and highest corner
        books = (self._counts, self._looked_s, self._changed)
        self._own_bytes = self._clock.nbytes() + sum(book.nbytes for book in books)
        room = {name: config.bytes_of(name, budget_bytes - self._own_bytes) for name in config.shares}
        try:
            octree = Octree(config.octree, room["octree"], device=device)
            objects = ObjectMap(
                config.objects, room["objects"], dim=config.octree.dim, rows=octree.surface.capacity
            )
            views = Views(config.views, room["views"])
            landmarks = Landmarks(config.landmarks, room["landmarks"], streams=streams)
            frontiers = Frontiers(config.frontiers, room["frontiers"])
            glimpses = Glimpses(room["glimpses"])
        except BudgetError as error:
            raise BudgetError(
                f"{budget_bytes:,} bytes are too few for a map ({error}): give a larger budget or share, or change "
                "the map's shares"
            ) from error
        pictures = max(1, min(config.views.most_views, room["pictures"] // PICTURE_BYTES))
        pages = (room["pictures"] - 11 * pictures) // PAGE_BYTES
        if pages * PAGE < PICTURE_BYTES:
            raise BudgetError(
                f"{room['pictures']:,} bytes are too few for one picture of the map: give a larger budget or share"
            )
        super().__init__(
            config,
            octree,
            objects,
            views,
            landmarks,
            frontiers,
            glimpses,
            Snapshots(pages, pictures),
            patch=patch,
        )

    # -- writing ---------------------------------------------------------------------------------------------

    def write(
        self,
        observation: Observation,
        features: Features,
        *,
        stream: int = 0,
        kept: bool = False,
        names: Mapping[int, str] | None = None,
    ) -> Sight | None:
        """Take one frame in; None where it has nothing to draw with, which is counted and changes nothing else.

        Args:
            observation: the frame.
            features: of its spaces, "pixel" and "patch" are used where there are any.
            stream: a number of its stream.
            kept: whether another store keeps this frame, and will want to know where things in it were.
            names: what labels are called.
        """
        frame, flaw = drawable(observation, self.config.octree.stride)
        if flaw is not None:
            self._skip(flaw, observation)
        if frame is None:
            return None
        camera, pose, depth_m = frame.intrinsics, frame.world_from_camera, frame.depth_m
        assert camera is not None and pose is not None and depth_m is not None
        t_s = self._clock.enter(stream, observation.t_s)
        visit = self.landmarks.visit(
            frame=frame.index,
            t_s=t_s,
            world_from_camera=pose,
            descriptor=self._look(features),
            gap=frame.gap_s > 0,
            stream=stream,
        )
        self._hand_over(dict(visit.merged))
        patches, grid = self._patches(features)
        sight = self.octree.integrate(
            depth_m=depth_m,
            intrinsics=camera,
            world_from_camera=pose,
            t_s=t_s,
            frame=frame.index,
            rgb=frame.rgb,
            features=patches,
            grid=grid,
            place=visit.place,
        )
        changes = self.objects.update(self.octree, sight, frame.labels, names)
        for one in self.objects.regroupings(t_s, t_s):
            if one.kind == "merged":
                self.views.rename({one.other: one.object})
        self._forget(sight, [change.object for change in changes if change.kind == "vanished"])
        if t_s - self._looked_s[0] >= self.config.look_s:
            self._looked_s[0] = t_s
            self._offer(frame, sight, visit.place)
        self._note_changed(sight)
        if t_s - self._looked_s[1] >= self.config.frontier_s:
            self._looked_s[1] = t_s
            self._seek_frontiers(_box(self._changed))
            self._changed = _NOTHING.copy()
        if kept:
            self.glimpses.keep(frame, stream, visit.place, t_s)
        return sight

    def repose(self, poses: Mapping[int, Float64[np.ndarray, "4 4"]]) -> None:
        """A pose graph was corrected from outside: landmarks move, and with them what was seen from there.

        Args:
            poses: the corrected `world_from_camera` of keyframes, by the landmark's id.

        Raises:
            PlaceError: for an id that never was a landmark's.
            PoseError: if a pose is none; then nothing has changed.
        """
        moves = self.landmarks.repose(poses)
        self.octree.repose(moves)
        self.objects.refresh(self.octree)
        self.views.repose(moves)
        self.glimpses.move(moves)
        self._seek_frontiers(None)

    @property
    def first_stream(self) -> int:
        """The number of the stream whose clock the map's is."""
        return self._clock.first

    def time_of(self, stream: int, t_s: float) -> float:
        """The map's time of a stream's time: its own, unless it is a later walk (see `MapClock`)."""
        return self._clock.of(stream, t_s)

    # -- one frame -------------------------------------------------------------------------------------------

    def _skip(self, flaw: Flaw, observation: Observation) -> None:
        at = REASONS.index(flaw.reason)
        if flaw.why and not self._counts[at]:
            what = (
                "goes into the map without its labels"
                if flaw.reason == "bad labels"
                else "stays out of the map"
            )
            logger.warning("frame %d %s (the first one): %s", observation.index, what, flaw.why)
        self._counts[at] += 1

    def _look(self, features: Features) -> Float32[np.ndarray, " d"] | None:
        """What the place looks like, where the graph tells places apart by that."""
        dim = self.config.landmarks.dim
        pixel = features.spaces.get("pixel")
        if not dim or pixel is None:
            return None
        look = pixel[0].detach().cpu().numpy().astype(np.float32)
        if len(look) != dim:
            raise ObservationError(
                f"landmarks compare {dim} numbers, 'pixel' has {len(look)}: set landmarks.dim"
            )
        return look if look.any() else None  # a picture without content has no direction

    def _patches(
        self, features: Features
    ) -> tuple[Float32[torch.Tensor, "cells k"] | None, tuple[int, int] | None]:
        """The frame's patch features in the map's few directions, unit vectors."""
        patch = features.spaces.get("patch")
        if patch is None or self.patch is None or not self.config.octree.dim:
            return None, None
        few = patch.detach().cpu().float() @ torch.from_numpy(self.directions)
        return functional.normalize(few, dim=1), features.grids.get("patch", self.patch.grid)

    @property
    def directions(self) -> Float32[np.ndarray, "d k"]:
        """The directions of the patch space that the map keeps, (its numbers, the octree's)."""
        if self._directions is None:
            self._directions = self._directions_of()
        return self._directions

    def _offer(self, frame: Observation, sight: Sight, place: int) -> None:
        """Let the frame become a memory snapshot, if it shows what none shows as well."""
        assert frame.world_from_camera is not None
        seen = self.octree.centres(sight.seen).cpu().numpy()
        if not len(seen):
            return
        self.views.keep_objects(self.objects.ids)
        cells, quality = shown_cells(sight, seen, self.config.views)
        shown = {each.object: max(min(each.score, 1.0), 1e-3) for each in self.objects.shown(sight)}
        ids = np.array(sorted(shown), np.int64)
        offer = self.views.offer(
            frame=sight.frame,
            t_s=sight.t_s,
            world_from_camera=frame.world_from_camera,
            intrinsics=sight.intrinsics,
            place=place,
            cells=cells,
            quality=quality,
            objects=ids,
            scores=np.array([shown[id] for id in ids.tolist()], np.float32),
        )
        for gone in offer.dropped:
            self._drop_picture(gone)
        if offer.view is not None and self._keep_picture(offer.view, frame):
            self.objects.attach(offer.view, shown)

    def _keep_picture(self, view: int, frame: Observation) -> bool:
        """Store a new view's picture, at the cost of the weakest views; a view without a picture is none."""
        pool = self.pictures
        jpeg = encode_jpeg(frame.rgb, self.config.pictures, int(len(pool.pool) * SMALLEST_SHARE) * PAGE)
        while jpeg is not None and not pool.fits(len(jpeg)):
            weakest = self.views.weakest()
            assert weakest is not None  # the pool is not empty, and each picture is a view's
            self.views.drop([weakest])
            self._drop_picture(weakest)
            if weakest == view:
                return False
        row = self.views.view(view)
        if jpeg is None or row is None:
            self.views.drop([view])
            return False
        self._picture_of[view] = pool.store(row.row, jpeg)
        return True

    def _drop_picture(self, view: int) -> None:
        self.objects.detach(view)
        row = self._picture_of.pop(view, None)
        if row is not None:
            self.pictures.drop(row)

    def _forget(self, sight: Sight, objects: list[int | None]) -> None:
        """What was seen to be gone no longer speaks for the pictures that show it."""
        gone = np.zeros(0, np.int64)
        if len(sight.removed.id):
            cell_m = self.config.views.cell_m
            cells = np.unique(cells_at(sight.removed.xyz.cpu().numpy(), cell_m))
            gone = cells[~self._filled(centres_of(cells, cell_m), cell_m)]
        vanished = np.array(sorted({id for id in objects if id is not None}), np.int64)
        if len(gone) or len(vanished):
            self.views.gone(gone, vanished)

    def _filled(self, centres: Float64[np.ndarray, "n 3"], cell_m: float) -> Bool[np.ndarray, " n"]:
        """Which cells hold a surface voxel still."""
        count = max(1, round(cell_m / self.config.octree.voxel_m))
        steps = ((np.arange(count) + 0.5) / count - 0.5) * cell_m
        inside = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
        points = (centres[:, None] + inside).reshape(-1, 3)
        rows = self.octree.rows_at(torch.from_numpy(points.astype(np.float32))).cpu().numpy()
        return np.asarray((rows.reshape(len(centres), -1) >= 0).any(axis=1))

    def _hand_over(self, merged: Mapping[int, int]) -> None:
        """Landmarks that went for want of room: what hangs on them hangs on those that stand for them."""
        if merged:
            self.octree.rename_places(merged)
            self.views.rename_places(merged)
            self.glimpses.rename_places(merged)

    def _note_changed(self, sight: Sight) -> None:
        """The box that this frame looked into: from the camera to all that it saw, and a voxel around."""
        seen = self.octree.centres(sight.seen).cpu().numpy()
        corners = np.concatenate(
            (seen, sight.world_from_camera[None, :3, 3], sight.removed.xyz.cpu().numpy())
        )
        around = self.config.frontiers.cell_m
        self._changed[0] = np.minimum(self._changed[0], corners.min(axis=0) - around)
        self._changed[1] = np.maximum(self._changed[1], corners.max(axis=0) + around)

    def _seek_frontiers(self, within: Box | None) -> None:
        """Find the frontiers again in a box, or everywhere."""
        seek(self.frontiers, self.octree, within=within, views=self.views.all())

    # -- keeping ---------------------------------------------------------------------------------------------

    @property
    def dropped(self) -> dict[str, int]:
        """What went for want of room, by kind; surface that was seen to be gone is no loss and not among it."""
        lost = {
            name: count for name, count in self.octree.counts.items() if name not in ("frames", "removed")
        }
        views = self.views.dropped
        return {
            **{f"map_{name}": count for name, count in lost.items()},
            "map_snapshots": views["full"] + views["stale"] + views["asked"],  # what is redundant is no loss
            **{f"map_{name}": count for name, count in self.objects.dropped.items()},
            "glimpses": self.glimpses.dropped,
            "landmarks": self.landmarks.counts["merged"] + self.landmarks.counts["isolated"],
        }

    @property
    def skipped(self) -> dict[str, int]:
        """Frames that did not draw, by reason; "bad labels" counts frames that drew without their labels."""
        return {reason: int(count) for reason, count in zip(REASONS, self._counts, strict=True) if count}

    def parts(self) -> dict[str, int]:
        """Bytes in use by part."""
        return {**{name: part.nbytes() for name, part in self._stores().items()}, "books": self._own_bytes}

    def nbytes(self) -> int:
        """Bytes of everything kept: exactly those of the arrays in `state`."""
        return sum(self.parts().values())

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        arrays = {
            f"{part}/{name}": array
            for part, store in self._stores().items()
            for name, array in store.state().items()
        }
        clock = {f"clock/{name}": array for name, array in self._clock.state().items()}
        return {**arrays, **clock, **{name: book.copy() for name, book in self._books().items()}}

    def _books(self) -> dict[str, NDArray[Any]]:
        return {"skipped": self._counts, "looked_s": self._looked_s, "changed": self._changed}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it was not saved by a map of this configuration and budget.
        """
        for name, own in self._books().items():
            if name not in state or state[name].shape != own.shape:
                raise StoreDamagedError(
                    f"a map keeps {name!r} of shape {own.shape}: restore into a memory of this version"
                )
        for part, store in (*self._stores().items(), ("clock", self._clock)):
            prefix = f"{part}/"
            store.restore({n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)})
        for name, own in self._books().items():
            own[:] = state[name]
        self._find_pictures()


def _box(corners: Float64[np.ndarray, "2 3"]) -> Box:
    (a, b, c), (d, e, f) = corners.tolist()
    return Box(low=(a, b, c), high=(d, e, f))
