"""Cells to clusters: connected, not too large, and those of before wherever nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.spatial import cKDTree

from streammem.spatial.cells import STEP
from streammem.spatial.components import components
from streammem.spatial.frontiers.config import FrontiersConfig

__all__ = ["cluster", "neighbours", "rename"]

_ROUNDS = 12  # each halves what is too long
_APART = 1e6  # metres between components, so that the nearest is one of the same
_TURN = 0.6  # metres that a normal's unit length is worth when clusters are cut, per metre of split_m


def neighbours(
    cells: Int64[np.ndarray, " n"],
) -> tuple[Int64[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"]]:
    """Pairs of rising cells that touch, by face, edge or corner; each once.

    Three neighbours in z follow one another in the order of the cells: one search finds all of them.
    """
    number, ones, others = np.arange(len(cells)), [], []
    for x, y in ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1)):
        below = cells + x * STEP[0] + y * STEP[1] - (1 if (x, y) != (0, 0) else -1)
        last = below + (2 if (x, y) != (0, 0) else 0)
        first = np.searchsorted(cells, below)
        for ahead in range(3 if (x, y) != (0, 0) else 1):
            there = np.minimum(first + ahead, len(cells) - 1)
            touches = (first + ahead < len(cells)) & (cells[there] <= last)
            ones.append(number[touches])
            others.append(there[touches])
    return np.concatenate(ones), np.concatenate(others)


def cluster(
    cells: Int64[np.ndarray, " n"],
    centres: Float64[np.ndarray, "n 3"],
    normals: Float64[np.ndarray, "n 3"],
    before: Int64[np.ndarray, " n"],
    sizes: Mapping[int, int],
    config: FrontiersConfig,
) -> Int64[np.ndarray, " n"]:
    """A cluster's number for every cell, from 1 on without gaps; 0 for cells of what is too small.

    `cells` rise; `normals` are the sums of their faces. `before` are the frontiers that they were of, 0 for none, -1
    for new cells; `sizes` says how many cells each of these had. What is connected and has neither gained nor lost a
    cell stays as it was. Elsewhere, cells that were of one frontier stay together while they touch, and new ones join
    the nearest of these that they are connected to. What is then too long, or turns too far, is halved across its
    principal axis until it is not: 3D-Mem's 2-means, without chance.
    """
    if not len(cells):
        return before.copy()
    one, other = neighbours(cells)
    component = components(len(cells), one, other)
    smooth = normals.copy()
    for axis in range(3):
        smooth[:, axis] += np.bincount(one, normals[other, axis], len(cells))
        smooth[:, axis] += np.bincount(other, normals[one, axis], len(cells))
    smooth /= np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
    features = np.concatenate([centres, _TURN * config.split_m * smooth], 1)
    changed = (before < 0) | ((before > 0) & ~_whole(component, before, sizes))
    touched = np.zeros(len(cells), np.bool_)  # by component
    touched[component[changed]] = True
    again = touched[component]
    group = np.maximum(before, 0)
    if again.any():
        parted = _regroup(component[again], features[again], group[again], sizes, config)
        group[again] = np.where(parted > 0, parted + int(group.max()), 0)
    return np.where(group > 0, np.unique(group, return_inverse=True)[1] + int(group.min() > 0), 0)


def _regroup(
    component: Int64[np.ndarray, " n"],
    features: Float64[np.ndarray, "n d"],
    before: Int64[np.ndarray, " n"],
    sizes: Mapping[int, int],
    config: FrontiersConfig,
) -> Int64[np.ndarray, " n"]:
    """Groups of cells in components that have changed, from 1 on; 0 for what is too small."""
    centres = features[:, :3]
    label = _join(component, centres, before, before > 0, config.split_m)
    closed = _whole(component, label, sizes) & (label == before)
    group = _halve(_pairs(component, label)[0], features, np.flatnonzero(~closed), config.split_m)
    large = np.bincount(group)[group] >= config.least_cells
    return _join(component, centres, np.where(large, group + 1, 0), large, config.split_m / 2)


def _whole(
    component: Int64[np.ndarray, " n"], label: Int64[np.ndarray, " n"], sizes: Mapping[int, int]
) -> Bool[np.ndarray, " n"]:
    """Which cells are of a frontier that has as many cells in this component as it had."""
    pair, first = _pairs(component, np.maximum(label, 0))
    size = np.array([sizes.get(old, 0) if old > 0 else 0 for old in label[first].tolist()], np.int64)
    whole: Bool[np.ndarray, " n"] = (np.bincount(pair) == size)[pair]
    return whole


def rename(
    group: Int64[np.ndarray, " n"],
    before: Int64[np.ndarray, " n"],
    sizes: Mapping[int, int],
    first_new: int,
    least_iou: float,
) -> dict[int, int]:
    """The id of each cluster: of the old frontier that it overlaps most, where that is not taken, else a new one.

    `sizes` are the cells that old frontiers had. Overlap is intersection over union, largest first.
    """
    pair, first = _pairs(group, before)
    shared, size = np.bincount(pair), np.bincount(group)
    overlaps = sorted(
        (-count / (size[now] + sizes[old] - count), old, now)
        for now, old, count in zip(
            group[first].tolist(), before[first].tolist(), shared.tolist(), strict=True
        )
        if now > 0 and old > 0
    )
    names: dict[int, int] = {}
    for overlap, old, now in overlaps:
        if -overlap >= least_iou and now not in names and old not in names.values():
            names[now] = old
    for now in range(1, len(size)):
        if size[now] and now not in names:
            names[now] = first_new
            first_new += 1
    return names


def _join(
    component: Int64[np.ndarray, " n"],
    centres: Float64[np.ndarray, "n 3"],
    label: Int64[np.ndarray, " n"],
    settled: Bool[np.ndarray, " n"],
    within_m: float,
) -> Int64[np.ndarray, " n"]:
    """Cells that are not settled take the label of the nearest group in their component, if one is near; else 0."""
    joined = np.where(settled, label, 0)
    if settled.all() or not settled.any():
        return joined
    member, first = _pairs(component[settled], label[settled])
    middles = _by_group(centres[settled], member, np.bincount(member))
    tree = cKDTree(np.column_stack([middles, component[settled][first] * _APART]))
    loose = np.column_stack([centres[~settled], component[~settled] * _APART])
    far, nearest = tree.query(loose, distance_upper_bound=within_m)
    names = np.append(label[settled][first], 0)  # what is far from all comes back as one past the last
    joined[~settled] = names[np.where(np.isfinite(far), nearest, len(first))]
    return joined


def _pairs(
    one: Int64[np.ndarray, " n"], other: Int64[np.ndarray, " n"]
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " groups"]]:
    """Equal pairs get equal numbers from 0 on, in the order of the pairs; and where each occurs first."""
    names = np.unique(other, return_inverse=True)[1] if other.any() else other
    _, first, number = np.unique(
        one * (int(names.max(initial=0)) + 1) + names, return_index=True, return_inverse=True
    )
    return number, first


def _halve(
    group: Int64[np.ndarray, " n"],
    features: Float64[np.ndarray, "n d"],
    at: Int64[np.ndarray, " open"],
    longest: float,
) -> Int64[np.ndarray, " n"]:
    """Cut groups through their middle, across the axis of most spread, until none is longer than that along it.

    `at` are the cells of groups that may be too long.
    """
    for _ in range(_ROUNDS):
        if not len(at):
            break
        member = np.unique(group[at], return_inverse=True)[1]
        low, high = _ranges(features[at], member)
        unsure = (np.linalg.norm(high - low, axis=1) > longest)[member]  # no axis is longer than the diagonal
        at, member = at[unsure], np.unique(member[unsure], return_inverse=True)[1]
        if not len(at):
            break
        along = _along(features[at], member)
        low, high = _ranges(along[:, None], member)
        long = (high - low)[member, 0] > longest
        group[at[long & (along > 0)]] += int(group.max()) + 1
        at = at[long]
    return group


def _along(
    features: Float64[np.ndarray, "n d"], member: Int64[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    """Where each row is along the principal axis of its group, from the middle on."""
    count, dim = np.bincount(member), features.shape[1]
    centred = features - _by_group(features, member, count)[member]
    products = (centred[:, :, None] * centred[:, None, :]).reshape(len(features), -1)
    axis = np.linalg.eigh(_by_group(products, member, count).reshape(-1, dim, dim))[1][:, :, -1]
    # The sign of an eigenvector is chance: its largest entry points forward.
    largest = np.take_along_axis(axis, np.abs(axis).argmax(1)[:, None], 1)
    along: Float64[np.ndarray, " n"] = (centred * (axis * np.sign(largest))[member]).sum(1)
    return along


def _ranges(
    values: Float64[np.ndarray, "n d"], member: Int64[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, "g d"], Float64[np.ndarray, "g d"]]:
    """Least and greatest of each column by group."""
    order = np.argsort(member, kind="stable")
    starts = np.flatnonzero(np.diff(member[order], prepend=-1))
    return np.minimum.reduceat(values[order], starts), np.maximum.reduceat(values[order], starts)


def _by_group(
    values: Float64[np.ndarray, "n d"], member: Int64[np.ndarray, " n"], count: Int64[np.ndarray, " g"]
) -> Float64[np.ndarray, "g d"]:
    """Means of rows by group."""
    return np.stack([np.bincount(member, column) / count for column in values.T], 1)
