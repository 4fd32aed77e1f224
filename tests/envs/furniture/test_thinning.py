"""Fewer triangles, the same thing: shape, pictures, normals."""

import numpy as np
import pytest

from streammem.envs.furniture.assembly import assembled
from streammem.envs.furniture.collapsing import collapsed
from streammem.envs.furniture.leaves import is_leaf
from streammem.envs.furniture.looking import visible
from streammem.envs.furniture.reading import Piece
from streammem.envs.furniture.shading import corner_normals, face_normals
from streammem.envs.furniture.thinning import thinned
from streammem.envs.furniture.welding import first_copies, parts, patches, welded

PICTURE = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)


def ball(radius: float = 1.0, steps: int = 40, *, inside: bool = False) -> np.ndarray:
    """A sphere's triangles, seen from outside or inside."""
    v, u = np.meshgrid(
        np.linspace(0, np.pi, steps + 1), np.linspace(0, 2 * np.pi, 2 * steps + 1), indexing="ij"
    )
    grid = radius * np.stack([np.sin(v) * np.cos(u), np.sin(v) * np.sin(u), np.cos(v)], -1)
    a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
    found = np.concatenate(
        [np.stack([a, b, c], -2).reshape(-1, 3, 3), np.stack([a, c, d], -2).reshape(-1, 3, 3)]
    )
    return found[:, ::-1] if inside else found


def plane(steps: int = 12, z: float = 0.0) -> np.ndarray:
    """A square from 0 to 1 that faces up."""
    x, y = np.meshgrid(np.linspace(0, 1, steps + 1), np.linspace(0, 1, steps + 1), indexing="ij")
    grid = np.stack([x, y, np.full_like(x, z)], -1)
    a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
    return np.concatenate(
        [np.stack([a, b, c], -2).reshape(-1, 3, 3), np.stack([a, c, d], -2).reshape(-1, 3, 3)]
    )


def piece(corners: np.ndarray, uv: np.ndarray | None = None) -> Piece:
    return Piece(corners, uv, (10, 20, 30), None if uv is None else PICTURE)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_reduced_ball_is_round_and_its_normals_point_away() -> None:
    mesh = assembled(thinned([piece(ball())], 300, rng=rng()), "ball", rng=rng())
    assert 250 <= len(mesh.triangles) <= 320
    radius = np.linalg.norm(mesh.vertices, axis=1)
    assert 0.93 < radius.min() <= radius.max() < 1.07
    assert ((mesh.vertices / radius[:, None] * mesh.normals).sum(1) > 0.9).all()


def test_the_same_comes_out_again() -> None:
    first, second = (assembled(thinned([piece(ball())], 200, rng=rng()), "a", rng=rng()) for _ in range(2))
    assert first.vertices.tobytes() == second.vertices.tobytes()
    assert first.normals.tobytes() == second.normals.tobytes()


def test_texture_coordinates_stay_where_they_were() -> None:
    """On two planes, one above the other, with their own halves of the picture: nothing is torn between them."""
    corners = np.concatenate([plane(), plane(z=0.5)])
    uv = corners[..., :2] * (1, 0.5) + (0, 1) * (corners[..., 2:] * (0, 1))
    corners = corners + 0.01 * np.sin(9 * corners[..., :1]) * (0, 0, 1)
    mesh = assembled(thinned([piece(corners, uv)], 60, rng=rng()), "plane", rng=rng())
    wanted = mesh.vertices[:, :2] * (1, 0.5) + np.where(mesh.vertices[:, 2:] > 0.25, (0, 0.5), (0, 0))
    assert np.abs(mesh.uv - wanted).max() < 0.08
    assert mesh.surfaces == ("plane/0",) or len(mesh.pictures) == len(mesh.surfaces)


def test_what_lies_inside_goes() -> None:
    kept = visible([piece(ball()), piece(ball(0.5))])
    assert len(kept) == 1
    assert len(kept[0][0].corners) > 5000


def test_what_shows_its_back_is_turned_over_and_sheets_show_both_sides() -> None:
    ((turned, _),) = visible([piece(ball(inside=True))])
    assert ((turned.corners.mean(1) * face_normals(turned.corners)).sum(1) > 0).mean() > 0.99
    ((sheet, _),) = visible([piece(plane())])
    assert sheet.both
    mesh = assembled(thinned([piece(plane())], 60, rng=rng()), "sheet", rng=rng())
    assert {round(float(z)) for z in mesh.normals[:, 2]} == {-1, 1}


def test_copies_of_a_triangle_and_mere_edges_go() -> None:
    triangles = np.array([[0, 1, 2], [2, 1, 0], [1, 2, 3], [1, 1, 3]])
    assert first_copies(triangles).tolist() == [True, False, True, False]


def test_parts_share_corners_and_patches_share_the_picture_too() -> None:
    corners = plane(2)
    assert len(np.unique(parts(welded(corners)[1]))) == 1
    assert len(np.unique(parts(welded(np.concatenate([corners, corners + 5]))[1]))) == 2
    uv = corners[..., :2].copy()
    uv[corners.mean(1)[:, 0] > 0.5] += 0.5
    assert len(np.unique(patches(corners, uv))) == 2


def test_normals_are_smooth_over_bends_and_sharp_over_edges() -> None:
    corners = ball(steps=12)
    smooth = corner_normals(corners, welded(corners)[1])
    assert ((smooth * corners).sum(-1) > 0.9).mean() > 0.9
    wall = plane(2)[..., [2, 0, 1]] * (1, 1, 1)
    both = np.concatenate([plane(2), wall])
    assert np.allclose(np.abs(corner_normals(both, welded(both)[1])).max(-1), 1)


@pytest.mark.parametrize("fins", [1, 3])
def test_surfaces_with_edges_of_three_faces_reach_their_budget(fins: int) -> None:
    fin = [plane(16)[..., [0, 2, 1]] * (1, 1, k) for k in range(1, fins + 1)]
    corners = np.concatenate([plane(16), *fin])
    assert 4 <= len(collapsed(piece(corners), 80).corners) <= 112


def test_leaves_are_small_loose_and_turned_every_way() -> None:
    turns = np.linalg.qr(rng().normal(size=(200, 3, 3)))[0]
    leaves = np.concatenate(
        [0.1 * plane(1) @ turn.T + at for turn, at in zip(turns, rng().random((200, 3)), strict=True)]
    )
    part = parts(welded(leaves)[1])
    assert is_leaf(leaves, part).all()
    keys = np.concatenate([0.1 * plane(1) + at for at in rng().random((200, 3))])
    assert not is_leaf(keys, parts(welded(keys)[1])).any()
    pot = piece(np.concatenate([ball(0.3), leaves + 1]))
    less = assembled(thinned([pot], 300, foliage=True, rng=rng()), "plant", rng=rng())
    assert 150 < len(less.triangles) < 400
    assert less.vertices.max() > 1.8


def test_a_picture_of_one_colour_becomes_that_colour() -> None:
    plain = Piece(plane(), plane()[..., :2], (1, 2, 3), np.full((256, 256, 3), 77, np.uint8))
    mesh = assembled([(plain, plain)], "a", rng=rng())
    assert mesh.pictures == {}
    assert mesh.colours[0].tolist() == [77, 77, 77, 0]
