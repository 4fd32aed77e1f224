"""A small world of coloured boxes, a camera in it, and a voxel map that is simple enough to be believed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
import torch

from streammem.spatial.objects import ObjectMap, ObjectsConfig
from streammem.spatial.sight import Removed, Sight
from streammem.types import Intrinsics

VOXEL = 0.05
CAMERA = Intrinsics(fx=104.0, fy=104.0, cx=63.5, cy=47.5, width=128, height=96)
CORNER, SHAPE = np.array([-90, -90, -10]), (180, 180, 80)  # of the grid of voxels
DIM = 4
FLOOR = 1000


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A box with a label, a colour and a feature; `label` 0 is nothing that a sensor names."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    label: int = 0
    rgb: tuple[int, int, int] = (200, 200, 200)
    feature: int = 0  # which of the unit vectors

    def at(self, x: float, y: float) -> Thing:
        """The same thing with its low corner there."""
        dx, dy = x - self.low[0], y - self.low[1]
        return replace(
            self,
            low=(self.low[0] + dx, self.low[1] + dy, self.low[2]),
            high=(self.high[0] + dx, self.high[1] + dy, self.high[2]),
        )


def cube(x: float, y: float, label: int = 0, *, side: float = 0.3, z: float = 0.0, **more: object) -> Thing:
    """A cube that stands at (x, y)."""
    high = (x + side - 0.01, y + side - 0.01, z + side - 0.01)
    return Thing(low=(x + 0.01, y + 0.01, z), high=high, label=label, **more)  # type: ignore[arg-type]  # by name


GROUND = Thing(low=(-4, -4, -0.3), high=(4, 4, -0.001), label=0, rgb=(90, 90, 90))
WALL = Thing(low=(-4, 2.501, -0.3), high=(4, 3.0, 3), label=0, rgb=(120, 120, 110))


def pose(eye: tuple[float, float, float], target: tuple[float, float, float]) -> np.ndarray:
    """World from camera, upright, looking from one point at another."""
    forward = np.subtract(target, eye)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, (0, 0, 1.0))
    right /= np.linalg.norm(right)
    world = np.eye(4)
    world[:3, 0], world[:3, 1], world[:3, 2], world[:3, 3] = right, np.cross(forward, right), forward, eye
    return world


FRONT = pose((0, -1.6, 1.3), (0, 0.3, 0.1))
AWAY = pose((0, -1.6, 1.3), (0, -4.0, 0.1))


@lru_cache(maxsize=64)
def render(things: tuple[Thing, ...], camera: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Depth (0 where nothing is) and which thing, by casting a ray a pixel; scenes are looked at again and again."""
    world = np.frombuffer(camera).reshape(4, 4)
    rows, columns = np.mgrid[: CAMERA.height, : CAMERA.width]
    rays = np.stack(
        [(columns - CAMERA.cx) / CAMERA.fx, (rows - CAMERA.cy) / CAMERA.fy, np.ones_like(rows, float)], -1
    )
    rays = np.moveaxis(rays @ world[:3, :3].T, -1, 0)
    best, which = np.full(rows.shape, np.inf), np.full(rows.shape, -1)
    for number, thing in enumerate(things):
        near, far = np.full(rows.shape, 0.05), np.full(rows.shape, np.inf)
        for axis, ray in enumerate(rays):
            with np.errstate(divide="ignore"):
                one, other = ((side[axis] - world[axis, 3]) / ray for side in (thing.low, thing.high))
            near = np.maximum(near, np.minimum(one, other))
            far = np.minimum(far, np.maximum(one, other))
        hit = (near <= far) & (near > 0.05) & (near < best)
        best[hit], which[hit] = near[hit], number
    return np.where(which >= 0, best, 0.0), which


