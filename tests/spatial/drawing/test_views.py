"""Pictures of a small map with a table, walls and a ceiling: things show where they are, and the ceiling does not."""

import numpy as np
import pytest

from streammem.errors import ObservationError
from streammem.poses import transform
from streammem.spatial.drawing import (
    CubesConfig,
    Marked,
    PlanConfig,
    orthographic,
    overview,
    perspective,
    top_down,
)
from streammem.spatial.drawing.marks import ROUTE
from streammem.spatial.drawing.upright import by_height, floor_of
from streammem.types import Box, Intrinsics

VOXEL_M = 0.1
WOOD, RED, BLUE, WHITE = (120, 80, 40), (230, 20, 20), (20, 20, 230), (250, 250, 250)


def block(low: tuple[int, ...], high: tuple[int, ...]) -> np.ndarray:
    cells = np.stack(
        np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), -1
    )
    return (cells.reshape(-1, 3) + 0.5) * VOXEL_M


def room() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """4 m by 3 m: brown floor, blue walls, white ceiling, and a red table top at (1..2, 0.5..1.5, 0.7)."""
    walls = np.concatenate(
        [
            block((0, 0, 0), (1, 30, 25)),
            block((39, 0, 0), (40, 30, 25)),
            block((0, 0, 0), (40, 1, 25)),
            block((0, 29, 0), (40, 30, 25)),
        ]
    )
    parts = [
        (block((0, 0, -1), (40, 30, 0)), WOOD),
        (walls, BLUE),
        (block((0, 0, 25), (40, 30, 26)), WHITE),
        (block((10, 5, 7), (20, 15, 8)), RED),
    ]
    solid = np.concatenate([points for points, _ in parts])
    colours = np.concatenate([np.full((len(points), 3), colour, np.uint8) for points, colour in parts])
    inside = block((1, 1, 0), (39, 29, 25))
    table = ((inside > (1.0, 0.5, 0)) & (inside < (2.0, 1.5, 3)))[:, :2].all(axis=1) & (
        np.abs(inside[:, 2] - 0.75) < 0.04
    )
    return solid, colours, inside[~table]


SOLID, COLOURS, FREE = room()
MAP = {"occupied": SOLID, "colours": COLOURS, "free": FREE, "voxel_m": VOXEL_M}


def share(picture: np.ndarray, channel: int) -> float:
    """Part of the picture in which one channel clearly leads."""
    rest = np.delete(picture.astype(int), channel, axis=2).max(axis=2)
    return float((picture[..., channel] > rest + 60).mean())


def test_plan_shows_the_table_under_the_ceiling() -> None:
    plan = top_down(**MAP, config=PlanConfig(width=400))
    assert max(plan.shape[:2]) < 600
    y, x = np.nonzero(
        (plan[..., 0] > plan[..., 1].astype(int) + 60) & (plan[..., 0] > plan[..., 2].astype(int) + 60)
    )
    inner = (y < plan.shape[0] - 80) & (x > 50)
    zoom = round(400 / 46)
    assert np.ptp(x[inner]) == pytest.approx(10 * zoom, abs=zoom) and np.ptp(y[inner]) == pytest.approx(
        10 * zoom, abs=zoom
    )
    assert y[inner].mean() > (plan.shape[0] - 76) / 2  # the table is in the lower half, where y is small
    whole = top_down(**MAP, config=PlanConfig(width=400, cut_m=5.0))
    assert whole[plan.shape[0] // 2, plan.shape[1] // 2].min() > 200  # all that is left to see is the ceiling


def test_plan_of_a_world_that_lies_on_its_side_is_the_same() -> None:
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]  # z up becomes -y up
    lying = {**MAP, "occupied": transform(turn, SOLID), "free": transform(turn, FREE)}
    upright, turned = top_down(**MAP), top_down(**lying, up=(0.0, -1.0, 0.0))
    ground = (slice(60, -90), slice(60, -60))
    assert upright.shape == turned.shape
    assert share(turned, 0) == pytest.approx(share(upright, 0), abs=0.01)
    assert turned[ground].mean() == pytest.approx(upright[ground].mean(), abs=3)


def test_marks_routes_and_ways_are_drawn() -> None:
    plain = top_down(**MAP)
    marks = [
        Marked(label="table", centre=(1.5, 1.0, 0.7), extent=Box(low=(1, 0.5, 0.7), high=(2, 1.5, 0.8))),
        Marked(label="cup", centre=(3.0, 2.0, 0.8), gone=True),
    ]
    way = np.array([[0.5, 0.5, 1.5], [3.0, 0.5, 1.5], [3.0, 2.5, 1.5]])
    extras = {
        "objects": marks,
        "trajectory": way,
        "route": way[::-1],
        "frontiers": way[:1] + 1,
        "title": "a room",
    }
    for name, value in extras.items():
        picture = top_down(**MAP, **{name: value})
        assert picture.shape == plain.shape and (picture != plain).any(axis=2).sum() > 100, name
    on_route = (top_down(**MAP, route=way) == ROUTE).all(axis=2)
    assert on_route.sum() > 1000


def test_an_empty_map_and_a_single_point_can_be_drawn() -> None:
    nothing = np.zeros((0, 3))
    assert top_down(occupied=nothing, voxel_m=0.05).ndim == 3
    assert (
        top_down(occupied=nothing, voxel_m=0.05, trajectory=np.zeros((1, 3)), route=np.zeros((1, 3))).ndim
        == 3
    )
    view = {"occupied": nothing, "voxel_m": 0.05, "config": CubesConfig(smooth=1)}
    assert orthographic(toward=(0.0, 1.0, 0.0), width=20, **view).shape[1] == 20
    camera = Intrinsics(fx=20, fy=20, cx=10, cy=10, width=20, height=16)
    assert perspective(world_from_camera=np.eye(4), intrinsics=camera, **view).min() > 200


