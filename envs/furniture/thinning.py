"""Fewer triangles that still look like the thing: what nobody sees goes first, then edges that matter least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float64, Int64

from streammem.envs.furniture.collapsing import collapsed
from streammem.envs.furniture.leaves import fewer_leaves, is_leaf
from streammem.envs.furniture.looking import subset, visible
from streammem.envs.furniture.reading import Piece
from streammem.envs.furniture.welding import parts, welded

__all__ = ["thinned"]

SEEN = 0.7  # how much more its size in the pictures counts for a part than how finely it was modelled
LEAST = 4  # triangles that every part keeps: no closed one has fewer


def thinned(
    pieces: Sequence[Piece], most: int, *, foliage: bool = False, rng: np.random.Generator
) -> list[tuple[Piece, Piece]]:
    """Pieces with about `most` triangles together, each with the one that it stands for.

    The connected parts share the budget by how much is seen of them; those that get too little go. Each of the
    others is reduced by itself (`collapsing.py`). Reduced pieces have no texture coordinates: `transfer.py` finds
    them. With `foliage`, heaps of small loose parts are thinned out instead (`leaves.py`).
    """
    groups: list[Piece] = []  # connected parts, and foliage as one
    owners: list[int] = []
    pixels: list[float] = []
    seen = visible(pieces)
    for owner, (piece, hits) in enumerate(seen):
        part = parts(welded(piece.corners)[1]) + 1
        if foliage:
            part[is_leaf(piece.corners, part)] = 0
        for number, total in enumerate(np.bincount(part, hits)):
            chosen = part == number
            if chosen.any():
                groups.append(replace(subset(piece, chosen), leaves=number == 0))
                owners.append(owner)
                pixels.append(float(total))
    counts = np.array([len(group.corners) * (1 + group.both) for group in groups], np.int64)
    shares = _shares(counts, np.array(pixels), most)
    return _gathered(seen, groups, owners, counts, shares, rng)


def _shares(
    counts: Int64[np.ndarray, " p"], pixels: Float64[np.ndarray, " p"], most: int
) -> Int64[np.ndarray, " p"]:
    """How many triangles each part may keep, no more than it has; none for those that are hardly seen."""
    weights = pixels**SEEN * counts ** (1 - SEEN)
    kept = np.zeros(len(counts), bool)
    kept[np.argsort(-pixels, kind="stable")[: max(most // LEAST, 1)]] = True
    kept &= weights > 0
    shares = np.where(kept, np.minimum(counts, LEAST), 0).astype(np.float64)
    for _ in range(8):
        wanting = kept & (shares < counts)
        left = most - shares.sum()
        if left < 1 or not wanting.any():
            break
        pull = np.where(wanting, weights, 0.0)
        shares = np.where(wanting, np.minimum(shares + left * pull / pull.sum(), counts), shares)
    return np.floor(shares).astype(np.int64)


def _gathered(
    seen: Sequence[tuple[Piece, Float64[np.ndarray, " _"]]],
    groups: Sequence[Piece],
    owners: Sequence[int],
    counts: Int64[np.ndarray, " p"],
    shares: Int64[np.ndarray, " p"],
    rng: np.random.Generator,
) -> list[tuple[Piece, Piece]]:
    """The groups at their shares: for each piece what stays, and what was reduced."""
    whole: dict[int, list[Piece]] = {owner: [] for owner in range(len(seen))}
    fewer: dict[int, list[tuple[Piece, Piece]]] = {owner: [] for owner in range(len(seen))}
    for group, owner, count, share in zip(groups, owners, counts, shares, strict=True):
        if share == 0:
            continue
        if share >= count:
            whole[owner].append(group)
        elif group.leaves:
            whole[owner].append(fewer_leaves(group, parts(welded(group.corners)[1]), int(share), rng=rng))
        else:
            fewer[owner].append((collapsed(group, int(share) // (1 + group.both)), group))
    found = []
    for owner, pieces in whole.items():
        found += [(piece, piece) for piece in _joined(pieces)]
        reduced = _joined([piece for piece, _ in fewer[owner]])
        sources = _joined([source for _, source in fewer[owner]])
        found += list(zip(reduced, sources, strict=True))
    return [(piece, source) for piece, source in found if len(piece.corners)]


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces of one material as one; sheets that show both sides by themselves."""
    found = []
    for both in (False, True):
        some = [piece for piece in pieces if piece.both == both]
        if some:
            uv = None if some[0].uv is None else np.concatenate([p.uv for p in some if p.uv is not None])
            found.append(replace(some[0], corners=np.concatenate([p.corners for p in some]), uv=uv))
    return found
