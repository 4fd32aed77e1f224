"""What happens before the camera in the tests of change, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.spatial.composing import Block, Point, Take, composed, find_places, silhouette
from benchmarks.spatial.frames import PosedFrame

__all__ = ["BOARD", "NEW", "OLD", "WALKER", "Script", "play", "scripts"]

OLD, NEW, WALKER, BOARD = (
    1,
    2,
    3,
    4,
)  # labels: the cube at its first place, at its second, who walks by, the board
STRETCH = 7  # real frames, shown to and fro; both places of the cube are always in view
WALK = 30  # real frames during which the camera leaves the places and comes back
SIDE_M = 0.2
POSE_NOISE_M = 0.01
HOLE_PX = 48  # margin of the hole: more than a voxel's diagonal at the cube's distance


@dataclass(frozen=True, kw_only=True)
class Script:
    """Which things are there at each step; `change` is the first step of what is tested.

    `shown` is the step from which the place of the cube is in sight again, `pose_noise_m` how far each pose that a
    map is told may be off along each axis, `stretch` how many real frames are shown to and fro.
    """

    name: str
    steps: list[list[Block]]
    change: int
    shown: int
    holes: bool = False  # from `change` on there is no depth about the cube
    pose_noise_m: float = 0.0
    stretch: int = STRETCH


def scripts(frames: Sequence[PosedFrame], length: int = 60) -> list[Script]:
    """All tests on these real frames; `length` is that of the moved cube before and after."""
    old, new = find_places(frames[:STRETCH], SIDE_M)
    a, b = _cube(OLD, old), _cube(NEW, new)
    third, half = length // 3, length // 2
    middle = frames[STRETCH // 2]
    eye = middle.world_from_camera[:3, 3]
    board = Block(label=BOARD, centre=eye + 0.6 * (old - eye), half_m=(0.2, 0.2, 0.01))
    walk = [[_walker(middle, step)] for step in np.linspace(0.1, 0.9, 8)]
    return [
        Script(name="moved", steps=[[a]] * length + [[b]] * length, change=length, shown=length),
        Script(name="vanished", steps=[[a]] * length + [[]] * half, change=length, shown=length),
        Script(name="appeared", steps=[[]] * half + [[b]] * third, change=half, shown=half),
        Script(
            name="removed while hidden",
            steps=[[a]] * half + [[board]] * third + [[]] * half,
            change=half,
            shown=half + third,
        ),
        Script(name="holes", steps=[[a]] * (half + half), change=half, shown=half, holes=True),
        Script(
            name="passer-by",
            steps=[[]] * half + walk + [[]] * third,
            change=half,
            shown=half + len(walk),
        ),
        Script(
            name="moved, poses off by 1 cm",
            steps=[[a]] * length + [[b]] * length,
            change=length,
            shown=length,
            pose_noise_m=POSE_NOISE_M,
        ),
        Script(
            name="moved, walking camera",
            steps=[[a]] * length + [[b]] * length,
            change=length,
            shown=length,
            stretch=WALK,
        ),
    ]


def play(script: Script, frames: Sequence[PosedFrame], step: int, seed: int = 0) -> Take:
    """One step as the camera sees it: the frames to and fro, the script's things in them, noise of its own.

    The depth belongs to the true pose; the pose of the frame is the one that a map is told.
    """
    rng = np.random.default_rng((seed, step, *script.name.encode()))
    last = min(script.stretch, len(frames)) - 1
    order = [*range(last + 1), *range(last - 1, 0, -1)]
    frame = frames[order[step % len(order)]]
    holes = None
    if script.holes and step >= script.change:
        holes = np.zeros(frame.depth_m.shape, bool)
        place = silhouette(frame, script.steps[0][0], HOLE_PX, clipped=True)
        assert place is not None
        holes[place] = True
    take = composed(frame, script.steps[step], rng=rng, holes=holes, index=step)
    if script.pose_noise_m:
        told = take.frame.world_from_camera.copy()
        told[:3, 3] += rng.uniform(-script.pose_noise_m, script.pose_noise_m, 3)
        return replace(take, frame=replace(take.frame, world_from_camera=told))
    return take


def _cube(label: int, centre: Point, side_m: float = SIDE_M) -> Block:
    return Block(label=label, centre=centre, half_m=(side_m / 2,) * 3)


def _walker(frame: PosedFrame, share: float) -> Block:
    """Somebody at 1.3 m, at this share of the picture's width."""
    camera, pose = frame.intrinsics, frame.world_from_camera
    ray = np.array([(share * camera.width - camera.cx) / camera.fx, 0.1, 1.0])
    return Block(label=WALKER, centre=pose[:3, :3] @ (1.3 * ray) + pose[:3, 3], half_m=(0.15, 0.5, 0.15))
