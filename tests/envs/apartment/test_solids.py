"""Solids are closed, their normals point outward, and their sizes are what was asked for."""

import numpy as np
import pytest
from solid_laws import check_closed, volume_m3

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.soft import leaves, pillow, rounded
from streammem.envs.apartment.solids import Paint, bent, box, boxes, panel, prism
from streammem.envs.apartment.turned import ball, cylinder, lathe, rod, tube

RED = Paint((200, 30, 30), "wood", 0.5)
ROOF = [(-1.0, 0.0), (1.0, 0.0), (0.0, 1.5)]
BOWL = [(0.0, 0.0), (0.1, 0.0), (0.2, 0.15), (0.19, 0.15), (0.09, 0.02), (0.0, 0.02)]
LOW = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.0]])
ASIDE = np.array([3.0, 0, 0])
HIGH = LOW * 0.5 + [0.1, 0.2, 2.0]

SOLIDS = {
    "box": box((-1, -2, 0), (1, 0.5, 3), (9, 9, 9)),
    "panel": panel((-1, 0, 0), (1, 0.1, 3), RED, Paint((255, 255, 255), "art:0")),
    "bent": bent(LOW, HIGH, RED),
    **{f"prism {axis}": prism(np.array(ROOF), axis, -1.0, 2.0, RED) for axis in range(3)},
    **{f"prism backwards {axis}": prism(np.array(ROOF[::-1]), axis, 0.0, 2.0, RED) for axis in range(3)},
    "smooth prism": prism(np.array(ROOF), 2, 0.0, 1.0, RED, smooth=True),
    "cylinder": cylinder((1, 2, 3), 2.0, 0.5, RED),
    "cone": cylinder((0, 0, 0), 2.0, 0.5, RED, top_radius=0.0),
    "lathe": lathe(BOWL, RED),
    "stretched lathe": lathe(BOWL, RED, stretch=(2.0, 0.5), sides=16, at=(3, 3)),
    "squarish lathe": lathe(BOWL, RED, stretch=(2.0, 1.0), sides=24, power=6.0),
    "ball": ball((1, 1, 1), (1, 2, 0.5), RED),
    "rod": rod((0, 0, 0), (1, 2, -1), 0.1, RED, end_radius=0.05),
    "tube": tube([(0, 0, 0), (0, 0, 1), (0.5, 0, 1.3), (1, 0.2, 1)], 0.1, RED),
    "rounded": rounded((-1, -2, 0), (1, 0.5, 3), 0.2, RED),
    "very round": rounded((-1, -2, 0), (1, 0.5, 3), (0.2, 0.3, 9), RED),
    "pillow": pillow((-1, -2, 0), (1, 0.5, 0.4), RED),
    "boxes": boxes([((0, 0, 0), (1, 2, 3)), ((2, 0, 0), (3, 0.5, 0.5))], RED),
    "two bent": bent(np.stack([LOW, LOW + ASIDE]), np.stack([HIGH, HIGH + ASIDE]), RED),
    "rod along x": rod((0, 0, 0), (1, 0, 0), 0.1, RED),
    "leaves": leaves(
        np.array([[0, 0, 1.0], [1, 0, 1]]),
        np.array([2.0, 0.5]),
        np.array([0.4, 0.5]),
        np.array([0.1, 0.2]),
        np.array([1.0, 0.6]),
        1.5,
        np.full((2, 3), 90.0),
    ),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_is_closed_with_its_outside_out(name: str) -> None:
    check_closed(SOLIDS[name])


def spans(mesh: Mesh) -> list[list[float]]:
    return [mesh.vertices.min(0).round(4).tolist(), mesh.vertices.max(0).round(4).tolist()]


@pytest.mark.parametrize("name", ["box", "rounded", "very round", "pillow"])
def test_reaches_both_corners(name: str) -> None:
    np.testing.assert_allclose(spans(SOLIDS[name])[0][:2], [-1, -2], atol=1e-4)
    np.testing.assert_allclose(spans(SOLIDS[name])[1][:2], [1, 0.5], atol=1e-4)


def test_volumes() -> None:
    assert volume_m3(SOLIDS["box"]) == pytest.approx(15)
    assert volume_m3(SOLIDS["prism 1"]) == pytest.approx(4.5)
    many = cylinder((0, 0, 0), 2.0, 0.5, RED, sides=64)
    assert volume_m3(many) == pytest.approx(np.pi / 2, rel=0.01)


@pytest.mark.parametrize("face", ["-x", "+x", "-y", "+y"])
def test_a_panel_shows_its_picture_upright(face: str) -> None:
    shown = panel((-1, -1, 0), (1, 1, 3), RED, Paint((255, 255, 255), "art:0"), face)
    rows = shown.surface == 1
    top = shown.vertices[rows][:, 2] == 3
    np.testing.assert_allclose(shown.uv[rows][top][:, 1], 0.5 / 256, atol=1e-5)
    viewer_right = np.cross([0, 0, 1], shown.normals[rows][0])
    across = shown.vertices[rows] @ viewer_right
    assert (np.sign(across) == np.sign(shown.uv[rows][:, 0] - 0.5)).all()


def test_the_grain_of_wood_runs_along_a_board() -> None:
    board = box((0, 0, 0), (0.1, 0.1, 2), Paint((9, 9, 9), "wood"))
    upright = np.abs(board.normals[:, 2]) < 0.5
    assert np.ptp(board.uv[upright][:, 0]) == 2
    assert np.ptp(board.uv[upright][:, 1]) == pytest.approx(0.1)
