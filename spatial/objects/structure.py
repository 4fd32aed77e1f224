"""Planes among voxels: floor and walls, table tops and seats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.ndimage import binary_dilation

from streammem.spatial.components import components
from streammem.spatial.objects.grid import HALF, pack

__all__ = ["Plane", "planes"]

THIN = 0.7  # voxels: a patch that deviates less from its plane (root mean square) is flat
WIDE = 0.9  # and it has to be wider than that, or any line would be flat
FEWEST = 6  # voxels of a patch
PARALLEL = 0.94  # cosine between the normals of neighbours in one plane
STEP = 0.8  # voxels: neighbours in one plane are this near to each other's planes
REACH = (
    3  # coarse cells that a plane goes on beyond where it was told: around and under things that stand on it
)
NEAR = 1.05  # voxels: what is so near to a plane belongs to it


@dataclass(frozen=True, slots=True)
class _Patches:
    """Coarse cells of 2x2x2 voxels, with the plane through the voxels of their 27 neighbours."""

    of: Int64[np.ndarray, " n"]  # the cell of each voxel
    cells: Int64[np.ndarray, "k 3"]
    moments: Float64[np.ndarray, "k 10"]  # count, sums and sums of products of the cell's own voxels
    middle: Float64[np.ndarray, "k 3"]
    normal: Float64[np.ndarray, "k 3"]
    flat: Bool[np.ndarray, " k"]
    pairs: tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Voxels in one plane: which, its middle and unit normal in voxels, and how long and wide it is, in voxels."""

    of: Bool[np.ndarray, " n"]
    middle: Float64[np.ndarray, " 3"]
    normal: Float64[np.ndarray, " 3"]
    size: tuple[float, float]


def planes(cells: Int64[np.ndarray, "n 3"], extent: float) -> list[Plane]:
    """The planes that reach `extent` voxels one way and half of that the other, the largest first.

    Planes grow from flat patches to neighbours with the same plane; no direction is preferred, so it does not have
    to be known where up is. A voxel may lie in several.
    """
    if len(cells) < FEWEST:
        return []
    low = cells.min(axis=0)
    points = (cells - low).astype(np.float64)
    patches = _patches(cells, points)
    one, other = patches.pairs
    apart = patches.middle[other] - patches.middle[one]
    together = patches.flat[one] & patches.flat[other]
    for end in (one, other):
        together &= np.abs(np.einsum("ij,ij->i", apart, patches.normal[end])) <= STEP
    one, other = one[together], other[together]
    parallel = np.abs(np.einsum("ij,ij->i", patches.normal[one], patches.normal[other])) >= PARALLEL
    part = components(len(patches.cells), one[parallel], other[parallel])
    part[~patches.flat] = -1
    size = np.bincount(part[part >= 0], minlength=1)
    found = []
    for number in np.flatnonzero(size >= (extent / 2) * (extent / 4) / 2):
        members = np.flatnonzero(part == number)
        middle, axes, spread = _plane(patches.moments[members].sum(axis=0))
        wide = np.sqrt(12 * spread)  # of an evenly filled rectangle
        if wide[2] < extent or wide[1] < extent / 2 or spread[0] > 2.0:
            continue
        near = _near(points, patches, members, (middle, axes, spread))
        place = Plane(of=near, middle=middle + low, normal=axes[:, 0], size=(float(wide[2]), float(wide[1])))
        found.append(place)
    return sorted(found, key=lambda plane: -plane.size[0] * plane.size[1])


def _near(
    points: Float64[np.ndarray, "n 3"],
    patches: _Patches,
    members: Int64[np.ndarray, " m"],
    plane: tuple[Float64[np.ndarray, " 3"], Float64[np.ndarray, "3 3"], Float64[np.ndarray, " 3"]],
) -> Bool[np.ndarray, " n"]:
    """Voxels close to a plane, where it was told or not far from there."""
    middle, axes, spread = plane
    flat = np.zeros(len(patches.cells), np.bool_)
    flat[members] = True
    off = np.abs(points @ axes[:, 0] - middle @ axes[:, 0])
    near = off <= np.clip(2 * np.sqrt(spread[0]), NEAR, 1.6)
    inside = flat[patches.of] & (off <= 2.0)
    rows = np.flatnonzero(near | inside)
    spots = np.floor((points[rows] - middle) @ axes[:, 1:] / 2).astype(np.int64)
    spots -= spots.min(axis=0, initial=0) - REACH
    grid = np.zeros(spots.max(axis=0, initial=0) + REACH + 1, np.bool_)
    told = spots[inside[rows]]
    grid[told[:, 0], told[:, 1]] = True
    grid = binary_dilation(grid, np.ones((3, 3), np.bool_), iterations=REACH)
    found = np.zeros(len(points), np.bool_)
    found[rows] = grid[spots[:, 0], spots[:, 1]]
    return found


