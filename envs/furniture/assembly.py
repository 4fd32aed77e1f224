"""Pieces as one mesh of the apartment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.furniture.reading import Piece
from streammem.envs.furniture.shading import corner_normals
from streammem.envs.furniture.transfer import taken_over
from streammem.envs.furniture.welding import welded

__all__ = ["assembled"]

SHEET_M = 0.0006  # thickness of a sheet that shows both sides
PLAIN = 5.0  # grey levels that a picture must differ from its mean to be worth keeping


def assembled(pairs: Sequence[tuple[Piece, Piece]], name: str, *, rng: np.random.Generator) -> Mesh:
    """One mesh from reduced pieces and those that they stand for; its pictures are called after `name`."""
    meshes = []
    for number, (piece, source) in enumerate(pairs):
        if not len(piece.corners):
            continue
        if piece.uv is None and (piece is not source):
            normals, uv = taken_over(source, piece.corners, rng=rng)
        else:
            normals, uv = corner_normals(piece.corners, welded(piece.corners)[1]), piece.uv
        whole = _plain(replace(piece, uv=uv))
        if piece.both:
            whole, normals = _two_sided(whole, normals)
        meshes.append(_mesh(whole, normals, f"{name}/{number}"))
    return joined(meshes)


def _plain(piece: Piece) -> Piece:
    """A piece whose picture is one colour as that colour; a picture that is kept is shown as it is."""
    if piece.picture is None or piece.uv is None:
        return replace(piece, picture=None, uv=None)
    mean = piece.picture.mean((0, 1))
    if np.abs(piece.picture - mean).mean() >= PLAIN:
        return replace(piece, colour=(255, 255, 255))
    red, green, blue = (round(float(value)) for value in mean)
    return replace(piece, picture=None, uv=None, colour=(red, green, blue))


def _two_sided(
    piece: Piece, normals: Float64[np.ndarray, "t 3 3"]
) -> tuple[Piece, Float64[np.ndarray, "_ 3 3"]]:
    """A sheet with a front and a back."""
    corners = np.concatenate(
        [piece.corners + normals * SHEET_M / 2, (piece.corners - normals * SHEET_M / 2)[:, ::-1]]
    )
    uv = None if piece.uv is None else np.concatenate([piece.uv, piece.uv[:, ::-1]])
    return replace(piece, corners=corners, uv=uv), np.concatenate([normals, -normals[:, ::-1]])


def _mesh(piece: Piece, normals: Float64[np.ndarray, "t 3 3"], name: str) -> Mesh:
    """A piece as a mesh whose corners are shared where they agree in everything."""
    count = 3 * len(piece.corners)
    uv = np.zeros((count, 2)) if piece.uv is None else piece.uv.reshape(-1, 2)
    rows = np.concatenate([piece.corners.reshape(-1, 3), normals.reshape(-1, 3), uv], 1).astype(np.float32)
    _, first, which = np.unique(
        np.round(rows * 1e4).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    kept = rows[first]
    colours = np.empty((len(kept), 4), np.uint8)
    colours[:] = (*piece.colour, 0)
    return Mesh(
        kept[:, :3].copy(),
        kept[:, 3:6].copy(),
        colours,
        kept[:, 6:].copy(),
        np.zeros(len(kept), np.uint8),
        which.reshape(-1, 3).astype(np.int32),
        ("plain",) if piece.picture is None else (name,),
        {} if piece.picture is None else {name: piece.picture},
    )
