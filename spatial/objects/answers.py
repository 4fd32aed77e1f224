"""Reading the objects: all of them, by place and time, by what they look like, by name."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Bool, Float, Int64
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.spatial.objects.log import box_of, point_of
from streammem.spatial.objects.tables import ObjectTables
from streammem.types import Box, Interval, MapObject, Place, Sphere

__all__ = ["Answers"]


class Answers:
    """Confirmed objects, as plain data. What is tentative is not told of."""

    def __init__(self, tables: ObjectTables) -> None:
        self.tables = tables

    def one(self, row: int) -> MapObject:
        """The object of a table row."""
        table = self.tables.objects
        gone = float(table["gone_s"][row])
        view = table["view"][row]
        return MapObject(
            id=int(table["id"][row]),
            label=self.tables.name(int(table["label"][row])),
            places=tuple(self._place(row, place) for place in range(int(table["places"][row]))),
            voxels=int(table["voxels"][row]),
            sightings=int(table["sightings"][row]),
            snapshots=tuple(int(id) for id in view[view >= 0]),
            gone_s=None if np.isnan(gone) else gone,
        )

    def _place(self, row: int, place: int) -> Place:
        table = self.tables.objects
        return Place(
            interval=Interval(float(table["place_start"][row, place]), float(table["place_end"][row, place])),
            centre=point_of(table["place_centre"][row, place]),
            extent=box_of(table["place_low"][row, place], table["place_high"][row, place]),
        )

    def rows(self, during: Interval | None, within: Sphere | Box | None) -> Int64[np.ndarray, " n"]:
        """Table rows of objects one of whose places fits, by id. Without a time, the latest place counts alone."""
        table, high = self.tables.objects, self.tables.objects.high
        live = table.live & table["confirmed"][:high] & (table["places"][:high] > 0)
        last = table["places"][:high, None].astype(np.int64) - 1
        place = np.arange(self.tables.config.places)[None, :]
        fits = (place <= last) if during is not None else (place == last)
        if during is not None:
            fits &= (table["place_start"][:high] <= during.end_s) & (
                table["place_end"][:high] >= during.start_s
            )
        if within is not None:
            fits &= _inside(within, table["place_low"][:high], table["place_high"][:high])
        rows = np.flatnonzero(live & fits.any(axis=1))
        return rows[np.argsort(table["id"][rows])]

    def search(
        self,
        feature: Float[np.ndarray, " d"],
        k: int,
        during: Interval | None,
        within: Sphere | Box | None,
    ) -> list[tuple[MapObject, float]]:
        """The k objects whose features have the largest cosine with this one, best first."""
        if k < 1:
            raise ObservationError(f"a search gives at least 1 object, asked for {k}")
        if feature.shape != (self.tables.dim,) or not np.isfinite(feature).all():
            raise ObservationError(
                f"features here are {self.tables.dim} finite numbers, got shape {feature.shape}: "
                "reduce it as the map's features were"
            )
        rows = self.rows(during, within)
        known = self.tables.objects["feature"][rows].astype(np.float32)
        rows, known = rows[np.abs(known).sum(axis=1) > 0], known[np.abs(known).sum(axis=1) > 0]
        score = known @ (feature / max(float(np.linalg.norm(feature)), 1e-12)).astype(np.float32)
        best = np.argsort(-score, kind="stable")[:k]
        return [(self.one(int(rows[place])), float(score[place])) for place in best]

    def named(self, text: str) -> list[MapObject]:
        """Objects whose label says this, in any case and as a whole word of it: "chair" finds "office chair"."""
        wanted = re.compile(rf"\b{re.escape(text.strip())}\b", re.IGNORECASE)
        if not text.strip():
            raise ObservationError("a name has at least one letter, got an empty text")
        rows = self.rows(None, None)
        labels = self.tables.objects["label"][rows]
        called = {int(label): self.tables.name(int(label)) for label in np.unique(labels)}
        hits = [
            row for row, label in zip(rows, labels, strict=True) if wanted.search(called[int(label)] or "")
        ]
        return [self.one(int(row)) for row in hits]


def _inside(
    within: Sphere | Box, low: NDArray[np.float32], high: NDArray[np.float32]
) -> Bool[np.ndarray, "n p"]:
    """Whether boxes share a point with a ball or a box."""
    if isinstance(within, Box):
        return np.asarray(((low <= np.array(within.high)) & (high >= np.array(within.low))).all(axis=-1))
    centre = np.array(within.centre)
    gap = np.maximum(np.maximum(low - centre, centre - high), 0)
    return np.asarray((gap**2).sum(axis=-1) <= within.radius_m**2)
