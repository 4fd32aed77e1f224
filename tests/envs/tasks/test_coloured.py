"""Cubes and pillars."""

import itertools

import numpy as np
import pytest

from streammem.envs.tasks.coloured import COLOURS, cube, pillar
from streammem.errors import ObservationError


@pytest.mark.parametrize("make", [cube, pillar])
def test_triangles_face_outward(make: object) -> None:
    mesh = make("red").parts[0].mesh
    corners = mesh.vertices[mesh.triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("ij,ij->i", faces, mesh.normals[mesh.triangles[:, 0]]) > 0).all()


def test_colours_are_far_apart_and_one_walks_through() -> None:
    assert min(np.abs(np.subtract(a, b)).sum() for a, b in itertools.combinations(COLOURS.values(), 2)) > 120
    assert not any(part.solid for make in (cube, pillar) for part in make("blue").parts)


@pytest.mark.parametrize("make", [cube, pillar])
def test_unknown_colours(make: object) -> None:
    with pytest.raises(ObservationError, match="no colour 'mauve'"):
        make("mauve")
