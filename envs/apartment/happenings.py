"""What happens in an apartment while an agent is about: things are moved, hidden and taken, doors opened, people sent.

A script is a list of happenings with their times. Each waits, if told to, until the agent does not look (or does).
All that is done is in the world's event log, with whether it was seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from streammem.envs.apartment.people import Walker
from streammem.envs.apartment.placement import Spot, free_place, place_on, put
from streammem.envs.apartment.world import World
from streammem.errors import ObservationError

__all__ = ["Close", "Displace", "Happening", "Hide", "Open", "Script", "Take", "Walk", "drawn", "hide"]

_log = logging.getLogger(__name__)
_BETWEEN_S = 1.0  # from opening a cabinet to putting something in, and from there to closing it

When = Literal["any", "unseen", "seen"]
Point = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Displace:
    """Move a thing: to a spot, onto (or into) another thing, or anywhere free."""

    thing: int
    spot: Spot | None = None
    onto: int | None = None
    rooms: tuple[int, ...] | None = None
    relation: Literal["on", "in", "floor"] = "on"


@dataclass(frozen=True, kw_only=True, slots=True)
class Take:
    """Take a thing away."""

    thing: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """Open a door, a cabinet, all drawers of a chest."""

    thing: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Close:
    """Shut it."""

    thing: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Hide:
    """Put a thing into another; if that is shut it is opened before and shut afterwards, a second apart."""

    thing: int
    container: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """Send a person to a place; only for people who do not walk about by themselves."""

    thing: int
    to: tuple[float, float]


Deed = Displace | Take | Open | Close | Hide | Walk


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """Something that is to happen.

    Attributes:
        t_s: not before this time.
        what: is done.
        when: only while the agent does not see the thing, nor what it goes to ("unseen"), only while it sees the thing
            ("seen"), or at once ("any").
        who: does it, for the event log.
    """

    t_s: float
    what: Deed
    when: When = "any"
    who: str = "hand"

    def __post_init__(self) -> None:
        if not np.isfinite(self.t_s) or self.when not in ("any", "unseen", "seen"):
            raise ObservationError(
                f'a happening has a finite time and is "any", "unseen" or "seen", got {self.t_s}, {self.when!r}'
            )


@dataclass(slots=True)
class _Waiting:
    due_s: float
    happening: Happening
    deeds: list[Deed]


@dataclass
class Script:
    """Makes happenings happen. A `Mover`: `world.movers.append(Script(world, happenings, rng))`.

    Attributes:
        world: where.
        happenings: in any order.
        rng: decides where things go that have no spot.
        sees_place: whether the agent sees a place, for things that go to the floor unseen.
        done: what has happened.
        failed: what could not (nowhere free, no way), and why.
    """

    world: World
    happenings: Sequence[Happening]
    rng: np.random.Generator
    sees_place: Callable[[Point], bool] | None = None
    done: list[Happening] = field(default_factory=list)
    failed: list[tuple[Happening, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for happening in self.happenings:
            self.world.row(happening.what.thing)
        ordered = sorted(self.happenings, key=lambda happening: happening.t_s)
        self._waiting = [_Waiting(h.t_s, h, [h.what]) for h in ordered]
        self._walkers: dict[int, Walker] = {}

    @property
    def waiting(self) -> int:
        """How many happenings are still to come."""
        return len(self._waiting)

    def step(self, dt_s: float) -> None:
        """Do what is due."""
        for walker in self._walkers.values():
            walker.walk(dt_s)
        for item in list(self._waiting):
            while item.deeds and item.due_s <= self.world.t_s and self._may(item.happening, item.deeds[0]):
                if not self._do(item):
                    break
            if not item.deeds:
                self._waiting.remove(item)

    def _may(self, happening: Happening, deed: Deed) -> bool:
        """Whether the agent looks, or does not, as the happening wants it."""
        if happening.when == "any":
            return True
        if happening.when == "seen":
            return self._seen(deed.thing)
        goal = deed.container if isinstance(deed, Hide) else deed.onto if isinstance(deed, Displace) else None
        return not self._seen(deed.thing) and (goal is None or not self._seen(goal))

    def _seen(self, thing: int) -> bool:
        return self.world.sees is not None and bool(self.world.sees(thing))

    def _do(self, item: _Waiting) -> bool:
        """Do the next deed; False if it has to be tried again later."""
        world, happening, deed = self.world, item.happening, item.deeds[0]
        item.deeds.pop(0)
        if isinstance(deed, Open):
            world.open(deed.thing, who=happening.who)
        elif isinstance(deed, Close):
            world.close(deed.thing, who=happening.who)
        elif isinstance(deed, Take):
            world.take(deed.thing, who=happening.who)
        elif isinstance(deed, Walk):
            walker = self._walker(deed.thing, happening.who)
            if not walker.send(deed.to):
                return self._fail(item, f"no way leads to {deed.to}")
        elif isinstance(deed, Hide):
            item.deeds = _hiding(world, deed)
            return True
        else:
            spot = self._spot(deed, happening)
            if spot is None:
                return self._fail(item, "nothing is free there")
            put(world, deed.thing, spot, who=happening.who)
        item.due_s = world.t_s + _BETWEEN_S
        if not item.deeds and all(happening is not failed for failed, _ in self.failed):
            self.done.append(happening)
        return True

    def _fail(self, item: _Waiting, why: str) -> bool:
        _log.warning("%s at %.1f s: %s", item.happening.what, self.world.t_s, why)
        self.failed.append((item.happening, why))
        item.deeds = [deed for deed in item.deeds if isinstance(deed, Close)]  # what was opened is shut
        item.due_s = self.world.t_s + _BETWEEN_S
        return False

    def _spot(self, deed: Displace, happening: Happening) -> Spot | None:
        """Where a thing goes; out of sight, if the happening is to be unseen."""
        if deed.spot is not None:
            return deed.spot
        if deed.onto is not None:
            relation: Literal["on", "in"] = "in" if deed.relation == "in" else "on"
            return place_on(self.world, deed.thing, deed.onto, self.rng, relation=relation)
        for _ in range(8):
            spot = free_place(
                self.world, deed.thing, self.rng, rooms=deed.rooms, relation=deed.relation, apart_m=0.5
            )
            if spot is None or happening.when != "unseen" or not self._looks_at(spot):
                return spot
        return None

    def _looks_at(self, spot: Spot) -> bool:
        if self.sees_place is not None and self.sees_place(spot.at):
            return True
        return spot.parent is not None and self._seen(spot.parent)

    def _walker(self, thing: int, name: str) -> Walker:
        if thing not in self._walkers:
            self._walkers[thing] = Walker(self.world, thing, name=name)
        return self._walkers[thing]


def _hiding(world: World, deed: Hide) -> list[Deed]:
    """What hiding consists of."""
    inside = Displace(thing=deed.thing, onto=deed.container, relation="in")
    if not world.can_open(deed.container) or world.is_open(deed.container):
        return [inside]
    return [Open(thing=deed.container), inside, Close(thing=deed.container)]


def hide(
    world: World, thing: int, container: int, rng: np.random.Generator, *, who: str = "hand"
) -> Spot | None:
    """Put a thing into another at once, opening and shutting it as needed; None, and nothing done, if it is full.

    Raises:
        ObservationError: if the scene has no such things.
    """
    spot = place_on(world, thing, container, rng, relation="in")
    if spot is None:
        return None
    shut = world.can_open(container) and not world.is_open(container)
    if shut:
        world.open(container, who=who)
    put(world, thing, spot, who=who)
    if shut:
        world.close(container, who=who)
    return spot


def drawn(
    world: World,
    rng: np.random.Generator,
    *,
    count: int,
    during_s: tuple[float, float],
    when: When = "unseen",
) -> list[Happening]:
    """Random displacements of movable things at random times; fewer if there are fewer things.

    Raises:
        ObservationError: if the times are not in order.
    """
    first_s, last_s = during_s
    if not first_s <= last_s:
        raise ObservationError(f"happenings from {first_s} s to {last_s} s: give the earlier time first")
    movable = [thing.id for thing in world.scene.things if thing.movable and world.there(thing.id)]
    chosen = rng.permutation(len(movable))[:count].tolist()
    times = np.sort(rng.uniform(first_s, last_s, len(chosen))).tolist()
    return [
        Happening(t_s=t_s, what=Displace(thing=movable[number]), when=when)
        for t_s, number in zip(times, chosen, strict=True)
    ]
