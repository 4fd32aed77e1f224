"""How a map answers: objects and surface as evidence, the snapshots that prove it, attention over surface voxels."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import Tensor
from torch.nn import functional

from streammem.errors import ObservationError, SpaceError
from streammem.interface import SpaceSpec
from streammem.memory.attention import weigh
from streammem.memory.glimpses import Glimpses
from streammem.memory.snapshots import Snapshots
from streammem.memory.spatial_config import SpatialConfig
from streammem.poses import inverse, transform
from streammem.spatial.frontiers import Frontiers
from streammem.spatial.landmarks import Landmarks
from streammem.spatial.objects import ObjectMap
from streammem.spatial.octree import Octree
from streammem.spatial.views import View, Views
from streammem.types import (
    BoundingBox,
    Box,
    Evidence,
    Frontier,
    Interval,
    MapInfo,
    MapObject,
    Query,
    Readout,
    Sphere,
)

__all__ = ["STORE", "VOXEL", "SpatialAnswers"]

STORE = "spatial"
VOXEL = "voxel"  # the space: what surface looks like, asked for by vectors of the encoder's patch space
SHARPNESS = 10.0  # cosines are multiplied by it before the softmax of `read`
NEIGHBOURS = 8  # voxels looked at for each answer: those of one object are one answer
NEAR_M = 0.1  # a point belongs to an object whose box it misses by no more
IN_SIGHT = 0.02  # of the picture: a box that is narrower is not shown


class SpatialAnswers(ABC):
    """Questions to the parts of a map; nothing here changes them."""

    def __init__(
        self,
        config: SpatialConfig,
        octree: Octree,
        objects: ObjectMap,
        views: Views,
        landmarks: Landmarks,
        frontiers: Frontiers,
        glimpses: Glimpses,
        pictures: Snapshots,
        *,
        patch: SpaceSpec | None,
    ) -> None:
        self.config, self.patch = config, patch
        self.octree, self.objects, self.views, self.landmarks = octree, objects, views, landmarks
        self.frontiers, self.glimpses, self.pictures = frontiers, glimpses, pictures
        self._picture_of: dict[int, int] = {}  # rows of the pool by view
        self.stream_name: Callable[[], str] = lambda: (
            "main"
        )  # whose clock the map's is; whoever knows it says so

    # -- by content and place --------------------------------------------------------------------------------

    def search(self, query: Query) -> list[Evidence]:
        """What surface looks like `query.what`, as objects or single voxels, best first; scores are cosines.

        Without `what`, the objects within the region, the nearest to its centre first. Several lines in `what` are
        taken together. Times are the map's.

        Raises:
            SpaceError: for another space than "voxel", or where the map keeps no features.
            ObservationError: if `what` is of another length, or neither what nor where is asked for.
        """
        self._named(query)
        if query.what is None:
            if query.within is None:
                raise ObservationError("ask a map for something: `what`, `within`, or both")
            return self._around(query)
        rows, scores = self._ranked(query, NEIGHBOURS * query.top_k)
        mean = scores.mean(axis=0)
        order = np.argsort(-mean, kind="stable")
        owners = self.octree.surface["object"][torch.from_numpy(rows)].cpu().numpy()
        told: list[Evidence] = []
        known: set[int] = set()
        for at in order.tolist():
            owner = int(owners[at])
            thing = None if owner in known else self.thing(owner)
            if thing is not None:
                known.add(owner)
                told.append(self.told(thing, float(mean[at])))
            elif owner not in known:
                told.append(self._voxel(int(rows[at]), float(mean[at])))
            if len(told) == query.top_k:
                break
        return told

    def read(self, query: Query) -> Readout:
        """Attention over the surface voxels; the values are their features, as well as they were kept.

        The weights are differentiable in `query.what`; `evidence` has one entry for each, row after row.

        Raises:
            SpaceError: for another space than "voxel", or where the map keeps no features.
            ObservationError: if `what` is missing or of another length.
        """
        self._named(query)
        if query.what is None:
            raise ObservationError("a read needs lines of numbers in `what`; `search` answers by place alone")
        asked = query.what.float().cpu() @ torch.from_numpy(self.directions)
        asked = functional.normalize(asked, dim=1)
        rows, scores = self._top(asked.detach(), query, query.top_k)
        there = (rows >= 0).any(dim=0)  # where there is less surface than asked for
        rows, scores = rows[:, there].cpu(), scores[:, there].cpu()
        column = self.octree.surface["feature"]
        keys = column[rows.clamp_min(0).to(column.device)].cpu().float()
        lifted = keys @ torch.from_numpy(self.directions).T
        weight, value = weigh(asked, keys, lifted, rows >= 0, sharpness=SHARPNESS)
        picked = [(int(row), float(s)) for row, s in zip(rows.reshape(-1), scores.reshape(-1), strict=True)]
        return Readout(value=value, weight=weight, evidence=_Voxels(self._voxel, picked))

    def _named(self, query: Query) -> None:
        if query.space != VOXEL:
            raise SpaceError(f"a map holds the space {VOXEL!r}, the query asks for {query.space!r}")
        if query.what is None:
            return
        if self.patch is None or not self.config.octree.dim:
            raise SpaceError(
                "this map keeps no features, ask it by place: draw one with an encoder that gives 'patch' (lite)"
            )
        if not len(query.what) or query.what.shape[1] != self.patch.dim:
            raise ObservationError(
                f"surface is asked for by lines of {self.patch.dim} numbers, got shape {tuple(query.what.shape)}"
            )
        if not torch.isfinite(query.what).all():
            raise ObservationError("the query holds NaN or infinity")

    def _ranked(self, query: Query, top_k: int) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, "q n"]]:
        """Rows that are most like any line, and their cosines with every line."""
        assert query.what is not None
        asked = functional.normalize(
            query.what.detach().float().cpu() @ torch.from_numpy(self.directions), dim=1
        )
        rows, _ = self._top(asked, query, top_k)
        found = torch.unique(rows[rows >= 0])
        keys = self.octree.surface["feature"][found].cpu().float()
        return found.cpu().numpy(), (asked @ keys.T).numpy()

    def _top(self, asked: Float32[Tensor, "q k"], query: Query, top_k: int) -> tuple[Tensor, Tensor]:
        return self.octree.top_k(asked, top_k, within=query.within, during=query.during)

    def _around(self, query: Query) -> list[Evidence]:
        assert query.within is not None
        found = self.objects.objects(query.during, query.within)
        centre = _centre(query.within)
        found.sort(key=lambda thing: float(np.linalg.norm(np.subtract(thing.place.centre, centre))))
        return [self.told(thing, 1.0) for thing in found[: query.top_k]]

    @property
    @abstractmethod
    def directions(self) -> Float32[np.ndarray, "d k"]:
        """The directions of the patch space that the map keeps, (its numbers, the octree's)."""

    # -- objects ---------------------------------------------------------------------------------------------

    def thing(self, id: int) -> MapObject | None:
        """An object that there is, or None."""
        try:
            return self.objects.object(id) if id > 0 else None
        except ObservationError:
            return None

    def thing_at(
        self, xyz: tuple[float, float, float], extent: Box | None, t_s: float | None = None
    ) -> MapObject | None:
        """The object that was at a place: the one whose box shares most with an extent, else the smallest around it.

        With a time, the places of that time count; without, where things are now.
        """
        reach = Box(low=_moved(xyz, -NEAR_M), high=_moved(xyz, NEAR_M))
        during = None if t_s is None else Interval(t_s, t_s)
        best: tuple[float, float] | None = None
        chosen = None
        for thing in self.objects.objects(during, reach):
            for place in thing.places if t_s is not None else (thing.place,):
                if t_s is not None and t_s not in place.interval:
                    continue
                size = _volume(place.extent)
                rank = (_shared(place.extent, extent) if extent is not None else 0.0, -size)
                if _meets(place.extent, reach) and (best is None or rank > best):
                    best, chosen = rank, thing
        return chosen

    def told(self, thing: MapObject, score: float) -> Evidence:
        """An object as evidence: where it is, or was last, and the snapshot that shows it best.

        `interval` is its stay at that place, `occurrences` are all of its stays, `t_s`, `frame` and `box` are the
        snapshot's, which is of an earlier place where none shows the latest; without one, `t_s` is when it was last seen.
        """
        place = thing.place
        view = self._showing(thing)
        base = Evidence(
            t_s=place.interval.end_s,
            score=score,
            space=VOXEL,
            store=STORE,
            exemplar=thing.id,
            frame=-1,
            interval=place.interval,
            occurrences=tuple(stay.interval for stay in thing.places),
            stream=self.stream_name(),
            xyz=place.centre,
            extent=place.extent,
            label=thing.label,
            gone_s=thing.gone_s,
            thing=thing.id,
        )
        if view is None:
            return base
        then = next((stay for stay in reversed(thing.places) if stay.interval.start_s <= view.t_s), None)
        return dataclasses.replace(
            base,
            t_s=view.t_s,
            frame=view.frame,
            snapshot=view.id,
            box=None if then is None else self.box_in(view, then.extent),
        )

    def _showing(self, thing: MapObject) -> View | None:
        """The best snapshot of a thing at its latest place; of an earlier one, if there is none."""
        views = [view for id in thing.snapshots if (view := self.views.view(id)) is not None]
        here = [view for view in views if view.t_s >= thing.place.interval.start_s]
        return next(iter(here or views), None)

    @staticmethod
    def box_in(view: View, extent: Box) -> BoundingBox | None:
        """Where in a view's picture a box of the world is; None where it is not in sight."""
        corners = np.array(np.meshgrid(*zip(extent.low, extent.high, strict=True))).reshape(3, -1).T
        seen = transform(inverse(view.world_from_camera), corners)
        if (seen[:, 2] <= 0).any():
            return None
        camera = view.intrinsics
        x = (seen[:, 0] / seen[:, 2] * camera.fx + camera.cx + 0.5) / camera.width
        y = (seen[:, 1] / seen[:, 2] * camera.fy + camera.cy + 0.5) / camera.height
        left, right = np.clip([x.min(), x.max()], 0.0, 1.0).tolist()
        top, bottom = np.clip([y.min(), y.max()], 0.0, 1.0).tolist()
        if right - left < IN_SIGHT or bottom - top < IN_SIGHT:
            return None
        return BoundingBox(left, top, right, bottom)

    def _voxel(self, row: int, score: float) -> Evidence:
        """A surface voxel as evidence."""
        surface = self.octree.surface
        seen = Interval(float(surface["first_s"][row]), float(surface["last_s"][row]))
        x, y, z = self.octree.centres(torch.tensor([row], device=self.octree.device))[0].tolist()
        half = self.config.octree.voxel_m / 2
        return Evidence(
            t_s=seen.end_s,
            score=score,
            space=VOXEL,
            store=STORE,
            exemplar=int(surface["id"][row]),
            frame=int(surface["frame"][row]),
            interval=seen,
            occurrences=(seen,),
            stream=self.stream_name(),
            xyz=(x, y, z),
            extent=Box(low=_moved((x, y, z), -half), high=_moved((x, y, z), half)),
        )

    # -- pictures --------------------------------------------------------------------------------------------

    def jpeg(self, snapshot: int) -> bytes | None:
        """The picture of a memory snapshot; None if it is not there any more."""
        row = self._picture_of.get(snapshot)
        return None if row is None else self.pictures.jpeg(row)

    def borders(self) -> list[Frontier]:
        """The frontiers, most gain first, each with the snapshot of the frame that shows it best."""
        pictures = {view.frame: view.id for view in self.views.all()}
        return [
            dataclasses.replace(border, snapshot=pictures.get(-1 if border.view is None else border.view))
            for border in self.frontiers.all()
        ]

    def info(self) -> MapInfo:
        """Everything that can be counted."""
        return MapInfo(
            voxel_m=self.config.octree.voxel_m,
            frames=self.octree.counts["frames"],
            blocks=self.octree.blocks,
            surface=len(self.octree.surface),
            removed=self.octree.counts["removed"],
            objects=len(self.objects),
            snapshots=len(self.views),
            frontiers=len(self.frontiers),
            landmarks=len(self.landmarks),
            edges=len(self.landmarks.edges[1]),
            jumps=self.landmarks.counts["jumps"],
            skipped=self.skipped,
        )

    @property
    @abstractmethod
    def skipped(self) -> dict[str, int]:
        """Frames that did not draw, by reason."""

    def _find_pictures(self) -> None:
        """Learn again which picture is whose."""
        table = self.pictures.table
        rows = np.flatnonzero(table.live)
        owners = dict(zip(table["owner"][rows].tolist(), rows.tolist(), strict=True))
        self._picture_of = {view.id: owners[view.row] for view in self.views.all() if view.row in owners}

    def _stores(
        self,
    ) -> Mapping[str, Octree | ObjectMap | Views | Snapshots | Glimpses | Landmarks | Frontiers]:
        return {
            "octree": self.octree,
            "objects": self.objects,
            "views": self.views,
            "pictures": self.pictures,
            "glimpses": self.glimpses,
            "landmarks": self.landmarks,
            "frontiers": self.frontiers,
        }


class _Voxels(Sequence[Evidence]):
    """Evidence that is built when somebody looks at it."""

    def __init__(self, voxel: Callable[[int, float], Evidence], picked: list[tuple[int, float]]) -> None:
        self._voxel, self._picked = voxel, picked

    def __len__(self) -> int:
        return len(self._picked)

    def __getitem__(self, at: int | slice) -> Evidence | list[Evidence]:  # type: ignore[override]  # one signature for both of Sequence's
        if isinstance(at, slice):
            return [self._voxel(*each) for each in self._picked[at]]
        return self._voxel(*self._picked[at])


def _centre(region: Sphere | Box) -> tuple[float, float, float]:
    if isinstance(region, Sphere):
        return region.centre
    x, y, z = ((low + high) / 2 for low, high in zip(region.low, region.high, strict=True))
    return x, y, z


def _moved(point: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    return point[0] + by, point[1] + by, point[2] + by


def _volume(box: Box) -> float:
    return float(np.prod(np.subtract(box.high, box.low)))


def _shared(one: Box, other: Box) -> float:
    """Intersection over union, of boxes that are grown by a little so that flat ones share something."""
    low, high = np.maximum(one.low, other.low) - NEAR_M / 2, np.minimum(one.high, other.high) + NEAR_M / 2
    both = float(np.prod(np.maximum(high - low, 0.0)))
    sizes = [float(np.prod(np.subtract(box.high, box.low) + NEAR_M)) for box in (one, other)]
    return both / max(sum(sizes) - both, 1e-12)


def _meets(one: Box, other: Box) -> bool:
    """Whether two boxes share a point."""
    return bool(np.all(np.less_equal(one.low, other.high)) and np.all(np.less_equal(other.low, one.high)))
