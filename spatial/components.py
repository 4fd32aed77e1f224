"""What hangs together: the connected parts of nodes that are joined in pairs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["components"]


def components(
    count: int, one: Int64[np.ndarray, " m"], other: Int64[np.ndarray, " m"]
) -> Int64[np.ndarray, " count"]:
    """The connected part, 0 .. k-1 in order of their first members, of each of `count` nodes joined in pairs.

    >>> components(4, np.array([3]), np.array([1])).tolist()
    [0, 1, 2, 1]
    """
    if not count:
        return np.zeros(0, np.int64)
    graph = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
