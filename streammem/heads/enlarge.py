"""Who is where at the frame's own size, from probabilities at the size that the network saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32, Int64
from torch import Tensor

__all__ = ["labels_at"]


def labels_at(
    said: Float[Tensor, "m i j"], size: tuple[int, int], ids: Sequence[int]
) -> Int32[np.ndarray, "h w"]:
    """The likeliest at each pixel, each channel enlarged bilinearly; 0 where that is the background, channel 0.

    An object is enlarged only around where it can win, with more than one m-th: hundreds of them and large frames cost
    little more than one.
    """
    rows, columns = (_Axis.between(*sizes, said.device) for sizes in zip(said.shape[1:], size, strict=True))
    whole = (slice(0, size[0]), slice(0, size[1]))
    best = _enlarged(said[0].float(), rows, columns, *whole)
    winner = torch.zeros(size, dtype=torch.int32, device=said.device)
    able = said[1:] >= 0.999 / len(said)
    high, wide = able.any(2).cpu().numpy(), able.any(1).cpu().numpy()
    for place, id in enumerate(ids):
        if not high[place].any():
            continue
        window = (rows.covering(high[place]), columns.covering(wide[place]))
        part = _enlarged(said[place + 1].float(), rows, columns, *window)
        better = part > best[window]
        winner[window][better] = id
        best[window] = torch.maximum(best[window], part)
    return winner.cpu().numpy()


class _Axis:
    """Bilinear interpolation along one axis: each new place lies between two old ones (pixel areas, not centres, align)."""

    def __init__(
        self, low: Int64[Tensor, " h"], high: Int64[Tensor, " h"], share: Float32[Tensor, " h"]
    ) -> None:
        self.low, self.high, self.share = low, high, share
        self._low, self._high = low.cpu().numpy(), high.cpu().numpy()

    @classmethod
    def between(cls, old: int, new: int, device: torch.device) -> _Axis:
        at = ((torch.arange(new, dtype=torch.float64) + 0.5) * (old / new) - 0.5).clamp(0, old - 1)
        low = at.floor().long()
        return cls(
            low.to(device), (low + 1).clamp(max=old - 1).to(device), (at - low).to(torch.float32).to(device)
        )

    def covering(self, used: np.ndarray) -> slice:
        """The new places that lie beside old ones that are used."""
        old = np.flatnonzero(used)
        start = int(np.searchsorted(self._high, old[0], side="left"))
        stop = int(np.searchsorted(self._low, old[-1], side="right"))
        return slice(start, max(stop, start))


def _enlarged(
    channel: Float32[Tensor, "i j"], rows: _Axis, columns: _Axis, down: slice, across: slice
) -> Float32[Tensor, "h w"]:
    share = rows.share[down, None]
    part = channel[rows.low[down]] * (1 - share) + channel[rows.high[down]] * share
    share = columns.share[across]
    return part[:, columns.low[across]] * (1 - share) + part[:, columns.high[across]] * share
