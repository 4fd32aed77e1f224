"""Light, what stands in its way, and the charts that it is kept on."""

import numpy as np
import pytest
from renderers import SCENE

from streammem.envs.rendering.baked import _fixed, baked
from streammem.envs.rendering.charts import WIDTH, charts_of, packed
from streammem.envs.rendering.light import Lighting, shown
from streammem.errors import ObservationError


def factor(*place):
    """How bright the floor is at a place, from the light map."""
    made = baked(SCENE, Lighting())
    charts = made.charts
    flat = np.flatnonzero((charts.normals[:, 2] > 0) & (np.abs(charts.points[:, 2]) < 1e-6))
    row = flat[np.abs(charts.points[flat, :2] - place).sum(axis=1).argmin()]
    return float(made.light[charts.rows[row], charts.columns[row], :3].mean())


def test_it_is_darker_under_the_table_and_in_the_corner():
    assert factor(1.2, 2.2) < factor(2.8, 1.5) - 15
    assert factor(0.05, 0.05) < factor(2.8, 1.5) - 15


def test_charts_do_not_overlap():
    sizes = np.random.default_rng(0).integers(2, 90, (60, 2))
    corner, height = packed(sizes)
    covered = np.zeros((height, WIDTH), int)
    for (x, y), (wide, high) in zip(corner, sizes, strict=True):
        covered[y : y + high, x : x + wide] += 1
    assert covered.max() == 1
    assert covered[0].max() == 0


def test_charts_hold_their_faces_to_the_edge():
    bodies, charts = charts_of(*_fixed(SCENE))
    texel = charts.at[charts.mapped] * (WIDTH, charts.shape[0]) - 0.5
    cells = np.rint(texel).astype(int)
    where = {(r, c): i for i, (r, c) in enumerate(zip(charts.rows, charts.columns, strict=True))}
    found = np.array([where[row, column] for column, row in cells])
    np.testing.assert_allclose(
        charts.points[found], bodies.vertices[charts.mapped], atol=0.151
    )  # half a texel


def test_brighter_light_never_looks_darker():
    assert (np.diff(shown(np.linspace(0, 5, 500, dtype=np.float32))) >= 0).all()


def test_refuses_impossible_days():
    with pytest.raises(ObservationError, match="daylight"):
        Lighting(daylight=1.5)