def _patches(cells: Int64[np.ndarray, "n 3"], points: Float64[np.ndarray, "n 3"]) -> _Patches:
    coarse = cells >> 1
    index, shape = pack(coarse)
    keys, first, of = np.unique(index, return_index=True, return_inverse=True)
    own = _moments(points, of, len(keys))
    grid = np.full(shape[0] * shape[1] * shape[2], -1, np.int32)
    grid[keys] = np.arange(len(keys), dtype=np.int32)
    steps = (HALF[:, 0] * shape[1] + HALF[:, 1]) * shape[2] + HALF[:, 2]
    beside = grid[keys[None, :] + steps[:, None]]
    step, one = np.nonzero(beside >= 0)
    other = beside[step, one].astype(np.int64)
    around = own.copy()
    for column in range(own.shape[1]):
        around[:, column] += np.bincount(one, own[other, column], minlength=len(keys))
        around[:, column] += np.bincount(other, own[one, column], minlength=len(keys))
    middle, normal, thin, wide = _normals(around)
    flat = (around[:, 0] >= FEWEST) & (thin <= THIN**2) & (wide >= WIDE**2)
    return _Patches(of, coarse[first], own, middle, normal, flat, (one, other))


def _moments(
    points: Float64[np.ndarray, "n 3"], of: Int64[np.ndarray, " n"], count: int
) -> Float64[np.ndarray, "k 10"]:
    x, y, z = points.T
    columns = (x, y, z, x * x, x * y, x * z, y * y, y * z, z * z)
    sums = [np.bincount(of, minlength=count).astype(np.float64)]
    return np.stack([*sums, *(np.bincount(of, column, minlength=count) for column in columns)], axis=1)


def _square(moments: Float64[np.ndarray, "*k 10"]) -> tuple[np.ndarray, np.ndarray]:
    """Middle and covariances (xx, xy, xz, yy, yz, zz first) from sums over points."""
    count = np.maximum(moments[..., :1], 1)
    middle = moments[..., 1:4] / count
    x, y, z = np.moveaxis(middle, -1, 0)
    products = np.stack([x * x, x * y, x * z, y * y, y * z, z * z])
    return middle, np.moveaxis(moments[..., 4:] / count, -1, 0) - products


def _plane(
    moments: Float64[np.ndarray, " 10"],
) -> tuple[Float64[np.ndarray, " 3"], Float64[np.ndarray, "3 3"], Float64[np.ndarray, " 3"]]:
    """Middle, axes (columns, the normal first) and variances along them, from sums over points."""
    middle, square = _square(moments)
    spread, axes = np.linalg.eigh(square[[0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(3, 3))
    return middle, axes, np.maximum(spread, 0)


def _normals(
    moments: Float64[np.ndarray, "k 10"],
) -> tuple[
    Float64[np.ndarray, "k 3"],
    Float64[np.ndarray, "k 3"],
    Float64[np.ndarray, " k"],
    Float64[np.ndarray, " k"],
]:
    """Middles, unit normals and the two smallest variances of many small sets of points.

    Eigenvalues of symmetric 3x3 matrices in closed form (Smith 1961), many times faster than a solver for each.
    """
    middle, (xx, xy, xz, yy, yz, zz) = _square(moments)
    mean = (xx + yy + zz) / 3
    a, b, c = xx - mean, yy - mean, zz - mean
    size = np.sqrt(np.maximum((a**2 + b**2 + c**2 + 2 * (xy**2 + xz**2 + yz**2)) / 6, 1e-18))
    half = (a * (b * c - yz**2) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz)) / (2 * size**3)
    angle = np.arccos(np.clip(half, -1, 1)) / 3
    most = mean + 2 * size * np.cos(angle)
    least = mean + 2 * size * np.cos(angle + 2 * np.pi / 3)
    # The normal is at right angles to the rows of A - least I; of their three products the longest is the surest.
    one = np.stack([xx - least, xy, xz], axis=-1)
    two = np.stack([xy, yy - least, yz], axis=-1)
    three = np.stack([xz, yz, zz - least], axis=-1)
    products = np.stack([np.cross(one, two), np.cross(two, three), np.cross(three, one)])
    length = np.einsum("sij,sij->si", products, products)
    best = length.argmax(axis=0)
    rows = np.arange(len(best))
    normal = products[best, rows] / np.sqrt(np.maximum(length[best, rows], 1e-30))[:, None]
    return middle, normal, np.maximum(least, 0), np.maximum(3 * mean - most - least, 0)
