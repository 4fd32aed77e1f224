"""What is known of each stream as a whole: its clock, its losses, its gate; and the memory's size over time."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from torch import Tensor

from streammem.errors import ObservationError, OrderError
from streammem.interface import State
from streammem.memory.gate import ChangeGate, GateConfig
from streammem.types import Observation

__all__ = ["Accounts", "History"]

NAME_BYTES = 64
_ROW = np.dtype(
    [
        ("name", f"S{NAME_BYTES}"),
        ("frames", np.int64),  # taken in
        ("skipped", np.int64),  # refused: bad shape, time not moving forward
        ("missed", np.int64),  # indices that never came: dropped by a live source
        ("index", np.int64),
        ("first_s", np.float64),
        ("last_s", np.float64),
        ("gaps", np.int64),
        ("gap_s", np.float64),
    ]
)


class Accounts:
    """One row a stream in a preallocated table, and its change gate."""

    def __init__(self, *, most: int, gate: GateConfig, dim: int) -> None:
        self._rows = np.zeros(most, dtype=_ROW)
        self.room = most  # streams that are taken; lower where another part of the memory has room for fewer
        self._gates = [ChangeGate(gate, dim) for _ in range(most)]
        self._ids: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The streams, in the order in which they came."""
        return tuple(self._ids)

    def row(self, stream: str) -> np.void | None:
        """The account of a stream, None for one that never came."""
        at = self._ids.get(stream)
        return None if at is None else self._rows[at]

    def check(self, observation: Observation) -> None:
        """Refuse what cannot follow.

        Raises:
            OrderError: if the frame's time is not after that of the stream's last frame.
            ObservationError: if there are too many streams, or a name is too long.
        """
        row = self.row(observation.stream)
        if row is None:
            self._check_new(observation.stream)
        elif row["frames"] and observation.t_s <= row["last_s"]:
            raise OrderError(
                f"frame {observation.index} of {observation.stream!r} at {observation.t_s:.3f} s follows one at "
                f"{float(row['last_s']):.3f} s: give each pass over a source its own stream name, or go on after it"
            )

    def _check_new(self, stream: str) -> None:
        if len(self._ids) >= self.room:
            raise ObservationError(
                f"this memory follows at most {self.room} streams, {stream!r} would be one more: open a second store, "
                "or give a larger budget or max_streams when a store is made"
            )
        if not stream or len(stream.encode()) > NAME_BYTES or "\0" in stream:
            raise ObservationError(f"a stream's name has 1 to {NAME_BYTES} bytes, got {stream!r}")

    def enter(self, observation: Observation, pixel: Float[Tensor, "1 d"]) -> bool:
        """Book a checked frame; says whether it deserves a deep look."""
        at = self._open(observation.stream)
        row = self._rows[at]
        if row["frames"] == 0:
            row["first_s"] = observation.t_s
        else:
            row["missed"] += max(0, observation.index - int(row["index"]) - 1)
        row["frames"] += 1
        row["index"], row["last_s"] = observation.index, observation.t_s
        row["gaps"] += observation.gap_s > 0
        row["gap_s"] += observation.gap_s
        return self._gates[at].step(observation.t_s, pixel)

    def skip(self, stream: str) -> None:
        """Count a frame that was refused."""
        if stream not in self._ids:
            try:
                self._check_new(stream)
            except ObservationError:
                return  # a stream that has no account here; whoever skipped it says so
        self._rows[self._open(stream)]["skipped"] += 1

    def _open(self, stream: str) -> int:
        at = self._ids.setdefault(stream, len(self._ids))
        self._rows[at]["name"] = stream.encode()
        return at

    def watched_s(self) -> float:
        """Seconds of stream taken in so far, over all streams."""
        used = self._rows[: len(self._ids)]
        return float((used["last_s"] - used["first_s"]).sum())

    def nbytes(self) -> int:
        """Bytes of all rows and gates: constant from the start."""
        return self._rows.nbytes + sum(gate.nbytes() for gate in self._gates)

    def state(self) -> State:
        """The rows as bytes and the gates side by side."""
        gates = [gate.state() for gate in self._gates]
        return {
            "rows": self._rows.view(np.uint8).reshape(len(self._rows), -1).copy(),
            **{name: np.stack([gate[name] for gate in gates]) for name in gates[0]},
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._rows[:] = np.ascontiguousarray(state["rows"]).view(_ROW).reshape(-1)
        self._ids = {bytes(name).decode(): at for at, name in enumerate(self._rows["name"]) if name}
        for at, gate in enumerate(self._gates):
            gate.restore({name: state[name][at] for name in gate.state()})


class History:
    """Bytes over time in a fixed number of points: when they are used up, every second one goes."""

    def __init__(self, points: int = 256) -> None:
        self._points = np.zeros((points, 2))
        self._head = np.array([0, 0, 1], dtype=np.int64)  # points used, frames seen, frames a point

    def step(self, watched_s: float, nbytes: int) -> None:
        """Take in one frame."""
        used, seen, stride = (int(value) for value in self._head)
        if seen % stride == 0:
            if used == len(self._points):
                self._points[: used // 2] = self._points[::2].copy()
                used, stride = used // 2, stride * 2
            if seen % stride == 0:
                self._points[used] = watched_s, nbytes
                used += 1
        self._head[:] = used, seen + 1, stride

    def curve(self) -> list[tuple[float, int]]:
        """(seconds watched, bytes kept) pairs, oldest first."""
        return [(float(t), int(n)) for t, n in self._points[: int(self._head[0])]]

    def nbytes(self) -> int:
        """Bytes of the points: constant from the start."""
        return self._points.nbytes + self._head.nbytes

    def state(self) -> State:
        """Points and counters."""
        return {"points": self._points.copy(), "head": self._head.copy()}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._points[:], self._head[:] = state["points"], state["head"]
