"""How models stand and hang, and where others can stand on them."""

import numpy as np
import pytest

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.solids import box
from streammem.envs.furniture.standing import set_down, supports_of

GREY = (128, 128, 128)


def table() -> Mesh:
    """A top with a raised part at its left."""
    return joined(
        [
            box((-0.6, -0.4, 0.70), (0.6, 0.4, 0.75), GREY),
            box((-0.6, -0.4, 0.75), (-0.2, 0.4, 1.0), GREY),
            box((-0.05, -0.05, 0), (0.05, 0.05, 0.7), GREY),
        ]
    )


@pytest.mark.parametrize(
    ("mount", "low", "height"),
    [
        ("floor", (-0.5, -0.25, 0.0), 1.0),
        ("surface", (-0.5, -0.25, 0.0), 1.0),
        ("wall", (-0.5, -0.5, 0.0), 1.0),
        ("ceiling", (-0.5, -0.25, -1.0), 1.0),
    ],
)
def test_each_mount_has_its_origin(mount: str, low: tuple[float, ...], height: float) -> None:
    mesh, size = set_down(box((2, 3, 4), (3, 3.5, 5), GREY), mount)
    assert mesh.vertices.min(0) == pytest.approx(low, abs=1e-6)
    assert size == pytest.approx((1.0, 0.5, height), abs=1e-6)


def test_a_support_is_level_and_free() -> None:
    (support,) = supports_of(table(), 0.75)
    assert support.z == pytest.approx(0.75, abs=1e-3)
    assert -0.2 <= support.low[0] <= -0.16
    assert support.high == pytest.approx((0.6, 0.4), abs=0.04)
    assert support.clear_m == 0.6


def test_without_a_hint_the_largest_high_surface_is_found() -> None:
    (support,) = supports_of(table(), None)
    assert support.z == pytest.approx(0.75, abs=1e-3)


def test_shelves_have_several_with_what_is_free_above_them() -> None:
    boards = [box((-0.4, -0.15, z), (0.4, 0.15, z + 0.02), GREY) for z in (0.3, 0.6, 0.9)]
    back = box((-0.4, 0.15, 0), (0.4, 0.17, 0.92), GREY)
    found = supports_of(joined([*boards, back]), 0.62, shelves=True)
    assert round(found[0].z, 2) == 0.62
    assert sorted(round(s.z, 2) for s in found) == [0.32, 0.62, 0.92]
    assert {round(s.clear_m, 1) for s in found} == {0.3, 0.6}


def test_a_wrong_hint_gives_none() -> None:
    assert supports_of(table(), 0.3) == ()
    assert supports_of(table(), 1.9) == ()


def test_supports_lie_within_the_box() -> None:
    mesh = table()
    for support in supports_of(mesh, None, shelves=True):
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        assert (np.array([*support.low, support.z]) >= low - 1e-6).all()
        assert (np.array([*support.high, support.z]) <= high + 1e-6).all()
