"""Recall: a tour, then the way back to what was seen first, last, before or after something else, or to its room."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from streammem.envs.habitat.episode import Goal
from streammem.envs.tasks.goal_views import room_goal, thing_goal
from streammem.envs.tasks.queries import Question, askable, places
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.tour import TourConfig
from streammem.envs.tasks.tour_task import TourTask
from streammem.errors import ObservationError

__all__ = ["RECALL_KINDS", "Recall"]

RECALL_KINDS = ("first", "last", "before", "after", "room")
NEAREST_M = 1.0  # from where the agent is left to the goal
TRIES = 12  # questions of a kind


class Recall(TourTask):
    """Carried through all rooms and then asked, after FindingDory (Yadav et al. 2025).

    "Go to the chair that you saw first on the tour", or last; "to the chair that you came upon last before you came
    upon the fridge", or first after; "to the room where you saw the bathtub". Right is a stop within 0.2 m of a view
    point of the thing (within a metre of it, in sight) that is nearer to it than to the others of its kind, or
    inside the room. Reward as Habitat's, from the question on; SPL, too.

    Who has seen nothing of the tour but knows the present flat, and goes to one of the things that the words fit,
    is right in one of the number of these.
    """

    name = "Recall"

    def __init__(self, *, kinds: Sequence[str] = RECALL_KINDS, tour: TourConfig | None = None) -> None:
        unknown = [kind for kind in kinds if kind not in RECALL_KINDS]
        if unknown or not kinds:
            raise ObservationError(f"Recall asks for some of {', '.join(RECALL_KINDS)}, got {list(kinds)}")
        super().__init__(tour)
        self.kinds = tuple(kinds)

    def ask(self, situation: Situation) -> tuple[Question, tuple[Goal, ...]] | None:
        """One of the fair questions, each kind as likely as any other."""
        groups, rooms = askable(situation.world)
        found = places(self.sightings, groups, rooms, self.kinds)
        for kind in self.rng.permutation(np.array(self.kinds)).tolist():
            questions = found[kind]
            for index in self.rng.permutation(len(questions))[:TRIES]:
                question = questions[int(index)]
                goals = self._goals(question, question.answers[0], situation)
                if goals and NEAREST_M <= self._away(goals, situation) < math.inf:
                    return question, goals
        return None

    def distance_m(self, situation: Situation) -> float:
        """Geodesic; 0 inside the room that was asked for."""
        if (
            self.question is not None
            and self.question.kind == "room"
            and situation.room in self.question.answers
        ):
            return 0.0
        return super().distance_m(situation)

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """All things of the kind that were in the pictures, or all rooms."""
        if self.question is None:
            return []
        found = [self._goals(self.question, one, situation) for one in self.question.candidates]
        return [self.places_of(goals, situation) for goals in found if goals]

    def _goals(self, question: Question, answer: int, situation: Situation) -> tuple[Goal, ...]:
        """Where one goes for an answer; nothing where it is out of reach, or one is there already."""
        if question.kind == "room":
            goal = None if situation.room == answer else room_goal(situation, answer)
        else:
            goal = thing_goal(situation, answer, [one for one in question.candidates if one != answer])
        return () if goal is None else (goal,)

    def _away(self, goals: tuple[Goal, ...], situation: Situation) -> float:
        return situation.distances(self.places_of(goals, situation)).at(situation.xy)
