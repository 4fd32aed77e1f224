"""Whether both renderers show the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.spatial.results import Mark, Part, Table
from streammem.envs.apartment.generate import generate
from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.world import World
from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.envs.rendering.choice import open_renderer

__all__ = ["measure_agreement"]

DEPTH_M = 1e-3


def measure_agreement(*, scenes: int, views: int, tick: Callable[[str], object]) -> Part:
    """The same views through OpenGL and through ray casting, at 256 x 256.

    At silhouettes a pixel's centre may fall on either side by rounding: depth is compared where both see the same thing.
    """
    drawn, cast = open_renderer("gl"), open_renderer("rays")
    camera, rows = intrinsics_of(256, 256, 90.0), []
    for seed in range(scenes):
        tick(f"agreement, scene {seed + 1} of {scenes}")
        world = World(generate(seed))
        drawn.load(world)
        cast.load(world)
        grid, rng = NavGrid.of(world), np.random.default_rng(seed)
        free = np.argwhere(grid.free)
        for _ in range(views):
            row, column = free[rng.integers(len(free))]
            x, y = (np.array([column, row]) + 0.5) * 0.1 + np.array(grid.origin)
            pose = camera_pose(float(x), float(y), 1.25, float(rng.uniform(-np.pi, np.pi)), -0.1)
            one, two = drawn.render(pose, camera), cast.render(pose, camera)
            same = one.instances == two.instances
            off = np.abs(one.depth_m - two.depth_m)[same]
            rgb = np.abs(one.rgb.astype(int) - two.rgb.astype(int)).mean()
            rows.append([same.mean(), (off <= DEPTH_M).mean(), np.median(off), rgb])
    drawn.close()
    cast.close()
    found = np.array(rows, np.float64)
    names = [
        "same instance",
        "depth within 1 mm",
        "median depth difference, m",
        "mean colour difference, of 255",
    ]
    worst = [*found[:, :2].min(0), *found[:, 2:].max(0)]
    table = Table(
        title=f"OpenGL beside ray casting, {len(rows)} views",
        columns=["", "mean", "worst view"],
        rows=[[name, float(m), float(w)] for name, m, w in zip(names, found.mean(0), worst, strict=True)],
    )
    marks = [
        Mark(
            name="instances agree",
            figure=f"{100 * found[:, 0].mean():.2f} %",
            target=">= 99.5 %",
            passed=bool(found[:, 0].mean() >= 0.995),
        ),
        Mark(
            name="depth agrees to 1 mm",
            figure=f"{100 * found[:, 1].mean():.2f} %",
            target=">= 99.5 %",
            passed=bool(found[:, 1].mean() >= 0.995),
        ),
    ]
    return Part(name="agreement", tables=[table], marks=marks, settings={"scenes": scenes, "views": views})
