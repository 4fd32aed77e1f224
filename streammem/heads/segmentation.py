"""Segmentation and tracking: mark things once, and every later frame says where they are.

head = SegmentationHead(network)
head.step(first, masks=labels)           # a picture of whole numbers, 0 where nothing is marked
for observation in source:
    found = head.step(observation)       # labels, boxes, scores, and what each object is doing

Objects may be added, corrected and removed at any frame. Bytes and cost a frame stay constant however long it runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int32, Integer, UInt8
from numpy.typing import NDArray
from torch import Tensor

from streammem.errors import ObservationError, OrderError, StoreDamagedError
from streammem.heads.boxes import PixelBox, label_boxes
from streammem.heads.enlarge import labels_at
from streammem.heads.judge import Judge, JudgeConfig, Verdict
from streammem.heads.presence import STATES, Sight
from streammem.heads.propagation import Propagation, PropagationConfig
from streammem.interface import State
from streammem.memory.feature_room import Beside
from streammem.perception.networks.protocol import SegmentationNetwork
from streammem.types import Observation

__all__ = ["STATES", "Segmentation", "SegmentationConfig", "SegmentationHead", "Sight"]

HIGHEST_ID = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentationConfig:
    """How large frames are seen, what is made of the network's word, and what is remembered.

    The budget for everything that a head keeps is `propagation.memory.budget`.
    """

    side_px: int | None = 480  # the shorter side that the network sees, at most; None: frames as they come
    judge: JudgeConfig = field(default_factory=JudgeConfig)
    propagation: PropagationConfig = field(default_factory=PropagationConfig)

    def __post_init__(self) -> None:
        if self.side_px is not None and self.side_px < 16:
            raise ObservationError(f"side_px must be at least 16, one cell, got {self.side_px}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Segmentation:
    """One frame's answer. Tuples go with `ids`, the objects in the order in which they came.

    `probabilities` are over the background and the objects, at the size that the network saw; `labels` holds ids at
    the frame's own size, 0 for the background. A score is the mean probability of an object inside its own region, so
    1 - score is how unsure the tracker is of it; 0 where nothing is seen of it. An identity says how likely what is
    there is the same thing as before. `note` says what was out of the ordinary.
    """

    t_s: float
    ids: tuple[int, ...]
    labels: Int32[np.ndarray, "h w"]
    probabilities: Float32[Tensor, "m i j"]
    boxes: tuple[PixelBox | None, ...]
    scores: tuple[float, ...]
    identities: tuple[float, ...]
    states: tuple[Sight, ...]
    note: str = ""


class SegmentationHead:
    """Follows what was marked through one stream.

    Args:
        network: XMem's (`load_network`) or the small one (`packaged_tracker`).
        config: sizes, when something is out of sight, the memory's bytes.
        device: where the memory lives: the network's.
    """

    def __init__(
        self,
        network: SegmentationNetwork,
        config: SegmentationConfig | None = None,
        *,
        device: str | torch.device = "cpu",
    ) -> None:
        self.network, self.config, self.device = network, config or SegmentationConfig(), torch.device(device)
        self._loop: Propagation | None = None
        self._size: tuple[int, int] | None = None  # of the frames as they come
        self._last_s = -np.inf
        self._judge = self._new_judge()
        self._labels: Int32[np.ndarray, "i j"] | None = None  # of the last frame, at the size that is seen

    def _new_judge(self) -> Judge:
        return Judge(self.config.judge, self.network, self.device)

    @property
    def ids(self) -> tuple[int, ...]:
        """The objects that are followed."""
        return () if self._loop is None else self._loop.ids

    def step(
        self,
        observation: Observation,
        masks: Integer[np.ndarray, "h w"] | Mapping[int, Bool[np.ndarray, "h w"]] | None = None,
        *,
        permanent: bool = False,
    ) -> Segmentation:
        """Take one frame in and say where everything is.

        Args:
            observation: the frame.
            masks: what somebody has marked in it: a picture of ids with 0 elsewhere, or a mask an id. Ids that are
                followed already are corrected, others are new; objects that are not marked are followed on. An id that
                was removed starts anew, as another object.
            permanent: keep this frame's appearance for good, as that of the first frame (XMem++'s permanent memory).

        Raises:
            OrderError: if time does not move forward.
            ObservationError: if nothing was ever marked, or for a mask of another size, without a pixel, or with ids
                below 1. Nothing has changed then.
            BudgetError: if there is no room for a new object.
        """
        if observation.t_s <= self._last_s:
            raise OrderError(f"the frame at {observation.t_s:.3f} s follows one at {self._last_s:.3f} s")
        size = observation.rgb.shape[:2]
        marked = {} if masks is None else _checked(masks, size)
        image = self._seen(observation.rgb)
        loop, notes = self._loop, []
        if loop is None or loop.padding.size != tuple(image.shape[-2:]):
            loop = self._new_loop(image.shape[-2:])
            if self._labels is not None:
                kept = _registered(self._labels, size)
                notes = [
                    f"the frames changed from {self._size} to {size}: objects go on from their last masks"
                ]
                gone = [id for id in self.ids if id not in kept and id not in marked]
                notes += [f"{id} has no pixel to go on from and is forgotten" for id in gone]
                marked = {**kept, **marked}
                if not marked:
                    raise ObservationError(
                        f"the frames changed from {self._size} to {size}, where no object has a pixel left to go on "
                        "from: mark one in this frame, or skip it"
                    )
        small = {id: self._shrunk(mask, image.shape[-2:]) for id, mask in marked.items()}
        notes += [
            f"{id} is smaller than a pixel of the {tuple(image.shape[-2:])} that the network sees: it will not be found"
            for id, mask in small.items()
            if float(mask.max()) < 0.5
        ]
        before = loop.ids
        try:
            found = self._judged(loop, image, small, observation, permanent=permanent)
        except BaseException:
            for id in set(loop.ids) - set(before):
                loop.remove(id)  # it was added by this frame, which failed
            raise
        self._loop, self._size, self._last_s = loop, size, observation.t_s
        return self._told(loop.padding.crop(found.said), found, observation, "; ".join(notes))

    def _judged(
        self,
        loop: Propagation,
        image: Float[Tensor, "3 i j"],
        masks: Mapping[int, Float[Tensor, "i j"]],
        observation: Observation,
        *,
        permanent: bool,
    ) -> Verdict:
        look = loop.look(image, masks)
        if loop is not self._loop:
            self._judge.resized()
        verdict = self._judge.judge(look, loop.ids, masks, t_s=observation.t_s, frame=loop.frame)
        if look.due:
            all_of_them = self.config.judge.write_unseen
            known = [id for id, seen in zip(loop.ids, verdict.seen, strict=True) if seen or all_of_them]
            loop.remember(
                look, verdict.said, known, t_s=observation.t_s, permanent=permanent or verdict.anchor
            )
        return verdict

    def _new_loop(self, size: Sequence[int]) -> Propagation:
        beside = Beside(frame=8 * 5 + 4 * size[0] * size[1], object=self._judge.object_bytes)
        return Propagation(self.network, self.config.propagation, size, device=self.device, beside=beside)

    def remove(self, id: int) -> None:
        """Stop following an object and forget it.

        Raises:
            ObservationError: if there is no such object.
        """
        if self._loop is None:
            raise ObservationError(f"there is no object {id} to remove: nothing is followed yet")
        self._loop.remove(id)
        self._judge.follow(self.ids)
        if self._labels is not None:
            self._labels[self._labels == id] = 0

    # -- what the network sees -------------------------------------------------------------------------------

    def _seen(self, rgb: UInt8[np.ndarray, "h w 3"]) -> Float32[Tensor, "3 i j"]:
        """Normalised, and no larger than wanted."""
        high, wide = rgb.shape[:2]
        side = self.config.side_px
        if side is not None and min(high, wide) > side:
            scale = side / min(high, wide)
            rgb = cv2.resize(rgb, (round(wide * scale), round(high * scale)), interpolation=cv2.INTER_AREA)
        image = torch.from_numpy(np.ascontiguousarray(rgb)).to(self.device).permute(2, 0, 1).float() / 255
        mean, std = (image.new_tensor(of)[:, None, None] for of in (self.network.mean, self.network.std))
        return (image - mean) / std

    def _shrunk(self, mask: Bool[np.ndarray, "h w"], size: torch.Size) -> Float32[Tensor, "i j"]:
        high, wide = size
        part: NDArray[np.float32] = mask.astype(np.float32)
        if part.shape != (high, wide):
            part = np.asarray(cv2.resize(part, (wide, high), interpolation=cv2.INTER_AREA), np.float32)
        return torch.from_numpy(part).to(self.device)

    # -- what is said ----------------------------------------------------------------------------------------

    def _told(
        self, said: Float[Tensor, "m i j"], verdict: Verdict, observation: Observation, note: str
    ) -> Segmentation:
        size, ids = observation.rgb.shape[:2], self.ids
        seen_size = (said.shape[1], said.shape[2])
        labels = labels_at(said, size, ids)
        self._labels = labels.copy() if size == seen_size else labels_at(said, seen_size, ids)
        return Segmentation(
            t_s=observation.t_s,
            ids=ids,
            labels=labels,
            probabilities=said,
            boxes=label_boxes(labels, ids),
            scores=tuple(verdict.score.tolist()),
            identities=tuple(verdict.alike.tolist()),
            states=self._judge.presence.sights(observation.t_s),
            note=note,
        )

    # -- keeping ---------------------------------------------------------------------------------------------

    def nbytes(self) -> int:
        """Bytes of the arrays in `state`; never above the budget."""
        if self._loop is None or self._labels is None:
            return 0
        return 8 * 5 + self._labels.nbytes + self._judge.nbytes() + self._loop.nbytes()

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        if self._loop is None or self._labels is None:
            return {}
        own = {
            "size": np.array([*self._loop.padding.size, *(self._size or ())], np.int64),
            "last_s": np.array([self._last_s]),
            "labels": self._labels.copy(),
        }
        parts = {"judge": self._judge.state(), "propagation": self._loop.state()}
        return own | {f"{part}/{name}": a for part, state in parts.items() for name, a in state.items()}

    def restore(self, state: State) -> None:
        """Go on from a saved state.

        Raises:
            StoreDamagedError: if it was not saved by a head with this configuration and network.
        """
        if not state:
            self._loop = self._labels = self._size = None
            self._last_s, self._judge = -np.inf, self._new_judge()
            return
        if not {"size", "last_s", "labels"} <= set(state):
            raise StoreDamagedError(f"no state of a segmentation head, it holds {sorted(state)[:4]}")
        seen, own = state["size"][:2].tolist(), state["size"][2:].tolist()
        loop, judge = self._new_loop(seen), self._new_judge()
        for part, name in ((loop, "propagation/"), (judge, "judge/")):
            part.restore({k.removeprefix(name): a for k, a in state.items() if k.startswith(name)})
        self._loop, self._judge, self._size = loop, judge, (own[0], own[1])
        self._last_s = float(state["last_s"][0])
        self._labels = np.array(state["labels"], np.int32)


def _checked(
    masks: Integer[np.ndarray, "h w"] | Mapping[int, Bool[np.ndarray, "h w"]], size: tuple[int, int]
) -> dict[int, Bool[np.ndarray, "h w"]]:
    """A mask an id, each with a pixel."""
    if isinstance(masks, Mapping):
        found = {int(id): np.asarray(mask, bool) for id, mask in masks.items()}
    else:
        labels = np.asarray(masks)
        if not np.issubdtype(labels.dtype, np.integer):
            raise ObservationError(
                f"a picture of ids has whole numbers, got {labels.dtype}: convert it, or give a mask for each id"
            )
        found = {int(id): labels == id for id in np.unique(labels) if id}
    for id, mask in found.items():
        if mask.shape != size:
            raise ObservationError(
                f"the mask of object {id} is {mask.shape}, the frame {size}: give it the frame's size"
            )
        if not mask.any():
            raise ObservationError(f"the mask of object {id} is empty: leave it out, or remove the object")
        if not 1 <= id <= HIGHEST_ID:
            raise ObservationError(f"ids of objects are 1 to {HIGHEST_ID}, got {id}; 0 is the background")
    if not found:
        raise ObservationError("the masks mark nothing: every pixel is 0; leave them out to follow on")
    return found


def _registered(
    labels: Int32[np.ndarray, "h w"], size: tuple[int, int]
) -> dict[int, Bool[np.ndarray, "i j"]]:
    """The last masks at another size; objects without a pixel are left out."""
    resized = cv2.resize(labels.astype(np.float64), (size[1], size[0]), interpolation=cv2.INTER_NEAREST)
    return {int(id): resized == id for id in np.unique(resized) if id}
