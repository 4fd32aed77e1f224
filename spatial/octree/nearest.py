"""The occupied voxels that are nearest to points."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float32, Int64
from scipy.spatial import cKDTree
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.octree.voxels import Voxels

__all__ = ["Nearest", "Neighbours"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Nearest:
    """For each point its nearest voxels, nearest first: infinite, NaN and -1 where there are fewer."""

    distance_m: Float32[Tensor, "n k"]
    centres: Float32[Tensor, "n k 3"]
    rows: Int64[Tensor, "n k"]


class Neighbours:
    """A search tree over the centres of voxels (scipy's k-d tree, on the CPU)."""

    def __init__(self, voxels: Voxels) -> None:
        self._voxels = voxels
        self._tree = cKDTree(voxels.centres.cpu().numpy()) if len(voxels) else None

    def ask(self, points: Float[Tensor, "n 3"], k: int) -> Nearest:
        """The `k` nearest of each point, between centres.

        Raises:
            ObservationError: if a point is not finite, or `k` is below 1.
        """
        if k < 1 or not bool(points.isfinite().all()):
            raise ObservationError(f"points must be finite and k at least 1, got k {k}")
        device, count = self._voxels.rows.device, points.shape[0]
        if self._tree is None:
            distance = torch.full((count, k), torch.inf, device=device)
            number = torch.full((count, k), 0, dtype=torch.int64, device=device)
            centres, rows = torch.full((1, 3), torch.nan, device=device), number.new_full((1,), -1)
        else:
            far, which = self._tree.query(points.detach().cpu().numpy(), k=list(range(1, k + 1)))
            distance = torch.from_numpy(far).to(device, torch.float32)
            number = torch.from_numpy(which).to(device, torch.int64)
            # The tree gives the number of voxels where it has no more.
            centres = torch.cat([self._voxels.centres, self._voxels.centres.new_full((1, 3), torch.nan)])
            rows = torch.cat([self._voxels.rows, self._voxels.rows.new_full((1,), -1)])
        flat = number.reshape(-1)
        return Nearest(
            distance_m=distance,
            centres=centres.index_select(0, flat).view(count, k, 3),
            rows=rows.index_select(0, flat).view(count, k),
        )
