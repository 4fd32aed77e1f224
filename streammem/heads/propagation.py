"""Masks carried from frame to frame: the inference loop of XMem (Cheng & Schwing 2022), with its code's defaults.

Each frame is encoded, every object reads what it looked like, the decoder says where it is now (`look`). Every few
frames, and whenever a mask is given, what is seen is written to the memory (`remember`). Between the two, whoever asks
may think about what was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from streammem.errors import ObservationError, StoreDamagedError
from streammem.heads.padding import Padding
from streammem.interface import State
from streammem.memory.feature import FeatureMemory
from streammem.memory.feature_config import FeatureConfig, FeatureShape
from streammem.memory.feature_room import NOTHING, Beside
from streammem.perception.networks.aggregate import aggregate
from streammem.perception.networks.protocol import KeyFeatures, SegmentationNetwork

__all__ = ["Look", "Propagation", "PropagationConfig"]

FITTED_CUT = 0.57  # composed cuts of the small network's keys begin at .42, frames of bmx-trees reach .41
CALM = 4.0  # times the usual change


@dataclass(frozen=True, kw_only=True, slots=True)
class PropagationConfig:
    """When to write. Defaults are XMem's, but for `cut` (None there).

    Changes are of the keys, |k - k'|^2 / (|k|^2 + |k'|^2) over a frame: 0 for the same, about 1 for nothing in common.
    """

    memory_every: int = 5  # frames between writes; at least, if it goes by change
    memory_change: float | None = None  # since the last one remembered, from which on a frame is worth it
    memory_rest: int = 50  # frames between writes at most, if it goes by change
    deep_every: int | None = (
        None  # frames between renewals of the sensory state at writes; None: at every write
    )
    # Change from frame to frame that is another scene: sensory states start anew. In a calm stream less will do: four
    # times its usual change, but no less than half of this. "auto": .57 for the small network, to which that was
    # fitted, None for others.
    cut: float | Literal["auto"] | None = "auto"
    memory: FeatureConfig = field(default_factory=FeatureConfig)

    def __post_init__(self) -> None:
        counts = (self.memory_every, self.deep_every or 1, self.memory_rest)
        if min(counts) < 1 or self.deep_every == 0 or self.memory_rest < self.memory_every:
            raise ObservationError(
                "memory_every, memory_rest and deep_every count frames, at least 1, and memory_rest is no less than "
                f"memory_every, got {self}"
            )
        changes = [part for part in (self.memory_change, self.cut) if part is not None and part != "auto"]
        if not all(isinstance(part, float | int) and 0 < part < 2 for part in changes):
            raise ObservationError(f"memory_change and cut are changes, above 0 and below 2, got {self}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One frame as the network saw it, with the border around it."""

    image: Float[Tensor, "3 i j"]
    features: KeyFeatures
    said: Float[Tensor, "m i j"]  # probabilities, the background first
    due: bool  # whether it is a frame to remember
    deep: bool  # whether remembering it renews the sensory states
    cut: bool  # whether it shows another scene than the frame before


