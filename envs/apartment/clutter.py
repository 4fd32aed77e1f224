"""Small things: on tables, in cabinets, on the floor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from streammem.envs.apartment.approach import drawer_m
from streammem.envs.apartment.extras import drop, extras_for, leave
from streammem.envs.apartment.furnisher import Furnisher
from streammem.envs.apartment.model import Support
from streammem.envs.apartment.placing import Draft
from streammem.envs.apartment.stock import Item

__all__ = ["scatter"]

TRIES = 6  # places tried for one small thing on a support
APART_M = 0.015
EDGE_M = 0.01

# What stands on each kind of furniture, the usual first; how many are tried at most.
ON: Mapping[str, tuple[int, Sequence[str]]] = {
    "table": (4, ("cup", "bowl", "bottle", "cup", "book", "box", "laptop")),
    "desk": (4, ("laptop", "table lamp", "book", "cup", "bottle")),
    "coffee table": (3, ("cup", "book", "bowl", "bottle", "laptop")),
    "nightstand": (2, ("table lamp", "book", "cup")),
    "cabinet": (3, ("table lamp", "box", "book", "bowl", "bottle")),
    "counter": (3, ("bottle", "cup", "bowl", "box")),
    "kitchen sink": (1, ("cup", "bowl")),
    "stove": (0, ()),
    "bookshelf": (3, ("book", "box", "book", "ball")),
    "wardrobe": (0, ()),
    "fridge": (0, ()),
    "sofa": (1, ("book", "backpack", "laptop")),
    "bed": (1, ("book", "backpack", "laptop")),
    "stool": (1, ("cup", "book", "bowl")),
    "chair": (0, ()),
    "armchair": (0, ()),
}
IN: Mapping[str, tuple[int, Sequence[str]]] = {
    "cabinet": (2, ("box", "book", "ball", "shoe", "bowl")),
    "counter": (2, ("bowl", "bottle", "cup", "box")),
    "wardrobe": (2, ("shoe", "backpack", "box", "ball")),
    "nightstand": (1, ("book", "cup", "box")),
    "fridge": (2, ("bottle", "bowl", "bottle", "box")),
    "stove": (1, ("bowl",)),
    "kitchen sink": (1, ("bottle", "bowl", "box")),
}
FLOOR: Mapping[str, tuple[int, Sequence[str]]] = {
    "living room": (2, ("ball", "backpack", "box", "book")),
    "bedroom": (3, ("shoe", "backpack", "ball", "box", "book")),
    "hall": (3, ("shoe", "shoe", "backpack", "box", "ball")),
    "study": (2, ("box", "backpack", "book")),
    "dining room": (1, ("ball", "box")),
    "kitchen": (1, ("box", "backpack")),
    "bathroom": (1, ("shoe",)),
}
REACH_Z_M = 1.55  # higher than this nothing is put: from below nobody would see it
EYE_M = 1.25  # above the floor
VIEW_M = 0.95  # from who looks to the thing, level
BOARD_M = 0.05  # by which a line of sight clears the boards above and below
NEARLY_M = 0.15  # under one's eyes a shelf is looked along, not down on
LOW_SHARE = 0.4  # of a thing, from its foot
SHELF_M = 0.6  # on what is less high, things stand in the front half


def scatter(f: Furnisher) -> None:
    """Put small things on and into the furniture of a room, and on its floor."""
    for host in list(f.drafts):
        for support in host.model.supports:
            table = ON if support.relation == "on" else IN
            count, kinds = table.get(host.model.category, (0, ()))
            if count == 0 or support.z > REACH_Z_M or (support.relation == "in" and f.chance(0.4)):
                continue
            _fill(f, host, support, kinds, int(f.rng.integers(0, count + 1)))
    most, kinds = FLOOR.get(f.room.kind, (0, ()))
    for _ in range(int(f.rng.integers(0, most + 1)) if kinds else 0):
        draft = drop(f, f.pick(kinds[int(f.rng.integers(len(kinds)))]))
        if draft is not None:
            draft.movable = True
    for category in extras_for(f):
        if category.mount == "floor":
            leave(f, category)
        else:
            _offer(f, category.name)


def _fill(f: Furnisher, host: Draft, support: Support, kinds: Sequence[str], count: int) -> None:
    """Put so many of some kinds of things on a support; fewer if they do not fit."""
    for kind in sorted(f.rng.permutation(len(kinds))[:count].tolist()):
        item = f.pick(kinds[kind])
        if item.height > support.clear_m - 0.005:
            continue
        for _ in range(TRIES):
            draft = _put(f, item, host, support)
            if draft is None or not _shows(draft, host, support):
                continue
            if f.ground.holds(draft, APART_M, on=host):
                f.drafts.append(draft)
                f.ground.take(draft)
                break


def _offer(f: Furnisher, kind: str) -> None:
    """Put a thing on some furniture of the room where it fits."""
    hosts = [
        (host, support)
        for host in f.drafts
        for support in host.model.supports
        if host.model.category in ON and support.relation == "on" and support.z <= REACH_Z_M
    ]
    before = len(f.drafts)
    for number in f.rng.permutation(len(hosts)).tolist():
        host, support = hosts[number]
        _fill(f, host, support, (kind,), 1)
        if len(f.drafts) > before:
            return


def _put(f: Furnisher, item: Item, host: Draft, support: Support) -> Draft | None:
    """A thing somewhere on a support; None if it is too large."""
    yaw = float(f.rng.normal(0.0, 0.35)) + (math.pi if f.chance(0.2) else 0.0)
    x0, y0, x1, y1 = item.turned(yaw)
    low = (support.low[0] - x0 + EDGE_M, support.low[1] - y0 + EDGE_M)
    high = (support.high[0] - x1 - EDGE_M, support.high[1] - y1 - EDGE_M)
    if low[0] > high[0] or low[1] > high[1]:
        return None
    shallow = support.relation == "in" or support.clear_m < SHELF_M
    back = (low[1] + high[1]) / 2 if shallow else high[1]
    at = host.world(float(f.rng.uniform(low[0], high[0])), float(f.rng.uniform(low[1], back)))
    z = host.at[2] + support.z - item.low[2]
    return Draft(item, (*at, z), host.yaw + yaw, f.room.id, support.relation, parent=host, movable=True)


def _shows(draft: Draft, host: Draft, support: Support) -> bool:
    """Whether one who stands before the host sees the middle of a thing: between the boards, or over the edge."""
    dx, dy = draft.at[0] - host.at[0], draft.at[1] - host.at[1]
    deep = math.cos(host.yaw) * dy - math.sin(host.yaw) * dx - host.item.low[1]  # behind the host's front
    if support.relation == "in":
        deep += drawer_m(host.model)
    away = VIEW_M + draft.item.depth / 2
    middle = draft.at[2] + (draft.item.low[2] + draft.item.high[2]) / 2
    at_front = middle + (EYE_M - middle) * deep / away
    shelf = host.at[2] + support.z
    over = middle < EYE_M - NEARLY_M or at_front > shelf + BOARD_M
    if shelf > EYE_M:  # seen from below: most of it, not its top alone
        foot = draft.at[2] + draft.item.low[2] + LOW_SHARE * draft.item.height
        over = foot + (EYE_M - foot) * deep / away > shelf + BOARD_M
    return over and at_front < shelf + support.clear_m - BOARD_M
