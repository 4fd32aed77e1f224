"""The cheapest way over the edges of the graph, and where it may begin and end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.sparse.csgraph import dijkstra

from streammem.errors import ObservationError
from streammem.spatial.landmarks.ways import Ways

__all__ = ["Ends", "Sees", "cheapest", "near"]

_MOST = 16  # places near a point from which, or to which, a route is tried

Sees = Callable[[Float64[np.ndarray, "n 3"]], Bool[np.ndarray, " n"]]
Ends = tuple[Int64[np.ndarray, " _"], Float64[np.ndarray, " _"]]  # rows of places, nearest first; metres


def near(
    rows: Int64[np.ndarray, " places"],
    positions: Float64[np.ndarray, "places 3"],
    end: Sequence[float] | Float64[np.ndarray, " 3"],
    sees: Sees | None,
    radius_m: float,
) -> Ends:
    """The places that are at most `radius_m` further from a point than the nearest; of those that see it, if any do.

    Raises:
        ObservationError: if it is no point.
    """
    point = np.asarray(end, np.float64)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise ObservationError(f"a point is three finite metres, got {end}")
    if sees is not None and len(rows):
        seen = sees(positions)
        if seen.any():
            rows, positions = rows[seen], positions[seen]
    far = np.linalg.norm(positions - point, axis=1)
    order = np.argsort(far, kind="stable")[:_MOST]
    chosen = order[far[order] <= far.min(initial=np.inf) + radius_m]
    return rows[chosen], far[chosen]


def cheapest(ways: Ways, places: int, start: Ends, goal: Ends) -> tuple[list[int], float, float] | None:
    """Rows along the cheapest way between the nearest ends that are joined, its cost, and metres outside the graph.

    Shortest paths are Dijkstra's (1959); None where no pair of ends is joined.
    """
    (first, first_m), (last, last_m) = start, goal
    if not len(first) or not len(last):
        return None
    costs, before = dijkstra(ways.matrix(places), directed=False, indices=first, return_predecessors=True)
    outside = first_m[:, None] + last_m
    total = costs[:, last] + outside
    outside[np.isinf(total)] = np.inf
    at, to = divmod(int(np.lexsort((total.ravel(), outside.ravel()))[0]), len(last))
    if np.isinf(total[at, to]):
        return None
    rows = [int(last[to])]
    while rows[-1] != first[at]:
        rows.append(int(before[at, rows[-1]]))
    return rows[::-1], float(total[at, to]), float(outside[at, to])
