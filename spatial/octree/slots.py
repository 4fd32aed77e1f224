"""Numbers of slots, handed out and taken back in batches: what makes room without ever growing."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int64
from numpy.typing import NDArray
from torch import Tensor

from streammem.errors import StoreDamagedError

__all__ = ["Slots", "zeros"]

SLOT_BYTES = 4  # that a slot's place on the stack of free ones takes


def zeros(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Zeros whose pages the system hands out when they are first touched; on a GPU at once."""
    if device.type == "cpu":
        kind = torch.empty(0, dtype=dtype).numpy().dtype
        return torch.from_numpy(np.zeros(shape, kind))
    return torch.zeros(shape, dtype=dtype, device=device)


class Slots:
    """The numbers 0 to `capacity` - 1. The last freed is the first to be used again."""

    def __init__(self, capacity: int, device: torch.device) -> None:
        self.capacity, self.high, self.freed = capacity, 0, 0
        self._stack = zeros((capacity,), torch.int32, device)

    def __len__(self) -> int:
        """Slots in use."""
        return self.high - self.freed

    @property
    def room(self) -> int:
        """Slots that can still be taken."""
        return self.capacity - len(self)

    def take(self, count: int) -> Int64[Tensor, " n"]:
        """`count` slots, at most `room`."""
        again, fresh = min(count, self.freed), max(0, count - self.freed)
        taken = self._stack[self.freed - again : self.freed].to(torch.int64)
        self.freed -= again
        if fresh:
            new = torch.arange(self.high, self.high + fresh, device=taken.device)
            self.high += fresh
            taken = torch.cat([taken, new])
        return taken

    def give(self, slots: Int64[Tensor, " n"]) -> None:
        """Take back slots that are in use."""
        count = slots.numel()
        self._stack[self.freed : self.freed + count] = slots.to(torch.int32)
        self.freed += count

    def state(self) -> NDArray[np.int32]:
        """The stack of freed slots."""
        return self._stack[: self.freed].cpu().numpy().copy()

    def restore(self, stack: NDArray[np.int32], high: int) -> None:
        """Take over a saved stack.

        Raises:
            StoreDamagedError: if it names slots that cannot be.
        """
        good = stack.ndim == 1 and len(stack) <= high <= self.capacity and len(np.unique(stack)) == len(stack)
        if not good or (len(stack) and not (stack.min() >= 0 and stack.max() < high)):
            raise StoreDamagedError(
                f"{len(stack)} free of {high} slots do not fit a table of {self.capacity}: restore into an octree "
                "made with the same budget and configuration"
            )
        self.high, self.freed = high, len(stack)
        self._stack[: self.freed] = torch.from_numpy(np.ascontiguousarray(stack, np.int32)).to(
            self._stack.device
        )
