"""Hidden: a thing is put into a container before the agent's eyes; later the agent goes there."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.world import World
from streammem.envs.habitat.episode import Goal
from streammem.envs.headings import heading
from streammem.envs.tasks.goal_views import thing_goal
from streammem.envs.tasks.queries import Question, askable
from streammem.envs.tasks.sightings import SEEN_PIXELS
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.stage import only
from streammem.envs.tasks.supports import Spot, spots
from streammem.envs.tasks.task import AgentPose
from streammem.envs.tasks.tour import TourConfig, look_about, route, stops
from streammem.envs.tasks.tour_task import TourTask
from streammem.errors import ObservationError

__all__ = ["Hidden"]

LOOK, OPENING, SHOWN, CLOSING, SHUT = 3, 3, 4, 3, 2  # frames
ACT = LOOK + OPENING + SHOWN + CLOSING + SHUT
AWAY_M = (0.9, 1.2, 1.5, 1.9)  # in front of the container
PLAIN_SHARE = 0.0015  # of the picture: 25 pixels of 128 x 128
ASIDE_M = (0.0, -0.4, 0.4, -0.8, 0.8)
NEAREST_M = 1.5  # from where the agent is left to the container
TRIES = 6  # things for each container
FEWEST = 3  # containers that a thing may be in


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Hiding:
    """What is put where, and from where the agent sees it."""

    thing: int
    spot: Spot
    pose: AgentPose


class Hidden(TourTask):
    """Hide and seek, as in the shell games of MIKASA-Robo (Cherepanov et al. 2025), in a flat.

    The agent stands before a cabinet (a wardrobe, a fridge, ...): its door opens, a small thing, the only one of its kind, is put
    in, the door shuts. Then the agent is carried to another room, looks about there and waits for `delay`
    frames; then `query` names the thing. Right is a stop within 0.2 m of a view point of the container that is
    nearer to it than to any other container.

    Nothing of it is to be seen any more when the question comes: who has forgotten is right once in the number of
    containers of the flat, at least three.
    """

    name = "Hidden"

    def __init__(self, *, delay: int = 20, tour: TourConfig | None = None) -> None:
        if not 0 <= delay <= 10_000:
            raise ObservationError(f"a delay has 0 to 10000 frames, got {delay}")
        super().__init__(tour)
        self.delay = delay
        self.hiding: Hiding | None = None
        self.containers: list[int] = []

    def script(self, situation: Situation) -> list[AgentPose] | None:
        """Before the container, on to another room, round once, and still."""
        self.containers = [
            thing.id for thing in situation.scene.things
            if any(support.relation == "in" and support.door is not None for support in thing.model.supports)
            and thing_goal(situation, thing.id, self._others(situation, thing.id)) is not None
        ]  # fmt: skip
        self.hiding = self._found(situation) if len(self.containers) >= FEWEST else None
        if self.hiding is None:
            return None
        home = situation.world.room_of(self.hiding.spot.parent)
        places = [
            place
            for room in situation.scene.rooms
            if room.id != home
            for place in stops(situation.grid, room)
            if self._far_enough(situation, place)
        ]
        if not places:
            return None
        away = places[int(self.rng.integers(len(places)))]
        way = route(situation.grid, self.hiding.pose, away, self.tour)
        round_there = look_about(way[-1], self.tour, 1 if self.rng.random() < 0.5 else -1)
        pose = self.hiding.pose
        ahead = AgentPose(pose.x, pose.y, pose.yaw)  # an episode begins with a level camera
        return [ahead] + [pose] * ACT + way + round_there + [(round_there or way)[-1]] * self.delay

    def happen(self, situation: Situation, frame: int) -> None:
        """The door opens, the thing goes in, the door shuts."""
        if self.hiding is None or not LOOK < frame <= ACT:
            return
        world, spot, since = situation.world, self.hiding.spot, frame - LOOK
        if since <= OPENING:
            self._swing(world, since / OPENING)
        elif since == OPENING + 1:
            world.move(self.hiding.thing, spot.at, spot.yaw, parent=spot.parent, relation="in")
        elif OPENING + SHOWN < since <= OPENING + SHOWN + CLOSING:
            self._swing(world, 1 - (since - OPENING - SHOWN) / CLOSING)

    def ask(self, situation: Situation) -> tuple[Question, tuple[Goal, ...]] | None:
        """Where it is."""
        if self.hiding is None:
            return None
        container, thing = self.hiding.spot.parent, self.hiding.thing
        goal = thing_goal(situation, container, self._others(situation, container))
        if goal is None:
            return None
        category = situation.scene.by_id[thing].category
        question = Question(
            kind="hidden", text=f"Go to where the {category} is.", category=category,
            answers=(container,), candidates=tuple(self.containers),
        )  # fmt: skip
        return question, (goal,)

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """All containers."""
        goals = [thing_goal(situation, one, self._others(situation, one)) for one in self.containers]
        return [self.places_of((goal,), situation) for goal in goals if goal is not None]

    def _others(self, situation: Situation, container: int) -> list[int]:
        """The things with doors but one."""
        return [
            thing.id
            for thing in situation.scene.things
            if thing.id != container and any(support.relation == "in" for support in thing.model.supports)
        ]

    def _far_enough(self, situation: Situation, place: tuple[float, float]) -> bool:
        if self.hiding is None:
            return False
        pose = self.hiding.pose
        return NEAREST_M < situation.distances([(pose.x, pose.y)]).at(place) < math.inf

    def _swing(self, world: World, share: float) -> None:
        """The door of the container, so far open; the last frame writes it down."""
        if self.hiding is None or self.hiding.spot.support.door is None:
            return
        spot = self.hiding.spot
        if share == 1.0:
            world.open(spot.parent)
        elif share <= 0.0:
            world.close(spot.parent)
        else:
            body = world.bodies(spot.parent)[spot.support.door or 0]
            joint = world.joint(body)
            if joint is not None:
                world.set_joint(body, joint.low + share * (joint.high - joint.low))

    def _found(self, situation: Situation) -> Hiding | None:
        """A thing, a container and a pose such that one sees it go in, and nothing of it afterwards."""
        groups, _ = askable(situation.world)
        small = [
            things[int(self.rng.integers(len(things)))] for things in groups.values()
            if things and situation.scene.by_id[things[0]].movable
        ]  # fmt: skip
        for container in self.rng.permutation(self.containers).tolist():
            for thing in self.rng.permutation(np.array(small, np.int64))[:TRIES].tolist():
                inside = [
                    spot for spot in spots(situation.world, thing, container, self.rng)
                    if spot.support.relation == "in" and spot.support.door is not None
                ]  # fmt: skip
                for spot in inside:
                    pose = self._sees(situation, thing, spot)
                    if pose is not None:
                        only(situation.world, thing)
                        return Hiding(thing=thing, spot=spot, pose=pose)
        return None

    def _sees(self, situation: Situation, thing: int, spot: Spot) -> AgentPose | None:
        """A free place in front from which the thing is seen in the open container, and not in the shut one."""
        world = situation.world
        before = world.save()
        world.open(spot.parent)
        world.move(thing, spot.at, spot.yaw, parent=spot.parent, relation="in")
        found = None
        for pose in self._in_front(situation, spot):
            share = float(np.mean(situation.view(pose).instances == thing))
            if (
                share >= PLAIN_SHARE
                and share * situation.camera.width * situation.camera.height >= SEEN_PIXELS
            ):
                found = pose
                break
        if found is not None:
            world.close(spot.parent)
            if (situation.view(found).instances == thing).any():
                found = None
        world.restore(before)
        return found

    def _in_front(self, situation: Situation, spot: Spot) -> list[AgentPose]:
        world, grid = situation.world, situation.grid
        x, y, _ = world.at(spot.parent)
        yaw, depth = world.yaw(spot.parent), world.scene.by_id[spot.parent].model.size[1]
        found: list[AgentPose] = []
        for away in AWAY_M:
            for aside in ASIDE_M:
                reach = depth / 2 + away
                at_x = x + math.sin(yaw) * reach + math.cos(yaw) * aside
                at_y = y - math.cos(yaw) * reach + math.sin(yaw) * aside
                if grid.area((at_x, at_y)) == grid.largest_area:
                    toward = heading(at_x, at_y, spot.at[0], spot.at[1])
                    level = math.hypot(spot.at[0] - at_x, spot.at[1] - at_y)
                    pitch = math.atan2(spot.at[2] + 0.1 - situation.agent.camera_height_m, level)
                    found.append(AgentPose(at_x, at_y, toward, max(pitch, -math.radians(40))))
        return found
