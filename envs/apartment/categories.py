"""The kinds of things that an apartment holds, and where each belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from streammem.envs.apartment.model import Mount

__all__ = ["CATEGORIES", "Category"]

LIVING, KITCHEN, BEDROOM, BATHROOM, HALL, STUDY = (
    "living room",
    "kitchen",
    "bedroom",
    "bathroom",
    "hall",
    "study",
)
DRY = (LIVING, KITCHEN, BEDROOM, HALL, STUDY)
ALL = (*DRY, BATHROOM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    """A kind of thing.

    Attributes:
        name: as people say it.
        rooms: the kinds of rooms where it belongs.
        mount: what it stands on or hangs from.
        movable: a hand can carry it.
        container: things can be hidden in it.
        goal: large and still enough to be sent to.
    """

    name: str
    rooms: tuple[str, ...]
    mount: Mount = "floor"
    movable: bool = False
    container: bool = False
    goal: bool = False


def _furniture(name: str, *rooms: str, container: bool = False) -> Category:
    return Category(name=name, rooms=rooms, container=container, goal=True)


def _small(name: str, *rooms: str, mount: Mount = "surface") -> Category:
    return Category(name=name, rooms=rooms, mount=mount, movable=True)


CATEGORIES: Mapping[str, Category] = {
    category.name: category
    for category in (
        _furniture("bed", BEDROOM),
        _furniture("sofa", LIVING),
        _furniture("armchair", LIVING, BEDROOM, STUDY),
        _furniture("chair", LIVING, KITCHEN, STUDY),
        _furniture("stool", KITCHEN, BATHROOM, LIVING, HALL),
        _furniture("table", LIVING, KITCHEN),
        _furniture("desk", STUDY, BEDROOM),
        _furniture("coffee table", LIVING),
        _furniture("nightstand", BEDROOM, container=True),
        _furniture("cabinet", LIVING, HALL, STUDY, BEDROOM, container=True),
        _furniture("counter", KITCHEN, container=True),
        _furniture("wardrobe", BEDROOM, HALL, container=True),
        _furniture("bookshelf", LIVING, STUDY, BEDROOM),
        _furniture("fridge", KITCHEN, container=True),
        _furniture("stove", KITCHEN, container=True),
        _furniture("sink", BATHROOM),
        _furniture("kitchen sink", KITCHEN),
        _furniture("toilet", BATHROOM),
        _furniture("bathtub", BATHROOM),
        _furniture("tv", LIVING, BEDROOM),
        _furniture("lamp", LIVING, BEDROOM, STUDY),
        _furniture("plant", *ALL),
        Category(name="table lamp", rooms=(BEDROOM, STUDY, LIVING), mount="surface", movable=True),
        Category(name="ceiling lamp", rooms=ALL, mount="ceiling"),
        Category(name="rug", rooms=(LIVING, BEDROOM, STUDY, HALL, BATHROOM)),
        Category(name="picture", rooms=DRY, mount="wall"),
        Category(name="clock", rooms=(KITCHEN, LIVING, HALL, STUDY), mount="wall"),
        Category(name="window", rooms=ALL, mount="wall"),
        Category(name="door", rooms=ALL),
        _small("cup", KITCHEN, LIVING, STUDY, BEDROOM),
        _small("bottle", KITCHEN, LIVING, STUDY),
        _small("bowl", KITCHEN, LIVING),
        _small("box", *DRY),
        _small("ball", LIVING, BEDROOM, HALL),
        _small("book", LIVING, BEDROOM, STUDY),
        _small("backpack", BEDROOM, HALL, STUDY),
        _small("shoe", HALL, BEDROOM),
        _small("laptop", STUDY, LIVING, BEDROOM),
        Category(name="person", rooms=ALL),
    )
}
