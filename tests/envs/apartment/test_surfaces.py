"""Surfaces: the same everywhere, materials repeat without a seam and leave colours nearly as they are."""

import numpy as np
import pytest

from streammem.envs.apartment.materials import MATERIALS
from streammem.envs.apartment.surfaces import SURFACES, surface
from streammem.errors import ObservationError

GEOMETRIC = {
    "planks",
    "parquet",
    "tile",
    "small tile",
    "brick",
}  # their joints are steps, at the border as elsewhere


@pytest.mark.parametrize("name", SURFACES)
def test_is_drawn_once_and_the_same_again(name: str) -> None:
    first = surface(name)
    assert first.shape == (256, 256, 3) and first.dtype == np.uint8 and not first.flags.writeable
    assert surface(name) is first
    np.testing.assert_array_equal(surface.__wrapped__(name), first)


@pytest.mark.parametrize("name", [name for name in MATERIALS if name not in GEOMETRIC])
def test_a_material_goes_on_over_its_border(name: str) -> None:
    picture = surface(name).astype(np.float64)
    for axis in (0, 1):
        across = np.abs(picture - np.roll(picture, 1, axis)).mean(axis=(1 - axis, 2))
        assert across[0] <= np.percentile(across, 99) * 1.3 + 0.5


@pytest.mark.parametrize("name", sorted(GEOMETRIC))
def test_joints_at_the_border_are_joints_elsewhere_too(name: str) -> None:
    picture = surface(name).astype(np.float64).mean(2)
    assert np.abs(np.diff(picture, axis=0)).mean(1).max() >= np.abs(picture[0] - picture[-1]).mean() * 0.8


@pytest.mark.parametrize("name", MATERIALS)
def test_a_material_is_nearly_white(name: str) -> None:
    assert 160 < surface(name).mean() <= 255
    assert np.ptp(surface(name).mean((0, 1))) < 25


def test_pictures_of_a_kind_differ() -> None:
    pictured = [surface(name) for name in SURFACES if ":" in name]
    assert len({picture.tobytes() for picture in pictured}) == len(pictured)


def test_an_unknown_surface_is_an_error() -> None:
    with pytest.raises(ObservationError, match="chocolate"):
        surface("chocolate")
    with pytest.raises(ObservationError, match="art:99"):
        surface("art:99")
