"""Masks carried from frame to frame: the inference loop of XMem (Cheng & Schwing 2022), with its code's defaults.

Each frame is encoded, every object reads what it looked like, the decoder says where it is now. Every few frames, and
whenever a mask is given, what is seen is written to the memory.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from streammem.errors import ObservationError, StoreDamagedError
from streammem.heads.padding import Padding
from streammem.interface import State
from streammem.memory.feature import FeatureMemory
from streammem.memory.feature_config import FeatureConfig, FeatureShape
from streammem.perception.networks.aggregate import aggregate
from streammem.perception.networks.protocol import KeyFeatures, SegmentationNetwork

__all__ = ["Propagation", "PropagationConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PropagationConfig:
    """When to write. Defaults are XMem's."""

    memory_every: int = 5  # frames between writes
    deep_every: int | None = (
        None  # frames between renewals of the sensory state at writes; None: at every write
    )
    memory: FeatureConfig = field(default_factory=FeatureConfig)

    def __post_init__(self) -> None:
        if self.memory_every < 1 or (self.deep_every is not None and self.deep_every < 1):
            raise ObservationError(f"memory_every and deep_every count frames, at least 1, got {self}")


class Propagation:
    """One stream of frames of one size; its objects have any whole numbers as ids.

    Args:
        network: encodes and decodes.
        config: when to write, and how much is kept.
        size: height and width of the frames.
        device: where the memory lives: the network's.

    Raises:
        BudgetError: if the budget does not hold the smallest memory for frames of this size.
    """

    def __init__(
        self,
        network: SegmentationNetwork,
        config: PropagationConfig,
        size: Sequence[int],
        *,
        device: str | torch.device = "cpu",
    ) -> None:
        self.network, self.config = network, config
        self.padding = Padding(size, network.stride)
        rows, columns = self.padding.cells
        shape = FeatureShape(
            rows=rows,
            columns=columns,
            key_dim=network.key_dim,
            value_dim=network.value_dim,
            hidden_dim=network.hidden_dim,
        )
        self.memory = FeatureMemory(config.memory, shape, device=device)
        # The frame of the last step, of the last write, of the last renewal of the sensory states.
        self._clock = np.array([-1, 0, -(config.deep_every or 0)], np.int64)

    @property
    def ids(self) -> tuple[int, ...]:
        """The objects that are followed, in the order in which they came; outputs have the same."""
        return self.memory.objects

    @property
    def frame(self) -> int:
        """The number of the last frame, from 0; -1 before the first."""
        return int(self._clock[0])

    @torch.inference_mode()
    def step(
        self,
        image: Float[Tensor, "3 h w"],
        masks: Mapping[int, Float[Tensor, "h w"]] | None = None,
        *,
        t_s: float | None = None,
        hidden_ids: Collection[int] = (),
        permanent: bool = False,
        last: bool = False,
    ) -> Float[Tensor, "m h w"]:
        """Take one frame in.

        Args:
            image: normalised as the network wants it, not padded.
            masks: 0 to 1 each, of objects that somebody has marked in this frame; new ids are new objects. The others
                are followed.
            t_s: stream time, kept with the tokens; the frame's number where left out.
            hidden_ids: objects that are out of sight by the last frame's word: unless this frame marks them, nothing
                is written for them.
            permanent: keep the tokens of this frame for good, as those of the first one.
            last: nothing is written any more.

        Returns:
            Probabilities over the background and the objects, which sum to 1.

        Raises:
            ObservationError: if nothing was ever marked, or a number is not finite; the memory stays as it was.
            BudgetError: if there is no room for a new object.
        """
        masks = masks or {}
        self._check(image, masks)
        t, written, renewed = (int(number) for number in self._clock)
        t += 1
        write = (t - written >= self.config.memory_every or bool(masks)) and not last
        every = self.config.deep_every
        deep = (write if every is None else t - renewed >= every) and not last
        old = self.ids
        follow = bool(old) and not set(old) <= set(masks)
        features = self.network.encode_key(
            self.padding.pad(image), shrinkage=write, selection=follow or write
        )
        said = (
            self._followed(features, update=not last and (every is not None or not deep)) if follow else None
        )
        if masks:
            self.memory.add_objects([id for id in masks if id not in old])
            said = self._marked(said, old, masks)
        assert said is not None
        self._clock[0] = t
        if write:
            known = [id for id in self.ids if id in masks or id not in hidden_ids]
            self._write(image, features, said[1:], known, t_s=t_s, deep=deep, permanent=permanent)
        return self.padding.crop(said)

    def remove(self, id: int) -> None:
        """Forget an object.

        Raises:
            ObservationError: if there is no such object.
        """
        self.memory.remove_object(id)

    def _check(self, image: Tensor, masks: Mapping[int, Tensor]) -> None:
        if not self.ids and not masks:
            raise ObservationError(
                "nothing is marked yet: the first frame needs the mask of at least one object"
            )
        self.memory.check_objects([id for id in masks if id not in self.ids])
        for name, part in (
            ("the frame", image),
            *((f"the mask of {id}", mask) for id, mask in masks.items()),
        ):
            if tuple(part.shape[-2:]) != self.padding.size:
                raise ObservationError(
                    f"{name} has {part.shape[-2]}x{part.shape[-1]} pixels, the stream {self.padding.size}"
                )
            if not bool(part.isfinite().all()):
                raise ObservationError(
                    f"{name} holds NaN or infinity: drop this frame, the memory is as it was"
                )

    def _followed(self, features: KeyFeatures, *, update: bool) -> Float[Tensor, "m i j"]:
        """Read and decode every object."""
        assert features.selection is not None
        rows, columns = self.padding.cells
        read = self.memory.read(features.key.flatten(1).T, features.selection.flatten(1).T)
        readout = read.mT.reshape(len(read), -1, rows, columns)
        hidden, alone = self.network.decode(features, readout, self._hidden(), update=update)
        if update and hidden is not None:
            self.memory.sensory.renew(hidden)
        return aggregate(alone)

    def _hidden(self) -> Float[Tensor, "n c h w"] | None:
        return self.memory.sensory.hidden.clone() if self.network.hidden_dim else None

    def _marked(
        self,
        said: Float[Tensor, "_ i j"] | None,
        old: Sequence[int],
        masks: Mapping[int, Float[Tensor, "h w"]],
    ) -> Float[Tensor, "m i j"]:
        """Marked objects are where they are marked; the others keep what is left of what was said."""
        marked = {id: self.padding.pad(mask[None])[0] for id, mask in masks.items()}
        taken = torch.stack(list(marked.values())).sum(0) > 0.5
        followed = {} if said is None else dict(zip(old, said[1:].masked_fill(taken, 0.0), strict=True))
        return aggregate(torch.stack([marked.get(id, followed.get(id, taken.float())) for id in self.ids]))

    def _write(
        self,
        image: Float[Tensor, "3 h w"],
        features: KeyFeatures,
        said: Float[Tensor, "n i j"],
        known: Sequence[int],
        *,
        t_s: float | None,
        deep: bool,
        permanent: bool,
    ) -> None:
        assert features.shrinkage is not None
        assert features.selection is not None
        frame = self.frame
        value, hidden = self.network.encode_value(
            self.padding.pad(image), features, self._hidden(), said, deep=deep
        )
        tokens = value.flatten(2).mT
        self.memory.write(
            features.key.flatten(1).T,
            features.shrinkage.flatten(),
            features.selection.flatten(1).T,
            {id: tokens[self.ids.index(id)] for id in known},
            t_s=float(frame) if t_s is None else t_s,
            frame=frame,
            permanent=permanent,
        )
        self._clock[1] = frame
        if deep and hidden is not None:
            self.memory.sensory.renew(hidden)
            self._clock[2] = frame

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        return {"clock": self._clock.copy()} | {f"memory/{k}": a for k, a in self.memory.state().items()}

    def restore(self, state: State) -> None:
        """Go on from a saved state.

        Raises:
            StoreDamagedError: if it was saved by another configuration or for another size.
        """
        if "clock" not in state:
            raise StoreDamagedError(f"no state of a segmentation, it holds {sorted(state)[:4]}")
        self.memory.restore(
            {k.removeprefix("memory/"): a for k, a in state.items() if k.startswith("memory/")}
        )
        self._clock[:] = state["clock"]
