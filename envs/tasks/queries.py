"""What can be asked about a tour, fairly, given which things were seen when.

After FindingDory's templates (Yadav et al. 2025): the order in which things were come upon, the room where one was,
how many there were. A question is asked only where its answer does not hang on what somebody calls seeing: see
`Sightings`; and where steps are compared, they lie `MARGIN` apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from streammem.envs.apartment.categories import CATEGORIES
from streammem.envs.apartment.scene import Scene
from streammem.envs.apartment.world import World
from streammem.envs.tasks.sightings import NEVER, Sightings

__all__ = [
    "KINDS",
    "MARGIN",
    "QUERY_SIZES",
    "ROOM_KINDS",
    "Question",
    "askable",
    "counts",
    "encoded",
    "orders",
    "places",
    "plural",
]

MARGIN = 3  # steps
PLAIN = frozenset({"window", "door", "ceiling lamp", "person"})  # nobody is sent to these
KINDS = (
    "none",
    "first",
    "last",
    "before",
    "after",
    "room",
    "hidden",
    "was",
    "last_place",
    "now",
    "count",
    "order",
)
ROOM_KINDS = ("living room", "kitchen", "dining room", "bedroom", "study", "bathroom", "hall")
QUERY_SIZES = (len(KINDS), len(CATEGORIES) + 1, len(CATEGORIES) + 1, len(ROOM_KINDS) + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question and its truth.

    Attributes:
        kind: one of `KINDS`.
        text: in words.
        category: what it is about.
        other: a second category: of before, after and order.
        room: of counts, where only one room is meant.
        answers: things (or, of "room", rooms) any of which is right.
        candidates: the things (rooms) that fit the words if one has seen none of it, the answers among them.
        number: of counts, how many; of orders, 0 if `category` came first and 1 if `other` did.
    """

    kind: str
    text: str
    category: str
    other: str | None = None
    room: int | None = None
    answers: tuple[int, ...] = ()
    candidates: tuple[int, ...] = ()
    number: int = 0


def askable(world: World) -> tuple[dict[str, list[int]], dict[int, int]]:
    """The things of each category that people would ask about, and the room that each is in now.

    Not the shell, not doors, windows and ceiling lamps; categories in the order of `CATEGORIES`, things by id.
    """
    groups: dict[str, list[int]] = {name: [] for name in CATEGORIES if name not in PLAIN}
    for thing in world.scene.things:
        if thing.relation != "shell" and thing.category in groups and world.there(thing.id):
            groups[thing.category].append(thing.id)
    return groups, {thing: world.room_of(thing) for things in groups.values() for thing in things}


def encoded(question: Question | None, scene: Scene) -> Int64[np.ndarray, " 4"]:
    """A question in ids below `QUERY_SIZES`: its kind, its category, the other one, the kind of the room; 0 is none.

    Categories are numbered from 1 in the order of `CATEGORIES`, kinds of rooms in that of `ROOM_KINDS`.
    """
    if question is None:
        return np.zeros(4, np.int64)
    names = list(CATEGORIES)
    room = "" if question.room is None else scene.rooms[question.room].kind
    return np.array(
        [
            KINDS.index(question.kind),
            names.index(question.category) + 1,
            0 if question.other is None else names.index(question.other) + 1,
            ROOM_KINDS.index(room) + 1 if room in ROOM_KINDS else 0,
        ],
        np.int64,
    )


def places(
    sightings: Sightings, groups: Mapping[str, Sequence[int]], rooms: Mapping[int, int], kinds: Sequence[str]
) -> dict[str, list[Question]]:
    """All fair questions whose answer is a place to go to, by kind.

    Args:
        sightings: of the tour.
        groups: the things of each category that may be asked about.
        rooms: the room of each of these things.
        kinds: which to look for, of "first", "last", "before", "after" and "room".
    """
    seen = {category: _glimpsed(sightings, things) for category, things in groups.items()}
    seen = {category: things for category, things in seen.items() if things}
    found: dict[str, list[Question]] = {}
    for kind in kinds:
        if kind in ("first", "last"):
            found[kind] = _ends(sightings, seen, kind)
        elif kind in ("before", "after"):
            found[kind] = _beside(sightings, seen, kind)
        else:
            found[kind] = _rooms(sightings, seen, rooms)
    return found


def counts(
    sightings: Sightings,
    groups: Mapping[str, Sequence[int]],
    rooms: Mapping[int, int],
    names: Mapping[int, str],
    *,
    most: int,
) -> list[Question]:
    """How many of a category there are in the flat and in each room, up to `most`; 0 where none is.

    Whatever of it was glimpsed was seen. `names` has what each room is called; two rooms of one name are not told
    apart, so they are not asked about.
    """
    found: list[Question] = []
    named = [room for room, name in names.items() if list(names.values()).count(name) == 1]
    for category, things in groups.items():
        glimpsed = _glimpsed(sightings, things)
        if any(sightings.first_seen[thing] == NEVER for thing in glimpsed):
            continue
        for room in (None, *named):
            number = sum(room is None or rooms[thing] == room for thing in glimpsed)
            if number <= most:
                where = "on the tour" if room is None else f"in the {names[room]}"
                text = f"How many {plural(category)} did you see {where}?"
                found.append(Question(kind="count", text=text, category=category, room=room, number=number))
    return found


