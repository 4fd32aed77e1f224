"""Voxels that hang together once floor and walls are taken away, and what stands on tops and seats by itself."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from streammem.spatial.components import components
from streammem.spatial.objects.grid import neighbours
from streammem.spatial.objects.structure import Plane, planes
from streammem.spatial.objects.surface import Surface
from streammem.spatial.objects.tables import ObjectTables

__all__ = ["Groups"]

ROOM = 1  # what `hold` says of a voxel of floor or wall
KNOWN = 0.5  # share of a plane that was floor or wall before, for it to be that now, however little of it is in view
FARTHEST = 442.0  # distance from black to white
SAME = 0.98  # cosine between the normals of two parts of one side of the room
APART = 1.5  # voxels from one part's middle to the other's plane
FRONT = 0.85  # share of a thing's voxels in front of the plane on which it stands
FOOT = 0.6  # share of its touches that are with that plane


class Groups:
    """Groups voxels into clusters, without labels.

    Planes as large as a room's sides are structure, and stay so. What is connected without them is one cluster, say
    a table with all that is on it; of these, small connected parts that lie on one side of a smaller plane, the side
    from which it is seen, are clusters of their own: what stands on the table, not its legs.
    """

    def __init__(self, tables: ObjectTables, surface: Surface) -> None:
        self.tables, self.surface, self.config = tables, surface, tables.config

    def group(self, rows: Int64[np.ndarray, " n"], eye: Float64[np.ndarray, " 3"]) -> Int64[np.ndarray, " n"]:
        """The cluster of each row, -1 for none; seen from `eye`."""
        voxel_m, part = self.surface.voxel_m, np.full(len(rows), -1, np.int64)
        cells = self.surface.cells(rows)
        found = planes(cells, self.config.plane_m / voxel_m)
        smaller = self._take_room(rows, found)
        loose = np.flatnonzero(self.tables.hold[rows] != ROOM)
        one, other = neighbours(cells[loose])
        alike = self._alike(rows[loose], one, other)
        one, other = one[alike], other[alike]
        flat = np.zeros(len(loose), np.bool_)
        for plane in smaller:
            flat |= plane.of[loose]
        group = self._without_flat(len(loose), flat, one, other)
        things = self._standing(
            cells[loose], flat, group, one, other, [(p, p.of[loose]) for p in smaller], eye / voxel_m
        )
        is_thing = np.isin(group, things)
        apart = is_thing[one] == is_thing[other]
        whole = components(len(loose), one[apart], other[apart])
        part[loose] = self._kept(
            cells[loose], self._parted(cells[loose], whole, group, [p.of[loose] for p in smaller])
        )
        return part

    def _parted(
        self,
        cells: Int64[np.ndarray, "n 3"],
        whole: Int64[np.ndarray, " n"],
        group: Int64[np.ndarray, " n"],
        smaller: list[Bool[np.ndarray, " n"]],
    ) -> Int64[np.ndarray, " n"]:
        """What is too large for one object falls into its planes and the parts between them."""
        if not len(whole):
            return whole
        count = int(whole.max()) + 1
        wide = np.asarray(
            _extent(cells, whole, count) > self.config.structure_m / self.surface.voxel_m + 1e-6
        )
        piece = group + len(smaller)
        for number, of in enumerate(smaller):
            piece[of & (group < 0)] = number
        return np.where(wide[whole], count + piece, whole)

    def _take_room(self, rows: Int64[np.ndarray, " n"], found: list[Plane]) -> list[Plane]:
        """Planes of a room's size are marked as structure, for good; the others come back."""
        most, smaller = self.config.structure_m / self.surface.voxel_m, []
        hold = self.tables.hold
        for plane in found:
            mine = rows[plane.of]
            large = plane.size[0] >= most and plane.size[1] >= most / 3
            known = self._side(plane)
            if large and not known:
                self._remember(plane)
            if large or known or (hold[mine] == ROOM).mean() >= KNOWN:
                hold[mine] = ROOM
            else:
                smaller.append(plane)
        return smaller

    def _side(self, plane: Plane) -> bool:
        """Whether a plane goes on where a side of the room was."""
        known = self.tables.sides[: min(self.tables.count["sides"], len(self.tables.sides))]
        across = np.abs(known[:, :3] @ plane.normal) >= SAME
        off = np.abs(known[:, :3] @ plane.middle - known[:, 3]) <= APART
        return bool((across & off).any())

    def _remember(self, plane: Plane) -> None:
        """Note a side of the room; the one noted longest ago goes where there is no room."""
        place = self.tables.count["sides"] % len(self.tables.sides)
        self.tables.sides[place] = (*plane.normal, plane.normal @ plane.middle)
        self.tables.count["sides"] += 1

    def _alike(
        self, rows: Int64[np.ndarray, " n"], one: Int64[np.ndarray, " m"], other: Int64[np.ndarray, " m"]
    ) -> Bool[np.ndarray, " m"]:
        """Which neighbours look like the same thing."""
        alike = np.ones(len(one), np.bool_)
        if self.config.edge_colour < FARTHEST:
            colour = self.surface.take("rgb", rows).astype(np.float32)
            alike &= ((colour[one] - colour[other]) ** 2).sum(axis=1) <= self.config.edge_colour**2
        if self.tables.dim and self.config.edge_feature > -1:
            feature = self.surface.take("feature", rows).astype(np.float32)
            known = np.asarray(feature.any(axis=1))
            both = np.flatnonzero(known[one] & known[other])
            cosine = np.einsum("ij,ij->i", feature[one[both]], feature[other[both]])
            alike[both] &= cosine >= self.config.edge_feature
        return alike

    def _without_flat(
        self,
        count: int,
        flat: Bool[np.ndarray, " n"],
        one: Int64[np.ndarray, " m"],
        other: Int64[np.ndarray, " m"],
    ) -> Int64[np.ndarray, " n"]:
        """The connected part of each voxel when the planes are left out; -1 for those in planes."""
        off = ~flat[one] & ~flat[other]
        return np.where(flat, -1, components(count, one[off], other[off]))

    def _standing(
        self,
        cells: Int64[np.ndarray, "n 3"],
        flat: Bool[np.ndarray, " n"],
        group: Int64[np.ndarray, " n"],
        one: Int64[np.ndarray, " m"],
        other: Int64[np.ndarray, " m"],
        smaller: list[tuple[Plane, Bool[np.ndarray, " n"]]],
        eye: Float64[np.ndarray, " 3"],
    ) -> Int64[np.ndarray, " k"]:
        """Which of these parts stand on a plane: small, in front of it, and touching little else that is flat."""
        count = int(group.max(initial=-1)) + 1
        if not count or not smaller:
            return np.zeros(0, np.int64)
        off = group >= 0
        size = np.bincount(group[off], minlength=count)
        small = (size >= self.config.cluster_voxels) & (
            _extent(cells[off], group[off], count) <= self.config.thing_m / self.surface.voxel_m + 1e-6
        )
        touch = flat[one] != flat[other]
        loose, fixed = np.where(flat[one], other, one)[touch], np.where(flat[one], one, other)[touch]
        touches = np.bincount(group[loose], minlength=count)
        stands = np.zeros(count, np.bool_)
        for plane, of in smaller:
            side = np.sign((eye - plane.middle) @ plane.normal)
            front = ((cells[off] - plane.middle) @ plane.normal) * side > 0
            in_front = np.bincount(group[off], front, minlength=count) >= FRONT * size
            foot = np.bincount(group[loose][of[fixed]], minlength=count)
            stands |= small & in_front & (foot > 0) & (foot >= FOOT * touches)
        return np.flatnonzero(stands)

    def _kept(
        self, cells: Int64[np.ndarray, "n 3"], whole: Int64[np.ndarray, " n"]
    ) -> Int64[np.ndarray, " n"]:
        """Clusters of enough voxels and no more than an object's extent, numbered anew; -1 for the others."""
        if not len(whole):
            return whole
        size = np.bincount(whole)
        fits = _extent(cells, whole, len(size)) <= self.config.structure_m / self.surface.voxel_m + 1e-6
        kept = (size >= self.config.cluster_voxels) & fits
        return np.asarray(np.where(kept, np.cumsum(kept) - 1, -1)[whole], np.int64)


def _extent(
    cells: Int64[np.ndarray, "n 3"], group: Int64[np.ndarray, " n"], count: int
) -> Int64[np.ndarray, " k"]:
    """The longest side of the box around each group, in voxels; groups are 0 .. count - 1."""
    order = np.argsort(group, kind="stable")
    filled = np.flatnonzero(np.bincount(group, minlength=count))
    starts = np.searchsorted(group[order], filled)
    extent = np.zeros(count, np.int64)
    low, high = (function.reduceat(cells[order], starts) for function in (np.minimum, np.maximum))
    extent[filled] = (high - low + 1).max(axis=1)
    return extent
