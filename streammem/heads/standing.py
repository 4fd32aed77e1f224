"""A standing question: prepared once, asked often, and only about what is new.

`find` looks through everything that was ever kept. Who waits for something asks after every frame, and then only
what is in sight can have changed: one exemplar, and a few small things. Their scores are those that `find` gives
without its geometric check, and each is computed once, as long as nothing more becomes known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from streammem.heads.recall import Line
from streammem.memory.episodic import EpisodicMemory
from streammem.memory.object_answers import OBJECT
from streammem.memory.objects import ObjectMemory
from streammem.memory.sights import Sight
from streammem.memory.stores import Stores
from streammem.types import Evidence

__all__ = ["Standing"]

MOST_KNOWN = 512  # answers that are remembered


@dataclass(frozen=True, slots=True)
class Prepared:
    """One line of a question in the form in which a store compares it."""

    line: Line
    store: EpisodicMemory | ObjectMemory
    what: Float32[np.ndarray, "q d"]


@dataclass(frozen=True, slots=True)
class Answer:
    """How sure one sight is what is asked for, and by which line of the question; None where nothing compares."""

    score: float
    by: Prepared | None = None


NOTHING = Answer(0.0)


class Standing:
    """One question to one memory; `StreamMemory.standing` makes it.

    Args:
        lines: the question, as `Recall.lines` prepares it.
        stores: what is asked.
        settle: makes sure that every frame taken in is in the stores.
    """

    def __init__(self, lines: Iterable[Line], stores: Stores, settle: Callable[[], None]) -> None:
        self._stores, self._settle = stores, settle
        self._lines: dict[str, list[Prepared]] = {}
        for line in lines:
            small = stores.objects if line.space == OBJECT else None
            name, store = ("episodic", stores.episodic) if small is None else ("objects", small)
            prepared = Prepared(line, store, store.prepared(line.space, line.what))
            self._lines.setdefault(name, []).append(prepared)
        self._known: dict[Sight, Answer] = {}

    def ask(self, stream: str, since_s: float) -> Evidence | None:
        """The best answer among what a stream showed from a time on; None if it showed nothing that compares.

        Its score is calibrated to 0..1 as those of `find`. Its frame, box and picture are those of the first time
        that the memory saw this.
        """
        return self.evidence(self.sights(stream, since_s))

    def sights(self, stream: str, since_s: float) -> list[Sight]:
        """What a stream showed from a time on: the same for all questions to one memory."""
        self._settle()
        return self._stores.sighted(stream, since_s)

    def score(self, sights: Sequence[Sight]) -> float:
        """How sure it is, 0 to 1, that one of these is what is asked for."""
        return max((self._answer(sight).score for sight in sights), default=0.0)

    def evidence(self, sights: Sequence[Sight]) -> Evidence | None:
        """The best of these as an answer; None if nothing compares."""
        best = max(sights, key=lambda sight: self._answer(sight).score, default=None)
        answer = NOTHING if best is None else self._answer(best)
        if best is None or answer.by is None:
            return None
        return self._stores.told(best, answer.by.line.space, answer.by.what, answer.score)

    def _answer(self, sight: Sight) -> Answer:
        known = self._known.get(sight)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._known[sight] = self._compared(sight)
        return known

    def _compared(self, sight: Sight) -> Answer:
        best = NOTHING
        for prepared in self._lines.get(sight.store, ()):
            raw = prepared.store.likeness(sight.row, prepared.line.space, prepared.what)
            if raw is not None and (score := prepared.line.probability(raw)) > best.score:
                best = Answer(score, prepared)
        return best