def orders(sightings: Sightings, groups: Mapping[str, Sequence[int]]) -> list[Question]:
    """Which of two categories was seen first, both ways round."""
    found: list[Question] = []
    spans = {
        category: (_earliest(sightings.first_seen, things), _earliest(sightings.first_glimpsed, things))
        for category, things in groups.items()
        if any(sightings.seen_well(thing) for thing in things)
    }
    for a, (seen, _) in spans.items():
        for b, (_, glimpsed) in spans.items():
            if seen + MARGIN <= glimpsed and a != b:
                for pair, number in (((a, b), 0), ((b, a), 1)):
                    text = f"Which did you see first, the {pair[0]} or the {pair[1]}?"
                    found.append(
                        Question(kind="order", text=text, category=pair[0], other=pair[1], number=number)
                    )
    return found


def plural(name: str) -> str:
    """How people say it of several.

    >>> plural("bookshelf"), plural("box"), plural("coffee table")
    ('bookshelves', 'boxes', 'coffee tables')
    """
    if name.endswith("shelf"):
        return f"{name[:-1]}ves"
    return f"{name}es" if name.endswith(("x", "s", "ch")) else f"{name}s"


def _glimpsed(sightings: Sightings, things: Sequence[int]) -> list[int]:
    return [thing for thing in things if sightings.glimpsed(thing)]


def _earliest(steps: Int64[np.ndarray, " ids"], things: Sequence[int]) -> int:
    return int(min(steps[thing] for thing in things))


def _ends(sightings: Sightings, seen: Mapping[str, list[int]], kind: str) -> list[Question]:
    """The first or last of several things alike."""
    found: list[Question] = []
    for category, things in seen.items():
        if len(things) < 2:
            continue
        if kind == "first":
            best = min(things, key=lambda thing: int(sightings.first_seen[thing]))
            others = _earliest(sightings.first_glimpsed, [t for t in things if t != best])
            clear = sightings.first_seen[best] + MARGIN <= others
        else:
            best = max(things, key=lambda thing: int(sightings.last_seen[thing]))
            others = max(int(sightings.last_glimpsed[t]) for t in things if t != best)
            clear = others + MARGIN <= sightings.last_seen[best]
        if clear and sightings.seen_well(best):
            found.append(
                Question(
                    kind=kind, text=f"Go to the {category} that you saw {kind} on the tour.", category=category,
                    answers=(best,), candidates=tuple(things),
                )
            )  # fmt: skip
    return found


def _beside(sightings: Sightings, seen: Mapping[str, list[int]], kind: str) -> list[Question]:
    """The thing that one came upon last before (first after) one came upon the only thing of another category."""
    found: list[Question] = []
    for other, marks in seen.items():
        if len(marks) != 1 or not sightings.seen_well(marks[0]):
            continue
        for category, things in seen.items():
            answer = None if category == other else _neighbour(sightings, things, marks[0], kind)
            if answer is not None:
                side = "last before" if kind == "before" else "first after"
                text = f"Go to the {category} that you came upon {side} you came upon the {other}."
                found.append(
                    Question(
                        kind=kind, text=text, category=category, other=other, answers=(answer,),
                        candidates=tuple(things),
                    )
                )  # fmt: skip
    return found


def _neighbour(sightings: Sightings, things: list[int], mark: int, kind: str) -> int | None:
    """Which of several alike; None where it is not clear, or there is only one."""
    seen, glimpsed = sightings.first_seen, sightings.first_glimpsed
    before = [thing for thing in things if seen[thing] + MARGIN <= glimpsed[mark]]
    after = [thing for thing in things if seen[mark] + MARGIN <= glimpsed[thing] and seen[thing] < NEVER]
    if len(things) < 2 or len(before) + len(after) < len(things):
        return None  # one of them appeared together with the mark
    side = before if kind == "before" else after
    if not side:
        return None
    best = (max if kind == "before" else min)(side, key=lambda thing: int(seen[thing]))
    rest = [thing for thing in side if thing != best]
    if kind == "before":
        clear = all(seen[thing] + MARGIN <= glimpsed[best] for thing in rest)
    else:
        clear = all(seen[best] + MARGIN <= glimpsed[thing] for thing in rest)
    return best if clear and sightings.seen_well(best) else None


def _rooms(sightings: Sightings, seen: Mapping[str, list[int]], rooms: Mapping[int, int]) -> list[Question]:
    """The room that has all things of a category."""
    every = tuple(sorted(set(rooms.values())))
    found: list[Question] = []
    for category, things in seen.items():
        here = {rooms[thing] for thing in things}
        if len(here) == 1 and any(sightings.seen_well(thing) for thing in things):
            found.append(
                Question(
                    kind="room", text=f"Go to the room where you saw the {category}.", category=category,
                    answers=tuple(here), candidates=every,
                )
            )  # fmt: skip
    return found
