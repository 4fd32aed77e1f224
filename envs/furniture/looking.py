"""What of a model can be seen, and from which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

from streammem.envs.furniture.reading import Piece
from streammem.envs.furniture.shading import face_normals
from streammem.envs.furniture.welding import first_copies, parts, welded

__all__ = ["subset", "visible"]

VIEWS = 26  # directions from which a model is looked at
SIDE = 160  # pixels of each look, square
PIXELS = 4  # in all looks together, below which a part is not worth its triangles
BOTH = 0.15  # share of looks on its back from which a part is a sheet that shows both sides


def visible(pieces: Sequence[Piece]) -> list[tuple[Piece, Float64[np.ndarray, " _"]]]:
    """Pieces as they are seen from around, and how many pixels fell on each triangle.

    Copies of a triangle and parts that hardly a look reaches are left out. Triangles that show their back are turned
    over; those of sheets that show both sides stay and are marked (`Piece.both`), one piece becoming two.
    """
    pieces = [subset(piece, first_copies(welded(piece.corners)[1])) for piece in pieces]
    pieces = [subset(piece, np.asarray(face_normals(piece.corners).any(1))) for piece in pieces]
    pieces = [piece for piece in pieces if len(piece.corners)]
    if not pieces:
        return []
    front, back = _looked_at(np.concatenate([piece.corners for piece in pieces]))
    starts = np.cumsum([0] + [len(piece.corners) for piece in pieces])
    found: list[tuple[Piece, Float64[np.ndarray, " _"]]] = []
    for piece, start in zip(pieces, starts, strict=False):
        rows = slice(start, start + len(piece.corners))
        found += _sides(piece, front[rows], back[rows])
    return found


def _sides(
    piece: Piece, front: Float64[np.ndarray, " t"], back: Float64[np.ndarray, " t"]
) -> list[tuple[Piece, Float64[np.ndarray, " _"]]]:
    """A piece without hidden parts, turned the right way; what shows both sides apart."""
    part = parts(welded(piece.corners)[1])
    of_front, of_back = np.bincount(part, front), np.bincount(part, back)
    of_all = of_front + of_back
    both = (np.minimum(of_front, of_back) > BOTH * of_all)[part]
    wrong = np.where(front == back, (of_back > of_front)[part], back > front) & ~both
    seen = (of_all >= PIXELS)[part]
    turned = _turned(piece, wrong)
    return [
        (replace(subset(turned, seen & (both == sheet)), both=sheet), (front + back)[seen & (both == sheet)])
        for sheet in (False, True)
        if (seen & (both == sheet)).any()
    ]


def subset(piece: Piece, chosen: Bool[np.ndarray, " t"]) -> Piece:
    """Some triangles of a piece."""
    uv = None if piece.uv is None else piece.uv[chosen]
    return replace(piece, corners=piece.corners[chosen], uv=uv)


def _turned(piece: Piece, wrong: Bool[np.ndarray, " t"]) -> Piece:
    """A piece with some triangles turned over."""
    order = np.where(wrong[:, None], [2, 1, 0], [0, 1, 2])
    rows = np.arange(len(order))[:, None]
    uv = None if piece.uv is None else piece.uv[rows, order]
    return replace(piece, corners=piece.corners[rows, order], uv=uv)


def _looked_at(
    corners: Float64[np.ndarray, "t 3 3"],
) -> tuple[Float64[np.ndarray, " t"], Float64[np.ndarray, " t"]]:
    """How many pixels of parallel looks from all around fall on each triangle's front, and on its back."""
    from streammem.spatial.open3d import load

    o3d = load()
    low, high = corners.min((0, 1)), corners.max((0, 1))
    middle, radius = (low + high) / 2, max(float(np.linalg.norm(high - low)) / 2, 1e-6)
    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    scene.add_triangles(
        ((corners.reshape(-1, 3) - middle) / radius).astype(np.float32),
        np.arange(3 * len(corners), dtype=np.uint32).reshape(-1, 3),
    )
    normal = face_normals(corners)
    sides = np.zeros((2, len(corners)))
    grid = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    for way in _directions():
        right = np.cross(way, [0.0, 0.0, 1.0] if abs(way[2]) < 0.9 else [0.0, 1.0, 0.0])
        right /= np.linalg.norm(right)
        up = np.cross(right, way)
        origins = grid[:, None, None] * right + grid[None, :, None] * up - 2 * way
        rays = np.concatenate([origins, np.broadcast_to(way, origins.shape)], -1).astype(np.float32)
        ids = scene.cast_rays(o3d.core.Tensor(rays.reshape(-1, 6)))["primitive_ids"].numpy()
        hit: Int64[np.ndarray, " h"] = np.bincount(ids[ids != scene.INVALID_ID], minlength=len(corners))
        away = normal @ way > 0
        sides[0] += np.where(away, 0, hit)
        sides[1] += np.where(away, hit, 0)
    return sides[0], sides[1]


def _directions() -> Float64[np.ndarray, "v 3"]:
    """Directions all around, evenly (a Fibonacci sphere)."""
    i = np.arange(VIEWS) + 0.5
    z, turn = 1 - 2 * i / VIEWS, np.pi * (1 + 5**0.5) * i
    across = np.sqrt(1 - z * z)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], 1)