class World:
    """Voxels in a dense grid; a voxel goes after it was seen through by three frames. The object layer's map."""

    def __init__(self, capacity: int = 20000, *, through: int = 3, far: float = 6.0) -> None:
        self.config = SimpleNamespace(voxel_m=VOXEL)
        self.surface = {
            "object": torch.zeros(capacity, dtype=torch.int32),
            "weight": torch.zeros(capacity),
            "feature": torch.zeros(capacity, DIM, dtype=torch.float16),
            "rgb": torch.zeros(capacity, 3, dtype=torch.uint8),
            "id": torch.zeros(capacity, dtype=torch.int64),
            "first_s": torch.zeros(capacity, dtype=torch.float64),
        }
        self.cells = np.zeros((capacity, 3), np.int64)
        self.times = np.zeros((capacity, 2))
        self.missed = np.zeros(capacity, np.int64)
        self.grid = np.full(SHAPE, -1, np.int32)
        self.through, self.far, self.frame, self.next_id = through, far, 0, 1

    def centres(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(((self.cells[rows.numpy()] + 0.5) * VOXEL).astype(np.float32))

    def rows_at(self, points: torch.Tensor) -> torch.Tensor:
        cells = np.floor(points.numpy().astype(np.float64) / VOXEL).astype(np.int64)
        return torch.from_numpy(self.grid[tuple((cells - CORNER).T)].astype(np.int64))

    def centres_of(self, id: int) -> np.ndarray:
        """Where an object's voxels are."""
        return self.centres((self.surface["object"] == id).nonzero()[:, 0]).numpy()

    def see(
        self, things: list[Thing], world: np.ndarray = FRONT, t_s: float | None = None
    ) -> tuple[Sight, np.ndarray]:
        """One frame goes into the map; says what `update` is to be told, and the labels."""
        depth, which = render(tuple(things), world.tobytes())
        depth = np.where(depth < self.far, depth, 0)
        self.frame += 1
        now = float(self.frame) if t_s is None else t_s
        removed = self._clear(depth, world)
        v, u = np.nonzero(depth > 0)
        z = depth[v, u]
        local = np.stack([(u - CAMERA.cx) / CAMERA.fx * z, (v - CAMERA.cy) / CAMERA.fy * z, z], -1)
        points = local @ world[:3, :3].T + world[:3, 3]
        # A hair into the thing, so that its face lies in its own voxel.
        points += (
            1e-3 * (points - world[:3, 3]) / np.linalg.norm(points - world[:3, 3], axis=1, keepdims=True)
        )
        index = np.ravel_multi_index(tuple((np.floor(points / VOXEL).astype(np.int64) - CORNER).T), SHAPE)
        index, pixel = np.unique(index, return_inverse=True)
        rows = self.grid.ravel()[index].astype(np.int64)
        new = np.flatnonzero(self.surface["id"].numpy() == 0)[: (rows < 0).sum()]
        fresh, rows[rows < 0] = index[rows < 0], new
        self.grid.ravel()[fresh] = new
        self.cells[new] = np.stack(np.unravel_index(fresh, SHAPE), -1) + CORNER
        self.times[new], self.missed[new], self.surface["first_s"][new] = now, 0, now
        self.surface["id"][new] = torch.arange(self.next_id, self.next_id + len(new))
        self.next_id += len(new)
        grid = np.full(depth.shape, -1, np.int64)
        grid[v, u] = rows[pixel.ravel()]
        thing = which[v, u]
        self._paint(grid[v, u], [things[number] for number in range(len(things))], thing)
        self.missed[rows], self.times[rows, 1] = 0, now
        labels = np.zeros(depth.shape, np.int32)
        labels[v, u] = np.array([one.label for one in things])[thing]
        sight = Sight(
            frame=self.frame, t_s=now, intrinsics=CAMERA, world_from_camera=world, stride=1,
            rows=torch.from_numpy(grid), seen=torch.from_numpy(np.unique(rows)), new=torch.from_numpy(new),
            removed=removed,
        )  # fmt: skip
        return sight, labels

    def _paint(self, rows: np.ndarray, things: list[Thing], which: np.ndarray) -> None:
        self.surface["rgb"][rows] = torch.tensor([one.rgb for one in things], dtype=torch.uint8)[which]
        feature = torch.eye(DIM, dtype=torch.float16)[[one.feature for one in things]]
        self.surface["feature"][rows] = feature[which]
        self.surface["weight"] += torch.from_numpy(
            np.bincount(rows, minlength=len(self.missed)).astype(np.float32)
        )

    def _clear(self, depth: np.ndarray, world: np.ndarray) -> Removed:
        rows = np.flatnonzero(self.surface["id"].numpy())
        points = (self.cells[rows] + 0.5) * VOXEL
        local = (points - world[:3, 3]) @ world[:3, :3]
        with np.errstate(divide="ignore", invalid="ignore"):
            u = np.rint(local[:, 0] / local[:, 2] * CAMERA.fx + CAMERA.cx)
            v = np.rint(local[:, 1] / local[:, 2] * CAMERA.fy + CAMERA.cy)
        inside = (local[:, 2] > 0.1) & (u >= 0) & (u < CAMERA.width) & (v >= 0) & (v < CAMERA.height)
        seen = np.zeros(len(rows))
        seen[inside] = depth[v[inside].astype(int), u[inside].astype(int)]
        self.missed[rows] += inside & (seen > local[:, 2] + 3 * VOXEL)
        gone = rows[self.missed[rows] >= self.through]
        told = Removed(
            id=self.surface["id"][gone].clone(),
            object=self.surface["object"][gone].to(torch.int64),
            xyz=self.centres(torch.from_numpy(gone)),
            first_s=torch.from_numpy(self.times[gone, 0].copy()),
            last_s=torch.from_numpy(self.times[gone, 1].copy()),
        )
        self.grid[tuple((self.cells[gone] - CORNER).T)] = -1
        for column in self.surface.values():
            column[gone] = 0
        self.missed[gone] = 0
        return told


class Walk:
    """A world with its object layer, stepped together and checked after every step."""

    def __init__(self, budget: int = 400_000, *, world: World | None = None, **config: object) -> None:
        self.world = world or World()
        self.budget, self.config = budget, ObjectsConfig(**config)  # type: ignore[arg-type]  # by name
        self.map = self.fresh()
        self.ids: set[int] = set()

    def fresh(self) -> ObjectMap:
        return ObjectMap(self.config, self.budget, dim=DIM, rows=len(self.world.missed))

    def see(
        self,
        things: list[Thing],
        world: np.ndarray = FRONT,
        *,
        times: int = 1,
        labelled: bool = True,
        names=None,
    ) -> list:
        changes = []
        for _ in range(times):
            sight, labels = self.world.see(things, world)
            changes += self.map.update(self.world, sight, labels if labelled else None, names)
            self.check()
        return changes

    def check(self) -> None:
        """What always holds."""
        assert self.map.nbytes() <= self.budget
        assert self.map.nbytes() == sum(array.nbytes for array in self.map.state().values())
        owner = self.world.surface["object"].numpy()
        assert (owner[self.world.surface["id"].numpy() == 0] == 0).all()
        told = {one.id: one for one in self.map.objects()}
        for id, one in told.items():
            times = [time for place in one.places for time in (place.interval.start_s, place.interval.end_s)]
            assert times == sorted(times), one
            assert (
                one.voxels == (owner == id).sum() or one.gone_s is not None or self.map.config.min_voxels
            ), one
            assert one.gone_s is None or not (owner == id).any()
        assert set(np.unique(owner).tolist()) - {0} <= set(self.map._tables.ids())
