"""Tasks that end with questions that are answered in words: a tour, then an answer a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Float64

from streammem.envs.habitat.config import AgentConfig
from streammem.envs.tasks.queries import Question
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose, Verdict
from streammem.envs.tasks.tour import TourConfig
from streammem.envs.tasks.tour_task import TourTask
from streammem.errors import ObservationError

__all__ = ["AnswerTask"]


class AnswerTask(TourTask):
    """A tour, then some questions, one after another; the actions after the body's are the answers 0, 1, 2, ...

    The agent stays where it was left; an action of the body lets a step go by. The episode ends with the last answer.
    A sub-class gives `chosen` (the questions) and may give `worth`.

    Attributes:
        answers: how many there are to choose from.
        asked: the questions of this episode.
        given: the answers so far.
    """

    name = "Answer"
    answers = 2

    def __init__(self, *, questions: int = 4, tour: TourConfig | None = None) -> None:
        if not 1 <= questions <= 100:
            raise ObservationError(f"an episode has 1 to 100 questions, got {questions}")
        super().__init__(tour)
        self.questions = questions
        self.asked: list[Question] = []
        self.given: list[int] = []

    def chosen(self, situation: Situation) -> list[Question]:
        """The questions of this episode, different ones; fewer than wanted if there are no more."""
        raise NotImplementedError

    def worth(self, right: int, answer: int) -> float:
        """What an answer is worth, 1 at most."""
        return float(right == answer)

    def action_space(self, agent: AgentConfig) -> spaces.Discrete:
        """The body's actions, then the answers."""
        return spaces.Discrete(len(agent.actions) + self.answers)

    def script(self, situation: Situation) -> list[AgentPose] | None:
        """The tour."""
        self.asked, self.given = [], []
        return super().script(situation)

    def tour_over(self, situation: Situation) -> bool:
        """Ask the first question."""
        self.asked = self.chosen(situation)
        self.question = self.asked[0] if self.asked else None
        return self.question is not None

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """The next frame of the tour; afterwards the agent stays."""
        return super().steer(situation, action) if self.question is None else None

    def judge(self, situation: Situation, action: int) -> Verdict:
        """What the answer is worth, as a share of all questions."""
        answer = action - len(situation.agent.actions)
        if self.question is None:
            return super().judge(situation, action)
        if answer < 0:
            return Verdict()
        reward = self.worth(self.question.number, answer) / len(self.asked)
        self.given.append(answer)
        if len(self.given) == len(self.asked):
            return Verdict(reward=reward, terminated=True)
        self.question = self.asked[len(self.given)]
        return Verdict(reward=reward)

    def measures(self, situation: Situation) -> dict[str, Any]:
        """Success (all right), the share of right answers, the mean absolute error of those given."""
        errors = [abs(q.number - a) for q, a in zip(self.asked, self.given, strict=False)]
        right = sum(error == 0 for error in errors)
        return {
            "success": float(bool(self.asked) and right == len(self.asked)),
            "accuracy": right / len(self.asked) if self.asked else 0.0,
            "count_error": float(np.mean(errors)) if errors else 0.0,
            "answered": float(len(self.given)),
            "collisions": {"count": float(situation.collisions), "is_collision": float(situation.collided)},
        }

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """There is nowhere to go."""
        return []

    def guess(self, situation: Situation, rng: np.random.Generator) -> int:
        """The answer of one who has forgotten the tour: any."""
        return int(rng.integers(self.answers))

    def oracle_action(self, situation: Situation) -> int:
        """Any action while the agent is carried; then the truth."""
        if self.question is None:
            return 0
        return len(situation.agent.actions) + self.question.number
