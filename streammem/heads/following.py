"""A memory's own segmentation head: opened when it is first needed, one stream at a time, within its bytes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Integer

from streammem.errors import BudgetError, ObservationError, StoreDamagedError, StoreError
from streammem.heads.segmentation import Segmentation, SegmentationHead
from streammem.heads.tracking import TrackingConfig, network_identity
from streammem.interface import State
from streammem.perception.networks.opening import open_network
from streammem.types import BoundingBox, Observation

__all__ = ["Following", "in_sight"]

NAME_BYTES = 64  # of a stream, at most
HEAD = "head/"


class Following:
    """The head and the stream that it follows.

    The network is loaded with the first frame or object, not before: who only reads or watches needs none.

    Args:
        config: the head's knobs.
        budget_bytes: for everything that is kept here; never exceeded.
        network: the identity of the weights that the memory was made with.
        device: where the network runs.
    """

    def __init__(self, config: TrackingConfig, budget_bytes: int, *, network: str, device: str) -> None:
        self.config, self.budget_bytes, self.network, self.device = config, budget_bytes, network, device
        self.stream: str | None = None
        self._head: SegmentationHead | None = None
        self._saved: State = {}  # what the head will go on from once it is there

    @property
    def ids(self) -> tuple[int, ...]:
        """The objects that are followed now.

        Raises:
            CheckpointError: if something is followed and the weights cannot be loaded.
            StoreError: if they are not those that the memory was made with.
        """
        return () if self.stream is None else self._opened().ids

    def step(
        self,
        observation: Observation,
        masks: Integer[np.ndarray, "h w"] | Mapping[int, Bool[np.ndarray, "h w"]] | None,
        *,
        permanent: bool,
    ) -> Segmentation:
        """Follow into one more frame; see `SegmentationHead.step`.

        Raises:
            ObservationError: for a second stream, and as the head does.
            BudgetError: if the share is too small for frames of this size, or for one more object.
            CheckpointError: if the weights cannot be loaded.
            StoreError: if they are not those that the memory was made with. After an error nothing has changed.
        """
        if self.stream not in (None, observation.stream):
            raise ObservationError(
                f"this memory tracks {self.stream!r}, and one stream at a time: {observation.stream!r} needs a memory "
                "of its own, or untrack all objects first"
            )
        head = self._opened()
        try:
            found = head.step(observation, masks, permanent=permanent)
        except BudgetError as error:
            raise BudgetError(
                f"{error}. Tracking has {self.budget_bytes:,} bytes, {self.config.share:g} of the memory's budget: "
                "make the memory with a larger share or budget"
            ) from error
        self.stream = observation.stream
        return found

    def remove(self, id: int) -> None:
        """Stop following an object; with the last one the stream is left.

        Raises:
            ObservationError: if there is no such object.
            CheckpointError: if the weights cannot be loaded.
            StoreError: if they are not those that the memory was made with.
        """
        head = self._opened()
        head.remove(id)
        if not head.ids:
            head.restore({})
            self.stream = None

    def _opened(self) -> SegmentationHead:
        if self._head is None:
            found = network_identity(self.config.weights)
            if found != self.network:
                raise StoreError(
                    f"this memory was made with the network {self.network[:12]}, the weights at "
                    f"{self.config.weights or 'the package'} are {found[:12]}: open it with "
                    "config=MemoryConfig(tracking=TrackingConfig(weights=…)) that names the old ones, or start a new one"
                )
            network = open_network(self.config.weights, device=self.device)
            config = self.config.bounded(self.budget_bytes - NAME_BYTES)
            head = SegmentationHead(network, config, device=self.device)
            head.restore(self._saved)
            self._head, self._saved = head, {}
        return self._head

    # -- keeping ---------------------------------------------------------------------------------------------

    def nbytes(self) -> int:
        """Bytes of the arrays in `state`; never above the budget."""
        if self.stream is None:
            return 0
        saved = sum(array.nbytes for array in self._saved.values())
        return len(self.stream.encode()) + (saved if self._head is None else self._head.nbytes())

    def state(self) -> State:
        """Everything needed to go on bit for bit; nothing while nothing is followed."""
        if self.stream is None:
            return {}
        head = self._saved if self._head is None else self._head.state()
        name = np.frombuffer(self.stream.encode(), np.uint8).copy()
        return {"stream": name, **{f"{HEAD}{key}": array for key, array in head.items()}}

    def restore(self, state: State) -> None:
        """Go on from a saved state.

        Raises:
            StoreDamagedError: if it was not saved by such a head; what the head itself finds wrong it says when it is
                first needed.
        """
        if state and "stream" not in state:
            raise StoreDamagedError(f"no state of a tracked stream, it holds {sorted(state)[:4]}")
        self.stream = bytes(state["stream"]).decode() if state else None
        self._head = None
        self._saved = {name.removeprefix(HEAD): a for name, a in state.items() if name.startswith(HEAD)}


def in_sight(found: Segmentation) -> dict[int, BoundingBox]:
    """Where the objects are that a segmentation sees, as fractions of the picture."""
    high, wide = found.labels.shape
    boxes = {}
    for id, box, state in zip(found.ids, found.boxes, found.states, strict=True):
        if state == "present" and box is not None:
            left, top, width, height = box
            boxes[id] = BoundingBox(left / wide, top / high, (left + width) / wide, (top + height) / high)
    return boxes
