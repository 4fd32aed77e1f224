"""Moved: between two visits, a thing is put elsewhere where the agent does not see it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from streammem.envs.habitat.episode import Goal
from streammem.envs.tasks.goal_views import thing_goal
from streammem.envs.tasks.queries import Question, askable
from streammem.envs.tasks.sightings import Sightings
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.stage import only
from streammem.envs.tasks.supports import Spot, spots
from streammem.envs.tasks.task import AgentPose
from streammem.envs.tasks.tour import TourConfig, look_about, route, stops
from streammem.envs.tasks.tour_task import TourTask
from streammem.errors import ObservationError

__all__ = ["MOVED_KINDS", "Moved"]

MOVED_KINDS = ("was", "last_place", "now")
APART_M = 2.0  # from the old place to the new one, at least
NEAREST_M = 1.0  # from where the agent is left to the goal
TRIES = 30  # of things and places


class Moved(TourTask):
    """Two visits, and a change between them that nobody sees; after DynaMem's moved objects (Liu et al. 2024).

    There is one of each kind of small things in the flat. The agent is carried through all rooms. Then one of these
    that it has seen is put on something in another room, out of view both before and after (`situation.world.events` has it). A second, shorter
    visit follows, which passes the new place in half of the episodes. Then one of

    - "was": go to where the thing stood at first;
    - "last_place": go to where you saw it last: the new place if the second visit passed it, else the old one;
    - "now": go to the thing; asked only if the second visit has shown it.

    Right is a stop within 0.2 m of a view point of that place. Who has forgotten both visits and tries one of the
    pieces of furniture that things stand on is right once in their number; who looks for the thing can find it where
    it is now, in time, but never learns where it was.
    """

    name = "Moved"

    def __init__(self, *, kinds: Sequence[str] = MOVED_KINDS, tour: TourConfig | None = None) -> None:
        unknown = [kind for kind in kinds if kind not in MOVED_KINDS]
        if unknown or not {"was", "last_place"} & set(kinds):
            raise ObservationError(
                f"Moved asks for some of {', '.join(MOVED_KINDS)}, was or last_place among them, got {list(kinds)}"
            )
        super().__init__(tour)
        self.kinds = tuple(kinds)
        self.thing = -1
        self.old: Goal | None = None
        self.new: Goal | None = None
        self.second = Sightings(1)

    def script(self, situation: Situation) -> list[AgentPose] | None:
        """The first visit."""
        self.thing, self.old, self.new = -1, None, None
        groups, _ = askable(situation.world)
        for things in groups.values():
            if things and situation.scene.by_id[things[0]].movable:
                only(situation.world, things[int(self.rng.integers(len(things)))])
        return super().script(situation)

    def look(self, situation: Situation) -> None:
        """Both visits' pictures, and the second one's alone."""
        super().look(situation)
        if self.thing > 0:
            self.second.add(situation.frame().instances)

    def tour_over(self, situation: Situation) -> bool:
        """After the first visit, the change; after the second, the question."""
        return super().tour_over(situation) if self.thing > 0 else False

    def more(self, situation: Situation) -> list[AgentPose]:
        """The second visit, where need be by the thing; another round of everything where nothing can be moved."""
        if self.thing > 0 and self.new is not None:
            return self._past(situation, self.new)
        if not self._change(situation):
            return super().more(situation)
        self.second = Sightings(max(thing.id for thing in situation.scene.things))
        new_room = situation.world.room_of(self.thing)
        rooms = [room for room in situation.scene.rooms if room.id not in (new_room, situation.room)]
        order = [rooms[int(i)] for i in self.rng.permutation(len(rooms))[:1]]
        if self.rng.random() < 0.5:
            order.insert(0, situation.scene.rooms[new_room])  # first, so that one goes on from there
        places = [place for room in order for place in stops(situation.grid, room)[:1]]
        return self._visit(situation, places)

    def _past(self, situation: Situation, goal: Goal) -> list[AgentPose]:
        """Up to the thing, whose place the visit has only glimpsed or is too near to, and on to another room."""
        near = self.places_of((goal,), situation)
        place = near[int(np.hypot(*(near - situation.xy).T).argmin())]
        rooms = [room for room in situation.scene.rooms if room.id != situation.world.room_of(self.thing)]
        room = rooms[int(self.rng.integers(len(rooms)))]
        return self._visit(situation, [(float(place[0]), float(place[1])), *stops(situation.grid, room)[:1]])

    def _visit(self, situation: Situation, places: Sequence[tuple[float, float]]) -> list[AgentPose]:
        poses = [situation.pose]
        for place in places:
            poses += route(situation.grid, poses[-1], place, self.tour)
            poses += look_about(poses[-1], self.tour, 1 if self.rng.random() < 0.5 else -1)
        return poses[1:] or [situation.pose]

    def ask(self, situation: Situation) -> tuple[Question, tuple[Goal, ...]] | None:
        """One of the fair questions."""
        if self.old is None or self.new is None:
            return None
        category = situation.scene.by_id[self.thing].category
        again, never = self.second.seen_well(self.thing), not self.second.glimpsed(self.thing)
        fair = {"was": self.old} if "was" in self.kinds else {}
        if again or never:
            fair["last_place"] = self.new if again else self.old
        if again:
            fair["now"] = self.new
        words = {
            "was": f"Go to where the {category} was at first.",
            "last_place": f"Go to where you saw the {category} last.",
            "now": f"Go to the {category}.",
        }
        for kind in self.rng.permutation([kind for kind in self.kinds if kind in fair]).tolist():
            goal = fair[kind]
            away = situation.distances(self.places_of((goal,), situation)).at(situation.xy)
            if NEAREST_M <= away < math.inf:
                question = Question(
                    kind=kind, text=words[kind], category=category, answers=(self.thing,),
                    candidates=tuple(self._carriers(situation)),
                )  # fmt: skip
                return question, (goal,)
        return None

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """All that things can stand on."""
        goals = [thing_goal(situation, one, []) for one in self._carriers(situation)]
        return [self.places_of((goal,), situation) for goal in goals if goal is not None]

    def _carriers(self, situation: Situation) -> list[int]:
        return [
            thing.id for thing in situation.scene.things
            if any(support.relation == "on" for support in thing.model.supports)
        ]  # fmt: skip

    def _change(self, situation: Situation) -> bool:
        """Move a thing, if there is one that fits somewhere."""
        groups, rooms = askable(situation.world)
        here = set(np.unique(situation.frame().instances).tolist())
        things = [
            group[0] for group in groups.values()
            if len(group) == 1 and situation.scene.by_id[group[0]].movable and group[0] not in here
            and self.sightings.seen_well(group[0])
        ]  # fmt: skip
        pairs = [
            (thing, carrier) for thing in things for carrier in self._carriers(situation)
            if situation.world.room_of(carrier) != rooms[thing]
        ]  # fmt: skip
        for index in self.rng.permutation(len(pairs))[:TRIES].tolist():
            thing, carrier = pairs[index]
            open_spots = [
                spot for spot in spots(situation.world, thing, carrier, self.rng)
                if spot.support.relation == "on"
            ]  # fmt: skip
            if open_spots and self._moved(situation, thing, open_spots[0]):
                return True
        return False

    def _moved(self, situation: Situation, thing: int, spot: Spot) -> bool:
        """Whether the thing could be put there: seen from somewhere at both places, and from here at neither."""
        world = situation.world
        start = world.at(thing)
        if math.dist(start[:2], spot.at[:2]) < APART_M:
            return False
        old = thing_goal(situation, thing, [])
        if old is None:
            return False
        before = world.save()
        world.move(thing, spot.at, spot.yaw, parent=spot.parent)
        new = thing_goal(situation, thing, [])
        if new is None or (situation.view(situation.pose).instances == thing).any():
            world.restore(before)
            return False
        self.thing, self.old, self.new = thing, old, new
        return True
