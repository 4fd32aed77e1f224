"""When a frame is worth a deep look: something changed, and the last look is long enough ago."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from streammem.errors import ObservationError
from streammem.interface import State

__all__ = ["ChangeGate", "GateConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GateConfig:
    """How often, and after how much change, a frame goes through the deep encoder."""

    rate_hz: float = 2.0  # at most so many looks a second of stream time
    threshold: float = 0.015  # cosine distance from the last frame that was looked at
    refresh_s: float = 20.0  # look again after so long, even where nothing moved

    def __post_init__(self) -> None:
        if not (self.rate_hz > 0 and self.threshold >= 0 and self.refresh_s > 0):
            raise ObservationError(
                f"a gate needs a rate and a refresh above 0 and a threshold of at least 0, got {self}"
            )


class ChangeGate:
    """One stream's gate. Deterministic; its whole state is one time and one descriptor.

    The descriptor is kept as float16, and compared as such, so that a resumed gate decides as one that never
    stopped.
    """

    def __init__(self, config: GateConfig, dim: int) -> None:
        self.config = config
        self._last_s = -math.inf
        self._seen = np.zeros(dim, dtype=np.float16)

    def step(self, t_s: float, pixel: Float[Tensor, "1 d"]) -> bool:
        """Whether the frame at `t_s` with this unit descriptor should be looked at; if so, remember it."""
        waited_s = t_s - self._last_s
        if waited_s < 1.0 / self.config.rate_hz - 1e-6:
            return False
        now = pixel.detach().cpu().numpy()[0].astype(np.float32)
        if waited_s < self.config.refresh_s:
            seen = self._seen.astype(np.float32)
            scale = math.sqrt(float(seen @ seen) * float(now @ now))
            if scale > 0 and 1.0 - float(seen @ now) / scale < self.config.threshold:
                return False
        self._last_s = t_s
        self._seen[:] = now
        return True

    def nbytes(self) -> int:
        """Bytes of the state."""
        return 8 + self._seen.nbytes

    def state(self) -> State:
        """The time of the last look, and what was seen."""
        return {"last_s": np.array([self._last_s]), "seen": self._seen.copy()}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._last_s = float(state["last_s"][0])
        self._seen[:] = state["seen"]
