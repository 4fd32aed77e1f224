"""Is it in sight, and is it still the same thing: present, occluded or lost, with a score for each.

A sure mask of some size is not enough, a tracker always finds something: what is under it has to look like the object,
by the word of the object memory (`ObjectSummaries`). That word is averaged over a few frames. What is in sight stays so
until the average is low; after a cut, a jump, or time out of sight it starts from nothing and has to be high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from streammem.heads.object_rows import ObjectRows
from streammem.memory.summaries import ObjectSummaries

__all__ = ["STATES", "IdentityConfig", "Presence", "Sight"]

Sight = Literal["present", "occluded", "lost"]
STATES: tuple[Sight, ...] = ("present", "occluded", "lost")


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityConfig:
    """How likely a region is the object: a logistic curve over two numbers, fitted for the small network's keys.

    They are the mask's score and the region's likeness to the object's summaries. `benchmarks.vos.identity` fits such
    curves, on seeds 11 to 13, and marks this one beside them.
    """

    score: float = 19.1
    own: float = 24.0
    offset: float = -29.3
    pace: float = 0.3  # weight of the newest frame in the average
    again: float = 0.5  # average from which on a thing is in sight again
    still: float = 0.05  # average below which it is no longer


class Presence:
    """The followed objects' states, in the order of `rows.ids`.

    Args:
        dim: of the keys.
        sure: mean probability in its own region from which on an object may be present.
        smallest: share of the picture that it then covers at least.
        lost_after_s: out of sight for so long, it is lost.
        identity: how to recognise it again; None: any sure mask will do.
        device: where the object memory lives.
    """

    def __init__(
        self,
        dim: int,
        *,
        sure: float,
        smallest: float,
        lost_after_s: float,
        identity: IdentityConfig | None,
        device: torch.device,
    ) -> None:
        self.sure, self.smallest, self.lost_after_s, self.identity = sure, smallest, lost_after_s, identity
        # Since when it is out of sight, NaN for what is in sight; how likely it was the same thing lately.
        self.rows = ObjectRows({"unseen_s": np.array(np.nan), "trust": np.array(1.0)})
        self.summaries = ObjectSummaries(dim, device)

    def judge(
        self,
        t_s: float,
        key: Float[Tensor, "cells d"],
        shares: Float[Tensor, "n cells"],
        score: Float64[np.ndarray, " n"],
        area: Float64[np.ndarray, " n"],
        *,
        marked: Bool[np.ndarray, " n"],
        doubted: Bool[np.ndarray, " n"],
    ) -> tuple[Bool[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
        """Who is in sight in this frame, and how likely each region is the same thing as before (1 if marked).

        Args:
            t_s: time of the frame.
            key: what each cell looks like.
            shares: how much of each cell is each object's.
            score: mean probability of each object in its own region.
            area: share of the picture that the region covers.
            marked: objects that somebody has marked in this frame: they are there.
            doubted: objects whose masks do not follow on from the last frame's.
        """
        unseen_s = self.rows["unseen_s"]
        alike = self._alike(key, shares, score) if self.identity is not None else np.ones(len(score))
        alike = np.where(marked, 1.0, alike)
        seen = (score >= self.sure) & (area >= self.smallest)
        if self.identity is not None:
            trust, curve = self.rows["trust"], self.identity
            trust[doubted] = 0.0
            trust += curve.pace * (alike - trust)
            trust[marked] = 1.0
            seen &= trust >= np.where(doubted | ~np.isnan(unseen_s), curve.again, curve.still)
        seen |= marked
        unseen_s[seen] = np.nan
        unseen_s[~seen & np.isnan(unseen_s)] = t_s
        return seen, alike

    def sights(self, t_s: float) -> tuple[Sight, ...]:
        """What each object is doing."""
        away = t_s - self.rows["unseen_s"]
        return tuple(
            "present" if np.isnan(s) else "lost" if s >= self.lost_after_s else "occluded" for s in away
        )

    def _alike(
        self,
        key: Float[Tensor, "cells d"],
        shares: Float[Tensor, "n cells"],
        score: Float64[np.ndarray, " n"],
    ) -> Float64[np.ndarray, " n"]:
        assert self.identity is not None
        own = self.summaries.likeness(key, shares)[0].double().cpu().numpy()
        curve = self.identity
        odds = curve.score * score + curve.own * own + curve.offset
        alike: Float64[np.ndarray, " n"] = 1 / (1 + np.exp(-odds))
        return alike
