"""The object memory: what each object looks like at all, in a constant number of bytes.

As in Cutie (Cheng et al. 2024) an object has 16 summaries, running sums over the whole video of what its cells look
like: 8 of the object, 8 of everything else. There a trained head says which cell counts for which summary; here each
cell counts for the summary that it is most like (spherical k-means, one pass), so that any network's keys will do.
They say whether a region is the object again after it was out of sight; masks are not decoded from them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor
from torch.nn import functional

from streammem.errors import StoreDamagedError
from streammem.interface import State

__all__ = ["ObjectSummaries", "regions_of"]

PARTS = 8  # summaries of the object, and as many of the rest
FAINT = 0.7  # of an object that fills no cell, the cells with so much of its largest share count


def regions_of(shares: Float[Tensor, "n cells"]) -> Float[Tensor, "n cells"]:
    """The shares of the cells that are mostly the object's, zero elsewhere; of a small thing those of its best cells."""
    most = shares.amax(dim=1, keepdim=True)
    return shares * (shares > torch.where(most > 0.5, 0.5, FAINT * most))


class ObjectSummaries:
    """Summaries of the followed objects; rows go with `ids`."""

    def __init__(self, dim: int, device: torch.device) -> None:
        self.dim, self.device = dim, device
        self.ids: Int64[np.ndarray, " n"] = np.zeros(0, np.int64)
        self._sum: Float32[Tensor, "n 2 p d"] = torch.zeros(0, 2, PARTS, dim, device=device)
        self._weight: Float32[Tensor, "n 2 p"] = torch.zeros(0, 2, PARTS, device=device)

    @property
    def object_bytes(self) -> int:
        """Bytes that an object takes."""
        return 8 + 4 * 2 * PARTS * (self.dim + 1)

    def nbytes(self) -> int:
        """Bytes of the arrays in `state`."""
        return len(self.ids) * self.object_bytes

    def follow(self, ids: Sequence[int]) -> None:
        """These objects and no others, in this order; of new ones nothing is known."""
        wanted = np.asarray(ids, np.int64)
        if np.array_equal(wanted, self.ids):
            return
        row = {int(id): at for at, id in enumerate(self.ids)}
        total, weight = (
            torch.zeros(len(wanted), *part.shape[1:], device=self.device)
            for part in (self._sum, self._weight)
        )
        for at, id in enumerate(wanted.tolist()):
            if id in row:
                total[at], weight[at] = self._sum[row[id]], self._weight[row[id]]
        self.ids, self._sum, self._weight = wanted, total, weight

    @torch.no_grad()
    def write(
        self, key: Float[Tensor, "cells d"], shares: Float[Tensor, "n cells"], seen: Bool[Tensor, " n"]
    ) -> None:
        """Add a frame's cells to the summaries of the objects that are seen in it.

        Args:
            key: what each cell looks like.
            shares: how much of each cell is each object's, 0 to 1.
            seen: objects whose share is to be believed.
        """
        x = functional.normalize(key.to(self.device, torch.float32), dim=1)
        shares = shares.to(self.device, torch.float32)
        rest = (1 - shares) * (shares < 0.5)
        weight = torch.stack([regions_of(shares), rest], dim=1) * seen.to(self.device)[:, None, None]
        means = self._means()
        fresh = (self._weight.sum(2) == 0) & (weight.sum(2) > 0)
        if bool(fresh.any()):
            means[fresh] = _spread(x, weight[fresh])
        if not bool(fresh.all()):
            means = self._opened(x, weight, means, ~fresh)
        alike = torch.einsum("cd,nspd->nspc", x, means)
        empty = means.square().sum(3) == 0
        best = alike.masked_fill_(empty[..., None], -torch.inf).argmax(2)
        counted = functional.one_hot(best, PARTS).mT * weight[:, :, None]
        self._sum += counted @ x
        self._weight += counted.sum(3)

    @torch.no_grad()
    def likeness(
        self, key: Float[Tensor, "cells d"], shares: Float[Tensor, "n cells"]
    ) -> tuple[Float32[Tensor, " n"], Float32[Tensor, " n"]]:
        """How like the object its region is: cosine with its nearest summary, and how much more than with the rest.

        Both are means over the region; -1 and 0 where the region is empty or nothing was ever written.
        """
        shares = shares.to(self.device, torch.float32)
        return self._compared(self._alike(key), shares)

    def _alike(self, key: Float[Tensor, "cells d"]) -> Float32[Tensor, "n 2 cells"]:
        """Cosine of each cell with the nearest summary of each object, and of its rest; -1 where there is none."""
        x = functional.normalize(key.to(self.device, torch.float32), dim=1)
        alike = torch.einsum("cd,nspd->nspc", x, self._means())
        return alike.masked_fill_((self._weight == 0)[..., None], -1.0).amax(2)

    def _compared(
        self, alike: Float32[Tensor, "n 2 cells"], shares: Float32[Tensor, "n cells"]
    ) -> tuple[Float32[Tensor, " n"], Float32[Tensor, " n"]]:
        region = regions_of(shares)
        share = region / region.sum(1, keepdim=True).clamp(min=1e-12)
        there = (region.sum(1) > 0) & (self._weight[:, 0] > 0).any(1)
        own = torch.where(there, (alike[:, 0] * share).sum(1), -1.0)
        margin = torch.where(there, own - (alike[:, 1] * share).sum(1), 0.0)
        return own, margin

    @torch.no_grad()
    def rivals(
        self, key: Float[Tensor, "cells d"], shares: Float[Tensor, "n cells"]
    ) -> Bool[Tensor, "n cells"]:
        """Cells that are no object's, and look like an object as much as its own region does on average."""
        shares = shares.to(self.device, torch.float32)
        alike = self._alike(key)
        own, _ = self._compared(alike, shares)
        nobodys = shares.sum(0) < 0.5
        return nobodys & (alike[:, 0] >= own[:, None]) & (alike[:, 0] > alike[:, 1]) & (own > -1)[:, None]

    def _opened(
        self,
        x: Float[Tensor, "cells d"],
        weight: Float[Tensor, "n 2 cells"],
        means: Float[Tensor, "n 2 p d"],
        known: Bool[Tensor, "n 2"],
    ) -> Float[Tensor, "n 2 p d"]:
        """Room for a new look: if a cell is less like every summary than two of them are like each other, they merge."""
        alike = torch.einsum("cd,nspd->nspc", x, means).amax(2).masked_fill(weight <= 0, torch.inf)
        least, cell = alike.min(2)
        same = torch.eye(PARTS, dtype=torch.bool, device=x.device)
        pairs = (means @ means.mT).masked_fill(same, -torch.inf)
        empty = self._weight == 0
        pairs = pairs.masked_fill(empty[..., None, :], torch.inf).masked_fill(same, -torch.inf)
        closest, pair = pairs.flatten(2).max(2)
        for n, side in torch.nonzero(known & (least < closest)).tolist():
            into, gone = divmod(int(pair[n, side]), PARTS)
            for part in (self._sum, self._weight):
                part[n, side, into] += part[n, side, gone]
                part[n, side, gone] = 0
            means[n, side, into] = functional.normalize(self._sum[n, side, into], dim=0)
            means[n, side, gone] = x[cell[n, side]]
        return means

    def _means(self) -> Float32[Tensor, "n 2 p d"]:
        return functional.normalize(self._sum, dim=3)

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        return {
            "ids": self.ids.copy(),
            "sum": self._sum.cpu().numpy().copy(),
            "weight": self._weight.cpu().numpy().copy(),
        }

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it does not fit.
        """
        n = len(state.get("ids", ()))
        shapes = {"ids": (n,), "sum": (n, 2, PARTS, self.dim), "weight": (n, 2, PARTS)}
        wrong = [name for name, shape in shapes.items() if name not in state or state[name].shape != shape]
        if wrong:
            raise StoreDamagedError(
                f"{wrong} of the object memory do not fit {n} objects with keys of {self.dim} numbers: "
                "restore with the network that made them"
            )
        self.ids = np.array(state["ids"], np.int64)
        self._sum, self._weight = (
            torch.from_numpy(np.array(state[name], np.float32)).to(self.device) for name in ("sum", "weight")
        )


def _spread(x: Float[Tensor, "cells d"], weight: Float[Tensor, "m cells"]) -> Float[Tensor, "m p d"]:
    """First summaries: the heaviest cell, then each time the cell least like those before; zero once none is left."""
    far = torch.where(weight > 0, torch.inf, -torch.inf)
    chosen = weight.argmax(1)
    found = x.new_zeros(len(weight), PARTS, x.shape[1])
    left = weight.amax(1) > 0
    for part in range(PARTS):
        found[:, part] = x[chosen] * left[:, None]
        far = torch.minimum(far, 1 - x[chosen] @ x.T)
        far = far.masked_fill(weight <= 0, -torch.inf)
        best = far.max(1)
        chosen, left = best.indices, left & (best.values > 1e-6)
    return found
