"""Random sequences of good and bad frames: bytes, tables and saved states keep their word."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streammem.errors import BudgetError, ObservationError, OrderError, PoseError, StoreDamagedError
from streammem.spatial.octree import Octree, OctreeConfig
from streammem.spatial.octree.eviction import room_for_rows
from streammem.spatial.octree.saving import contradiction
from streammem.types import Intrinsics, Sphere

CONFIG = {"voxel_m": 0.1, "stride": 2, "dim": 8}
LEAST = Octree.least_bytes(OctreeConfig(**CONFIG))

BAD: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "millimetres": ({"depth_m": np.full((60, 80), 1500.0, np.float32)}, ObservationError),
    "flat": ({"depth_m": np.ones(4800, np.float32)}, ObservationError),
    "whole numbers": ({"depth_m": np.ones((60, 80), np.uint16)}, ObservationError),
    "text": ({"depth_m": "depth.png"}, ObservationError),
    "other camera": (
        {"intrinsics": Intrinsics(fx=60, fy=60, cx=40, cy=30, width=81, height=60)},
        ObservationError,
    ),
    "no pose": ({"world_from_camera": np.full((4, 4), np.nan)}, PoseError),
    "no rotation": ({"world_from_camera": np.diag([2.0, 1, 1, 1])}, PoseError),
    "no time": ({"t_s": float("nan")}, ObservationError),
    "past": ({"t_s": -5.0}, OrderError),
    "small colours": ({"rgb": np.zeros((30, 40, 3), np.uint8)}, ObservationError),
    "features": ({"features": torch.zeros(11, 8)}, ObservationError),
    "long features": ({"features": torch.zeros(12, 9)}, ObservationError),
    "no grid": ({"grid": None}, ObservationError),
    "NaN features": ({"features": torch.full((12, 8), torch.nan)}, ObservationError),
    "huge place": ({"place": 2**31}, ObservationError),
}
NOISES = ("plain", "noise", "holes", "far away", "nothing")

good = st.tuples(st.integers(0, 3), st.sampled_from(NOISES), st.integers(0, 6), st.integers(0, 2))
steps = st.lists(good | st.sampled_from(sorted(BAD)), min_size=1, max_size=12)


def take(walk: Any, poses: Any, step: Any) -> None:
    """One step of a sequence: a good frame, or a bad one that must be refused."""
    if isinstance(step, str):
        given_, error = BAD[step]
        if "t_s" in given_ and given_["t_s"] < 0 and walk.octree.last_s == -np.inf:
            return
        with pytest.raises(error):
            walk.see(poses[0], **given_)
        return
    number, noise, room, place = step
    rng = np.random.default_rng(number + 7 * room)
    depth = walk.scene.depth(poses[number])
    if noise == "noise":
        depth = depth + rng.normal(0, 0.3, depth.shape).astype(np.float32)
    elif noise == "holes":
        depth[rng.random(depth.shape) < 0.5] = np.nan
    elif noise == "nothing":
        depth = np.zeros_like(depth)
    pose = poses[number].copy()
    pose[:3, 3] += (3.2 * room, 1000.0 if noise == "far away" else 0.0, 0.0)
    walk.see(pose, depth_m=depth, place=place)


def same(one: Any, two: Any) -> bool:
    return set(one) == set(two) and all(np.array_equal(one[name], two[name]) for name in one)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, extra=st.sampled_from([0, 3_000, 60_000, 400_000]), saved_at=st.integers(0, 11))
def test_bytes_tables_and_states(walk: Any, poses: Any, steps: Any, extra: int, saved_at: int) -> None:
    made, again = walk(LEAST + extra, **CONFIG), walk(LEAST + extra, **CONFIG)
    for number, step in enumerate(steps):
        before, frame = made.octree.state(), made.frame
        take(made, poses, step)
        state = made.octree.state()
        assert same(before, state) or not isinstance(step, str)
        assert sum(array.nbytes for array in state.values()) == made.octree.nbytes() <= LEAST + extra
        assert contradiction(made.octree.tables) is None
        assert (np.diff(made.octree.tables.blocks.keys.numpy()) > 0).all()
        if number == saved_at:
            again.octree.restore(before)
        if number >= saved_at:
            again.frame = frame
            take(again, poses, step)
            assert same(again.octree.state(), state)


def test_far_free_space_goes_first_then_far_surface(walk: Any, poses: Any) -> None:
    made = walk(LEAST + 150_000, **CONFIG)
    for room in range(8):
        wander_to(made, poses, room)
        counts = made.octree.counts
        if counts["surface_blocks"]:
            assert counts["free_blocks"]
    assert made.octree.counts["free_blocks"] > 0
    here = poses[0][:3, 3] + (3.2 * 7, 0, 0)
    near = made.octree.occupied(within=Sphere(centre=tuple(here), radius_m=2.5))
    assert len(near) > 500


def wander_to(made: Any, poses: Any, room: int) -> None:
    """Look around in one room."""
    for number in range(4):
        take(made, poses, (number, "plain", room, 0))


def test_rows_that_go_leave_their_occupancy(walk: Any, poses: Any) -> None:
    made = walk(LEAST + 60_000, **CONFIG)
    tables = made.octree.tables
    room_for_rows(tables, tables.surface.slots.room, 1.0, Counter())
    made.see(poses[0], depth_m=np.where(np.arange(80) < 20, made.scene.depth(poses[0]), 0).astype(np.float32))
    before, rows = len(made.octree.occupied()), len(made.octree.surface)
    dropped: Counter[str] = Counter()
    room_for_rows(tables, tables.surface.capacity, made.frame + 1.0, dropped)
    assert rows > 0 and len(made.octree.surface) == 0 and dropped["surface_rows"] == rows
    assert len(made.octree.occupied()) == before and contradiction(tables) is None
    assert (made.octree.occupied().rows == -1).all()
    sight = made.see(poses[0])
    assert len(sight.new) > 0


def test_the_bytes_stay_where_they_are_when_the_budget_is_reached(walk: Any, poses: Any) -> None:
    made = walk(LEAST + 60_000, **CONFIG)
    sizes = []
    for room in range(6):
        wander_to(made, poses, room)
        sizes.append(made.octree.nbytes())
    assert max(sizes[2:]) - min(sizes[2:]) < 0.1 * sizes[-1]
    assert sum(made.octree.counts[name] for name in ("free_blocks", "surface_blocks", "surface_rows")) > 0


def test_too_few_bytes_say_how_many_are_needed() -> None:
    with pytest.raises(BudgetError, match=f"{LEAST:,} are the minimum"):
        Octree(OctreeConfig(**CONFIG), LEAST - 1)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("blocks/key", lambda array: array[:-1]),
        ("blocks/key", np.zeros_like),
        ("blocks/log_odds", lambda array: -np.abs(array)),
        ("blocks/corner", lambda array: array + 1),
        ("blocks/index", np.zeros_like),
        ("index/row", np.zeros_like),
        ("index/count", lambda array: array + 1),
        ("index/owner", lambda array: array[::-1].copy()),
        ("surface/cell", lambda array: array + 1),
        ("surface/cell", lambda array: array - 10**9),
        ("surface/id", np.ones_like),
        ("surface/feature", lambda array: array.astype(np.float32)),
        ("surface/live", np.zeros_like),
        ("counts", lambda array: array[1:]),
        ("last_s", None),
        ("surface/free", None),
        ("blocks/free", lambda array: np.full(3, 2, np.int32)),
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(
    filled: Any, walk: Any, name: str, change: Any
) -> None:
    state = dict(filled.octree.state())
    if change is None:
        del state[name]
    else:
        state[name] = change(state[name])
    other = walk(**{"stride": 1})
    with pytest.raises(StoreDamagedError):
        other.octree.restore(state)
    assert other.octree.blocks == 0 and other.octree.last_s == -np.inf


def test_a_state_of_another_budget_is_refused(filled: Any, walk: Any) -> None:
    with pytest.raises(StoreDamagedError, match="same budget"):
        walk(budget=LEAST, stride=1).octree.restore(filled.octree.state())
