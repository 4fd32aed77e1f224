"""The edges of the landmark graph: which places were passed one after the other, and what the way costs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from streammem.interface import State
from streammem.token_table import Column, TokenTable

__all__ = ["COLUMNS", "Ways", "turns_between"]

COLUMNS = {
    "low": Column(np.int32),  # rows of places, low < high
    "high": Column(np.int32),
    "length_m": Column(np.float64),
    "cost": Column(np.float64),
    "more_m": Column(np.float64),  # length and cost beyond the straight way, of edges that stand for several
    "more_cost": Column(np.float64),
    "times": Column(np.int32),
    "last_s": Column(np.float64),
}
LEAST_COST = 1e-9  # SciPy's sparse graphs take 0 for no edge in places


def turns_between(
    one: Float64[np.ndarray, "*n 4 4"], other: Float64[np.ndarray, "*n 4 4"]
) -> Float64[np.ndarray, "*n"]:
    """Angles between the rotations of poses, radians, 0 to pi."""
    trace = np.einsum("...ij,...ij->...", one[..., :3, :3], other[..., :3, :3])
    angles: Float64[np.ndarray, "*n"] = np.arccos(np.clip((trace - 1) / 2, -1, 1))
    return angles


class Ways:
    """Undirected edges between rows of a table of places; at most `capacity`."""

    def __init__(self, capacity: int, turn_cost_m: float) -> None:
        self.table, self._turn_cost_m = TokenTable(COLUMNS, capacity), turn_cost_m

    def __len__(self) -> int:
        """Edges."""
        return len(self.table)

    def at(self, place: int) -> Int64[np.ndarray, " edges"]:
        """Rows of the edges of a place."""
        high, table = self.table.high, self.table
        touches = (table["low"][:high] == place) | (table["high"][:high] == place)
        return np.flatnonzero(table.live & touches)

    def between(self, one: int, other: int) -> int | None:
        """Row of the edge between two places, if there is one."""
        high, table = self.table.high, self.table
        found = (table["low"][:high] == min(one, other)) & (table["high"][:high] == max(one, other))
        rows = np.flatnonzero(table.live & found)
        return int(rows[0]) if len(rows) else None

    def link(
        self,
        one: int,
        other: int,
        poses: Float64[np.ndarray, "places 4 4"],
        t_s: float,
        *,
        via: tuple[float, float] | None,
    ) -> bool:
        """The way between two places was gone, straight or `via` others (length and cost); False if it was known.

        Of two ways, the cheaper stays. There must be room for a new edge.
        """
        row = self.between(one, other)
        new = row is None
        if row is None:
            row = self.table.allocate()
            self.table["low"][row], self.table["high"][row] = min(one, other), max(one, other)
        straight = self._straight(np.array([row]), poses)
        length, cost = via or (float(straight[0][0]), float(straight[1][0]))
        table = self.table
        if new or cost <= table["cost"][row]:
            table["length_m"][row], table["cost"][row] = length, max(cost, LEAST_COST)
            table["more_m"][row] = max(0.0, length - straight[0][0])
            table["more_cost"][row] = max(0.0, cost - straight[1][0])
        table["times"][row] += 1
        table["last_s"][row] = max(t_s, float(table["last_s"][row])) if table["times"][row] > 1 else t_s
        return new

    def measure(self, rows: Int64[np.ndarray, " n"], poses: Float64[np.ndarray, "places 4 4"]) -> None:
        """Lengths and costs of these edges again, after their places have moved."""
        length, cost = self._straight(rows, poses)
        self.table["length_m"][rows] = length + self.table["more_m"][rows]
        self.table["cost"][rows] = np.maximum(cost + self.table["more_cost"][rows], LEAST_COST)

    def other_end(self, rows: Int64[np.ndarray, " n"], place: int) -> Int64[np.ndarray, " n"]:
        """The places at the other ends of edges of `place`."""
        low, high = self.table["low"][rows], self.table["high"][rows]
        ends: Int64[np.ndarray, " n"] = np.where(low == place, high, low).astype(np.int64)
        return ends

    def make_room(self) -> bool:
        """If all edges are taken: let the costliest go that no place needs to be reached; whether one went."""
        if not self.table.full:
            return False
        rows = np.flatnonzero(self.table.live)
        tree = minimum_spanning_tree(self.matrix(int(self.table["high"].max()) + 1)).tocoo()
        needed = set(zip(*np.sort([tree.coords[0], tree.coords[1]], 0).tolist(), strict=True))
        ends = zip(self.table["low"][rows].tolist(), self.table["high"][rows].tolist(), strict=True)
        spare = rows[[end not in needed for end in ends]]
        self.table.free(int(spare[self.table["cost"][spare].argmax()]))
        return True

    def matrix(self, places: int) -> csr_array:
        """Costs as a sparse graph over rows of places, upper triangle."""
        rows = np.flatnonzero(self.table.live)
        ends = self.table["low"][rows], self.table["high"][rows]
        return csr_array((self.table["cost"][rows], ends), shape=(places, places))

    def hurt(self, places: int) -> Float64[np.ndarray, " places"]:
        """By row: what the map loses with a place, as the cost of its edges; a dead end counts twice, no edge nan."""
        rows = np.flatnonzero(self.table.live)
        ends = np.concatenate([self.table["low"][rows], self.table["high"][rows]])
        cost = np.bincount(ends, np.tile(self.table["cost"][rows], 2), places).astype(np.float64)
        degree = np.bincount(ends, minlength=places)
        return np.where(degree == 0, np.nan, np.where(degree == 1, 2 * cost, cost))

    def restore(self, state: State) -> None:
        """Take over saved edges. Raises: StoreDamagedError, as tables do."""
        self.table.restore(state)

    def _straight(
        self, rows: Int64[np.ndarray, " n"], poses: Float64[np.ndarray, "places 4 4"]
    ) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
        """Length and cost of the straight way from keyframe to keyframe."""
        one, other = poses[self.table["low"][rows]], poses[self.table["high"][rows]]
        length = np.linalg.norm(one[:, :3, 3] - other[:, :3, 3], axis=1)
        return length, length + self._turn_cost_m * turns_between(one, other)
