"""Order: a tour, then which of two kinds of things was seen first."""

from __future__ import annotations

from streammem.envs.tasks.answer_task import AnswerTask
from streammem.envs.tasks.queries import Question, askable, orders
from streammem.envs.tasks.situation import Situation

__all__ = ["Order"]


class Order(AnswerTask):
    """Carried through all rooms and then asked "which did you see first, the sofa or the toilet?".

    The answers are 0 (the first that is named) and 1 (the other), as often right one as the other. Between the two
    lie at least three steps, and not a pixel of the later one was in the pictures before the earlier one was plain to see.
    Four pairs an episode; an answer is worth its share of 1 if it is right. Who has forgotten the tour is right
    half of the time.
    """

    name = "Order"
    answers = 2

    def chosen(self, situation: Situation) -> list[Question]:
        """Different pairs."""
        groups, _ = askable(situation.world)
        fair = orders(self.sightings, groups)
        found: dict[tuple[str, ...], Question] = {}
        for index in self.rng.permutation(len(fair)).tolist():
            question = fair[index]
            found.setdefault(tuple(sorted((question.category, str(question.other)))), question)
            if len(found) == self.questions:
                break
        return list(found.values())
