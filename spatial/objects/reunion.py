"""What went here and what came there: the same thing, where it looks alike and is as large."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from streammem.spatial.objects.lives import Lives
from streammem.spatial.objects.tables import ObjectTables
from streammem.spatial.objects.turn import Turn

__all__ = ["Reunion"]


LARGEST = 1.5  # metres: larger things stay where they are


class Reunion:
    """Pairs objects that fade or are gone with objects whose voxels came since they were last seen.

    Only for things without an identity of their own: clusters, and parts of a class. Two things that look the same
    can be taken for each other; the more alike pair goes first.
    """

    def __init__(self, tables: ObjectTables, lives: Lives) -> None:
        self.tables, self.lives, self.config = tables, lives, tables.config

    def meet(self, turn: Turn) -> None:
        """Look for pairs in which this frame changed one side."""
        fading = self.lives.fading(turn)
        table = self.tables.objects
        young = [
            id for id in sorted(turn.changed | turn.hits.keys()) if id in self.tables and self._is_young(id)
        ]
        for id in fading:
            if id in self.tables and table["confirmed"][self.tables.row(id)]:
                self._pair(np.array([id], np.int64), self._appeared(id), turn)
        young = [id for id in young if id in self.tables]
        if young:
            lost = self._left(turn)
            if len(lost):
                self._pair(lost, np.array(young, np.int64), turn)

    def _is_young(self, id: int) -> bool:
        table, row = self.tables.objects, self.tables.row(id)
        return bool(
            table["sightings"][row] <= 2 * self.config.confirm
            and table["voxels"][row] >= self.config.min_voxels
            and table["places"][row] == 1
        )

    def _left(self, turn: Turn) -> Int64[np.ndarray, " n"]:
        """Objects that are gone, not too long ago, or have lost much and are not seen any more."""
        table, high = self.tables.objects, self.tables.objects.high
        known = table.live & table["confirmed"][:high]
        gone = table["gone_s"][:high] >= turn.t_s - self.config.reunite_s
        faded = (table["voxels"][:high] < 0.7 * table["peak"][:high]) & (table["last_s"][:high] < turn.t_s)
        left = known & (gone | (faded & np.isnan(table["gone_s"][:high])))
        return np.asarray(table["id"][:high][left])

    def _appeared(self, id: int) -> Int64[np.ndarray, " n"]:
        """Objects that came since this one was last seen."""
        table, high, row = self.tables.objects, self.tables.objects.high, self.tables.row(id)
        since = table["first_s"][:high] >= table["last_s"][row]
        here = table.live & (table["places"][:high] == 1) & np.isnan(table["gone_s"][:high])
        here &= table["voxels"][:high] >= self.config.min_voxels
        ids = table["id"][:high][here & since]
        return np.asarray(ids[ids != id])

    def _pair(self, old: Int64[np.ndarray, " n"], new: Int64[np.ndarray, " m"], turn: Turn) -> None:
        if not len(old) or not len(new):
            return
        score = self._alike(self.tables.rows(old), self.tables.rows(new))
        while (best := score.max(initial=-np.inf)) > -np.inf:
            one, other = (int(place) for place in np.argwhere(score == best)[0])
            score[one, :], score[:, other] = -np.inf, -np.inf
            self.lives.become(int(old[one]), int(new[other]), turn)

    def _alike(self, old: Int64[np.ndarray, " n"], new: Int64[np.ndarray, " m"]) -> np.ndarray:
        """How alike each pair is; -inf where it cannot be the same thing."""
        table = self.tables.objects
        one, other = (table["feature"][rows].astype(np.float32) for rows in (old, new))
        cosine = one @ other.T
        known = (np.abs(one).sum(axis=1) > 0)[:, None] & (np.abs(other).sum(axis=1) > 0)[None, :]
        colour = np.linalg.norm(table["colour"][old][:, None] - table["colour"][new][None], axis=-1)
        size = np.sort(table["anchor_high"][old] - table["anchor_low"][old], axis=1)[:, None]
        size_new = np.sort(table["high"][new] - table["low"][new], axis=1)[None]
        step = 2 * self.lives.surface.voxel_m
        fits = (size_new <= 1.5 * size + step).all(axis=-1) & (size_new[..., 2] >= 0.4 * size[..., 2])
        fits &= (colour <= self.config.colour) & (~known | (cosine >= self.config.alike))
        fits &= (size[..., 2] <= LARGEST) & (size_new[..., 2] <= LARGEST)
        fits &= table["label"][old][:, None] == table["label"][new][None]
        fits &= table["id"][old][:, None] != table["id"][new][None]
        started = table["place_start"][old, np.maximum(table["places"][old] - 1, 0)]
        since = np.maximum(table["last_s"][old], started)[:, None]
        fits &= table["first_s"][new][None] >= since
        return np.where(fits, np.where(known, cosine, 0.5) - colour / 255, -np.inf)
