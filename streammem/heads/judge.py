"""What to make of the network's word: which parts are the object, who is in sight, what is worth keeping for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int32
from torch import Tensor
from torch.nn import functional

from streammem.errors import ObservationError
from streammem.heads.anchors import AnchorConfig, Anchors
from streammem.heads.motion import BoxMotion
from streammem.heads.object_rows import ObjectRows
from streammem.heads.presence import IdentityConfig, Presence
from streammem.heads.propagation import Look
from streammem.heads.regions import corners, out_of_reach, reach, rival
from streammem.interface import State
from streammem.memory.summaries import ObjectSummaries
from streammem.perception.networks.protocol import SegmentationNetwork

__all__ = ["Judge", "JudgeConfig", "Verdict"]


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeConfig:
    """Switches; with `identity`, `motion` and `anchors` off and `hide_unseen` false, XMem's word stands as it is."""

    sure: float = 0.6  # mean probability in its own region from which on an object is present
    smallest: float = 2e-4  # share of the picture that it then covers at least
    lost_after_s: float = 2.0  # out of sight for so long, it is lost
    hide_unseen: bool = True  # an object that is out of sight has no mask
    write_unseen: bool = False  # keep writing objects that are out of sight, as XMem does
    # Recognise objects after a cut or time out of sight; "auto": with the network that it is fitted for.
    identity: IdentityConfig | Literal["auto"] | None = "auto"
    motion: bool = True  # drop parts that lie where the object cannot have gone
    # Keep frames for good that tell an object from its look-alikes.
    anchors: AnchorConfig | None = field(default_factory=AnchorConfig)

    def __post_init__(self) -> None:
        if not (0 <= self.sure < 1 and 0 <= self.smallest < 1 and self.lost_after_s >= 0):
            raise ObservationError(
                f"0 <= sure < 1, 0 <= smallest < 1 and lost_after_s >= 0 are needed, got {self}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One frame, judged; rows go with the objects."""

    said: Float[Tensor, "m i j"]  # probabilities that stand, with the border
    seen: Bool[np.ndarray, " n"]
    score: Float64[np.ndarray, " n"]  # mean probability in its own region, before anything was taken away
    alike: Float64[np.ndarray, " n"]  # how likely it is the same thing as before
    anchor: bool  # whether the frame tells an object from a rival


class Judge:
    """Knows the objects' sizes, motions and looks; everything here is small and of constant size an object.

    Args:
        config: what to look at.
        network: whose word it is.
        device: where keys and probabilities are.
    """

    def __init__(self, config: JudgeConfig, network: SegmentationNetwork, device: torch.device) -> None:
        self.config, self.stride = config, network.stride
        fitted = IdentityConfig() if network.calibrated else None
        self.presence = Presence(
            network.key_dim,
            sure=config.sure,
            smallest=config.smallest,
            lost_after_s=config.lost_after_s,
            identity=fitted if config.identity == "auto" else config.identity,
            device=device,
        )
        self.motion = BoxMotion()
        self.anchors = Anchors(config.anchors or AnchorConfig())

    def follow(self, ids: Sequence[int]) -> None:
        """These objects and no others, in this order; of new ones nothing is known."""
        for part in self._parts().values():
            part.follow(ids)

    def resized(self) -> None:
        """Frames of another size follow, counted anew: nothing is known of where and how large anybody is."""
        self.motion.forget(np.ones(len(self.motion.rows), bool))
        self.anchors.forget()

    def judge(
        self, look: Look, ids: Sequence[int], marked: Collection[int], *, t_s: float, frame: int
    ) -> Verdict:
        """One frame; `marked` are objects that somebody has marked in it."""
        self.follow(ids)
        by_hand = np.isin(ids, list(marked))
        said = look.said.float()
        winner, area, score = _counted(said, len(ids))
        boxes = corners(winner, len(ids))
        doubted = np.full(len(ids), look.cut)
        if self.config.motion:
            away_s = t_s - self.presence.rows["unseen_s"]
            self.motion.forget(by_hand | doubted | (away_s >= self.config.lost_after_s))
            expected, spread = self.motion.predict()
            within = reach(expected, spread)
            removed = out_of_reach(winner, boxes, expected, within)
            if removed.any():
                said = _without(said, torch.from_numpy(removed).to(said.device))
                winner, area, _ = _counted(said, len(ids))
                boxes = corners(winner, len(ids))
            doubted |= ~_meet(boxes, within) & np.isnan(away_s)  # who is in sight does not jump
        shares = functional.avg_pool2d(said[None, 1:], self.stride)[0].flatten(1)
        seen, alike = self.presence.judge(
            t_s, look.features.key.flatten(1).T, shares, score, area, marked=by_hand, doubted=doubted
        )
        anchor = look.due and self._anchored(look, shares, boxes, score, area, seen, frame)
        self.anchors.sized(area, seen)
        if self.config.motion:
            self.motion.update(boxes, seen & np.isfinite(boxes[:, 0]))
        if self.config.hide_unseen and not seen.all():
            said = said.clone()
            said[1:][torch.from_numpy(~seen).to(said.device)] = 0
            said /= said.sum(0)
        if look.due:
            self.presence.summaries.write(look.features.key.flatten(1).T, shares, torch.from_numpy(seen))
        return Verdict(said=said, seen=seen, score=score, alike=alike, anchor=anchor)

    def _anchored(
        self,
        look: Look,
        shares: Float[Tensor, "n cells"],
        boxes: Float64[np.ndarray, "n 4"],
        score: Float64[np.ndarray, " n"],
        area: Float64[np.ndarray, " n"],
        seen: Bool[np.ndarray, " n"],
        frame: int,
    ) -> bool:
        config = self.config.anchors
        if config is None:
            return False
        steady = np.flatnonzero(self.anchors.steady(frame, score, area, seen)).tolist()
        if not steady:
            return False
        key = look.features.key
        rivals = self.presence.summaries.rivals(key.flatten(1).T, shares).cpu().numpy()
        found = False
        for at in steady:
            cells = rivals[at].reshape(key.shape[1:])
            other = rival(cells, max(1, round(config.least * area[at] * cells.size)))
            if other is not None and self.anchors.apart(boxes[at], self.stride * np.array(other, np.float64)):
                self.anchors.rows["last"][at], found = frame, True
        return found

    # -- keeping ---------------------------------------------------------------------------------------------

    def _parts(self) -> dict[str, ObjectRows | ObjectSummaries]:
        return {
            "presence": self.presence.rows,
            "summaries": self.presence.summaries,
            "motion": self.motion.rows,
            "anchors": self.anchors.rows,
        }

    @property
    def object_bytes(self) -> int:
        """Bytes that an object takes."""
        return sum(part.object_bytes for part in self._parts().values())

    def nbytes(self) -> int:
        """Bytes of the arrays in `state`."""
        return sum(part.nbytes() for part in self._parts().values())

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        return {f"{name}/{k}": a for name, part in self._parts().items() for k, a in part.state().items()}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it does not fit.
        """
        for name, part in self._parts().items():
            part.restore(
                {k.removeprefix(f"{name}/"): a for k, a in state.items() if k.startswith(f"{name}/")}
            )


def _counted(
    said: Float[Tensor, "m i j"], objects: int
) -> tuple[Int32[np.ndarray, "i j"], Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Who is likeliest at each pixel; each object's share of the picture and mean probability there."""
    best, winner = said.max(0)
    flat, pixels = winner.flatten(), winner.numel()
    count = torch.bincount(flat, minlength=objects + 1)[1:].double()
    total = torch.bincount(flat, weights=best.flatten().double(), minlength=objects + 1)[1:]
    score = total / count.clamp(min=1)
    return winner.to(torch.int32).cpu().numpy(), (count / pixels).cpu().numpy(), score.cpu().numpy()


def _without(said: Float[Tensor, "m i j"], removed: Bool[Tensor, "i j"]) -> Float[Tensor, "m i j"]:
    """Where pixels are removed, whoever is likeliest there is not there."""
    place = said.argmax(0)
    gone = functional.one_hot(place, len(said)).permute(2, 0, 1).bool() & removed
    left = said.masked_fill(gone, 0.0)
    return left / left.sum(0).clamp(min=1e-12)


def _meet(boxes: Float64[np.ndarray, "n 4"], within: Float64[np.ndarray, "n 4"]) -> Bool[np.ndarray, " n"]:
    """Whether boxes touch where they can be; true for what has no box."""
    apart = (boxes[:, :2] > within[:, 2:]).any(1) | (boxes[:, 2:] < within[:, :2]).any(1)
    meet: Bool[np.ndarray, " n"] = ~np.asarray(apart)
    return meet