def test_overview_looks_into_the_room_from_outside() -> None:
    pose, camera = overview(SOLID, width=160, height=100)
    assert pose[2, 3] > 3 and pose[2, 2] < -0.5
    seen = (SOLID - pose[:3, 3]) @ pose[:3, :3]
    u, v = camera.fx * seen[:, 0] / seen[:, 2] + camera.cx, camera.fy * seen[:, 1] / seen[:, 2] + camera.cy
    assert (seen[:, 2] > 0).all() and ((u > -3) & (u < 162) & (v > -3) & (v < 102)).mean() > 0.98
    config = CubesConfig(smooth=1)
    picture = perspective(world_from_camera=pose, intrinsics=camera, config=config, **MAP)
    assert share(picture, 0) > 0.02 and share(picture, 2) > 0.02  # the table, and walls behind it
    closed = perspective(
        world_from_camera=pose,
        intrinsics=camera,
        config=CubesConfig(smooth=1, cut_m=None),
        **{**MAP, "free": None},
    )
    assert share(closed, 0) < 0.001  # without cut and free space it is a closed box


@pytest.mark.parametrize("side", [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)])
def test_overview_looks_from_where_the_cameras_were(side: tuple[float, float]) -> None:
    eyes = SOLID.mean(axis=0) + 3 * np.array([[*side, 0.0], [*side, 0.2]])
    pose, _ = overview(SOLID, seen_from=eyes)
    assert pose[:2, 2] @ side < -0.5


def test_orthographic_measures_true() -> None:
    down = orthographic(toward=(0.0, 0.0, -1.0), width=210, config=CubesConfig(smooth=1), **MAP)
    scale = 210 / (4.0 + 2 * VOXEL_M)  # pixels a metre
    y, x = np.nonzero((down[..., 0] > 150) & (down[..., 1] < 80))
    assert np.ptp(x) + 1 == pytest.approx(scale, abs=2) and np.ptp(y) + 1 == pytest.approx(scale, abs=2)
    assert x.mean() < 105 and y.mean() > down.shape[0] / 2
    side = orthographic(toward=(0.0, 1.0, 0.0), width=210, config=CubesConfig(smooth=2, cut_m=None), **MAP)
    assert side.shape[1] == 210 and 2.5 * scale < side.shape[0] < 3.2 * scale


def test_perspective_sees_what_a_camera_sees() -> None:
    pose = np.eye(4)
    pose[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])  # along +y
    pose[:3, 3] = 1.5, 0.15, 0.75  # level with the table top, which is then a line
    camera = Intrinsics(fx=60, fy=60, cx=39.5, cy=29.5, width=80, height=60)
    picture = perspective(world_from_camera=pose, intrinsics=camera, config=CubesConfig(cut_m=None), **MAP)
    red = picture[..., 0].astype(int) - picture[..., 2] > 60
    assert red[25:35, 20:60].any() and not red[:22].any()
    assert share(picture[:15], 2) > 0.5 or picture[:15].min() > 100  # walls and ceiling above


def test_floor_is_the_lowest_full_level() -> None:
    heights = np.concatenate([np.zeros(1000), [-3.0, -2.0], np.linspace(0, 2, 300)])
    assert floor_of(heights) == pytest.approx(0, abs=0.06)
    assert floor_of(np.zeros(0)) == 0 and len(by_height(np.zeros(0))) == 0
    assert (by_height(np.array([0.0, 2.0]))[0] != by_height(np.array([0.0, 2.0]))[1]).any()


def test_what_does_not_fit_is_refused() -> None:
    camera = Intrinsics(fx=20, fy=20, cx=10, cy=10, width=20, height=16)
    for wrong in ({"width": 3}, {"cut_m": 0.0}, {"grid_m": -1.0}, {"text": 2}):
        with pytest.raises(ObservationError):
            PlanConfig(**wrong)
    for wrong in ({"cut_m": -1.0}, {"smooth": 9}):
        with pytest.raises(ObservationError):
            CubesConfig(**wrong)
    far = np.array([[0.0, 0.0, 0.0], [1e6, 0.0, 0.0]])
    with pytest.raises(ObservationError, match="stray points"):
        top_down(occupied=far, voxel_m=0.05)
    with pytest.raises(ObservationError, match="size above 0"):
        top_down(occupied=SOLID, voxel_m=0.0)
    with pytest.raises(ObservationError, match="leave such points out"):
        orthographic(occupied=far, voxel_m=0.05, toward=(0.0, 1.0, 0.0), config=CubesConfig(cut_m=None))
    with pytest.raises(ObservationError, match="a direction"):
        orthographic(occupied=SOLID, voxel_m=0.1, toward=(0.0, 0.0, 0.0))
    with pytest.raises(ObservationError, match="size above 0"):
        perspective(occupied=SOLID, voxel_m=np.nan, world_from_camera=np.eye(4), intrinsics=camera)
    with pytest.raises(ObservationError):
        perspective(occupied=SOLID, voxel_m=0.1, world_from_camera=np.zeros((4, 4)), intrinsics=camera)
    with pytest.raises(ObservationError, match="no view"):
        overview(np.zeros((0, 3)))