class Propagation:
    """One stream of frames of one size; its objects have any whole numbers as ids.

    Args:
        network: encodes and decodes.
        config: when to write, and how much is kept.
        size: height and width of the frames.
        device: where the memory lives: the network's.
        beside: bytes that whoever asks keeps under the same budget.

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
        beside: Beside = NOTHING,
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
        beside = Beside(frame=beside.frame + self.own_bytes(shape), object=beside.object)
        self.memory = FeatureMemory(config.memory, shape, device=device, beside=beside)
        self._before: Tensor | None = None  # the keys of the last frame
        self._usual = np.full(1, np.nan)  # change from frame to frame
        fitted = FITTED_CUT if network.calibrated else None
        self._cut = fitted if config.cut == "auto" else config.cut
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
        permanent: bool = False,
        last: bool = False,
    ) -> Float[Tensor, "m h w"]:
        """Take one frame in, as XMem does: `look`, and `remember` all objects if it is due.

        Returns:
            Probabilities over the background and the objects, which sum to 1.
        """
        look = self.look(image, masks, last=last)
        if look.due:
            self.remember(look, look.said, self.ids, t_s=t_s, permanent=permanent)
        return self.padding.crop(look.said)

    @torch.inference_mode()
    def look(
        self,
        image: Float[Tensor, "3 h w"],
        masks: Mapping[int, Float[Tensor, "h w"]] | None = None,
        *,
        last: bool = False,
    ) -> Look:
        """Say where everything is in the next frame; nothing is written for good.

        Args:
            image: normalised as the network wants it, not padded.
            masks: 0 to 1 each, of objects that somebody has marked in this frame; new ids are new objects. The others
                are followed.
            last: nothing is written any more.

        Raises:
            ObservationError: if nothing was ever marked, or a number is not finite; the memory stays as it was.
            BudgetError: if there is no room for a new object.
        """
        masks = masks or {}
        self._check(image, masks)
        t, written, renewed = (int(number) for number in self._clock)
        t += 1
        since, config = t - written, self.config
        old = self.ids
        follow = bool(old) and not set(old) <= set(masks)
        image = self.padding.pad(image)
        may = bool(masks) or since >= config.memory_every
        features = self.network.encode_key(image, shrinkage=may, selection=follow or may)
        key = features.key.float()
        change = None if self._before is None else _change(key, self._before)
        cut = change is not None and self._cuts(change)
        if cut and self.network.hidden_dim:
            self.memory.sensory.renew(torch.zeros_like(self.memory.sensory.hidden))
        due = may and not last and (bool(masks) or self._worth(key, since))
        every = config.deep_every
        deep = (due if every is None else t - renewed >= every) and not last
        said = (
            self._followed(features, update=not last and (every is not None or not deep)) if follow else None
        )
        if masks:
            self.memory.add_objects([id for id in masks if id not in old])
            said = self._marked(said, old, masks)
        assert said is not None
        self._clock[0] = t
        if self._cut is not None:
            self._before = key.contiguous()
            if change is not None and not cut:
                self._usual[:] = change if np.isnan(self._usual[0]) else 0.9 * self._usual + 0.1 * change
        return Look(image=image, features=features, said=said, due=due, deep=deep, cut=cut)

    def _cuts(self, change: float) -> bool:
        """Whether such a change is another scene."""
        cut, usual = self._cut, float(self._usual[0])
        return cut is not None and change > min(cut, max(cut / 2, cut if np.isnan(usual) else CALM * usual))

    def _worth(self, key: Float[Tensor, "k h w"], since: int) -> bool:
        """Whether a frame differs enough from the last one in the memory."""
        least = self.config.memory_change
        slots = self.memory.working.slots()
        if least is None or since >= self.config.memory_rest or not slots:
            return True
        latest = self.memory.table.key[self.memory.table.frame_rows(slots[-1])]
        return _change(key.flatten(1).T, latest) >= least

    def remove(self, id: int) -> None:
        """Forget an object.

        Raises:
            ObservationError: if there is no such object.
        """
        self.memory.remove_object(id)

    def _check(self, image: Tensor, masks: Mapping[int, Tensor]) -> None:
        if not self.ids and not masks:
            raise ObservationError(
                "nothing is followed (nothing is marked yet, or all was removed): give this frame the mask of at least "
                "one object"
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

    @torch.inference_mode()
    def remember(
        self,
        look: Look,
        said: Float[Tensor, "m i j"],
        known: Sequence[int],
        *,
        t_s: float | None = None,
        permanent: bool = False,
    ) -> None:
        """Write the frame of the last `look` to the memory.

        Args:
            look: it must be due.
            said: probabilities to be remembered, with the border.
            known: objects for which this frame counts; for none of them, nothing happens.
            t_s: stream time, kept with the tokens; the frame's number where left out.
            permanent: keep the tokens of this frame for good, as those of the first one.
        """
        if not known:
            return
        features, frame = look.features, self.frame
        assert features.shrinkage is not None
        assert features.selection is not None
        value, hidden = self.network.encode_value(
            look.image, features, self._hidden(), said[1:], deep=look.deep
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
        if look.deep and hidden is not None:
            self.memory.sensory.renew(hidden)
            self._clock[2] = frame

    # -- keeping ---------------------------------------------------------------------------------------------

    @staticmethod
    def own_bytes(shape: FeatureShape) -> int:
        """Bytes kept beside the memory."""
        return 4 * 8 + 4 * shape.key_dim * shape.cells

    def nbytes(self) -> int:
        """Bytes of the arrays in `state`."""
        before = 0 if self._before is None else 4 * self._before.numel()
        return self._clock.nbytes + self._usual.nbytes + before + self.memory.nbytes()

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        own: dict[str, NDArray[np.generic]] = {"clock": self._clock.copy(), "usual": self._usual.copy()}
        if self._before is not None:
            own["before"] = self._before.cpu().numpy().copy()
        return own | {f"memory/{k}": a for k, a in self.memory.state().items()}

    def restore(self, state: State) -> None:
        """Go on from a saved state.

        Raises:
            StoreDamagedError: if it was saved by another configuration or for another size.
        """
        if not {"clock", "usual"} <= set(state):
            raise StoreDamagedError(f"no state of a segmentation, it holds {sorted(state)[:4]}")
        shape = (self.memory.shape.key_dim, *self.padding.cells)
        before = state.get("before")
        if before is not None and before.shape != shape:
            raise StoreDamagedError(
                f"the last frame's keys are {before.shape}, not {shape}: it was of another size"
            )
        self.memory.restore(
            {k.removeprefix("memory/"): a for k, a in state.items() if k.startswith("memory/")}
        )
        self._clock[:], self._usual[:] = state["clock"], state["usual"]
        self._before = None if before is None else torch.from_numpy(np.array(before)).to(self.memory.device)


def _change(key: Float[Tensor, "*shape"], other: Float[Tensor, "*shape"]) -> float:
    """How little two frames' keys have in common; see `PropagationConfig`."""
    total = key.square().sum() + other.square().sum()
    return float((key - other).square().sum() / total.clamp(min=1e-12))
