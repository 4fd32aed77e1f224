"""Count: a tour, then how many of a kind there were."""

from __future__ import annotations

import numpy as np

from streammem.envs.tasks.answer_task import AnswerTask
from streammem.envs.tasks.queries import ROOM_KINDS, Question, askable, counts
from streammem.envs.tasks.situation import Situation

__all__ = ["Count"]

MOST = 10


class Count(AnswerTask):
    """Carried through all rooms and then asked "how many chairs did you see", on the whole tour or in one room.

    The truth is what was in the agent's pictures: things of which only a few pixels were ever to be seen make a
    kind unfit to be asked about. Small and large numbers are asked for alike, 0 included; the answers are 0 to 10.
    An answer is worth 1 / (1 + |error|), `measures` has the mean absolute error. Four questions an episode.

    Who has seen nothing of the tour and counts what is before it now is right where that is all there is.
    """

    name = "Count"
    answers = MOST + 1

    def worth(self, right: int, answer: int) -> float:
        """1 if it is exact, 1/2 if it is one off, 1/3 ..."""
        return 1.0 / (1 + abs(right - answer))

    def chosen(self, situation: Situation) -> list[Question]:
        """Different kinds and rooms; each number as likely as any other that can be asked for."""
        groups, rooms = askable(situation.world)
        names = {room.id: room.kind for room in situation.scene.rooms if room.kind in ROOM_KINDS}
        left: dict[int, list[Question]] = {}
        for question in counts(self.sightings, groups, rooms, names, most=MOST):
            left.setdefault(question.number, []).append(question)
        found: list[Question] = []
        while left and len(found) < self.questions:
            numbers = sorted(left)
            number = numbers[int(self.rng.integers(len(numbers)))]
            found.append(left[number].pop(int(self.rng.integers(len(left[number])))))
            if not left[number]:
                del left[number]
        return found if any(question.number for question in found) else []

    def guess(self, situation: Situation, rng: np.random.Generator) -> int:
        """How many are in the picture now."""
        if self.question is None:
            return 0
        groups, rooms = askable(situation.world)
        here = set(np.unique(situation.frame().instances).tolist())
        seen = [thing for thing in groups.get(self.question.category, []) if thing in here]
        wanted = self.question.room
        return min(MOST, sum(wanted is None or rooms[thing] == wanted for thing in seen))
