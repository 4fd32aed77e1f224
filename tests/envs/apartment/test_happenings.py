"""Scripts: what is due happens, in view or behind the agent's back, and is written down."""

import math

import numpy as np
import pytest
from apartment_scenes import BALL, CABINET, CUP, LEAF, TABLE, tiny_scene

from streammem.envs.apartment.happenings import (
    Close,
    Displace,
    Happening,
    Hide,
    Open,
    Script,
    Take,
    Walk,
    drawn,
    hide,
)
from streammem.envs.apartment.people import with_people
from streammem.envs.apartment.world import World
from streammem.errors import ObservationError


@pytest.fixture
def world() -> World:
    return World(tiny_scene())


def play(world: World, *happenings: Happening, steps: int = 10) -> Script:
    script = Script(world, happenings, np.random.default_rng(0))
    world.movers.append(script)
    for _ in range(steps):
        world.step(1.0)
    return script


def test_all_that_is_due_happens_in_order(world: World) -> None:
    script = play(
        world,
        Happening(t_s=5.0, what=Take(thing=BALL), who="bob"),
        Happening(t_s=2.0, what=Open(thing=LEAF)),
        Happening(t_s=3.5, what=Displace(thing=CUP, onto=CABINET)),
        Happening(t_s=4.0, what=Close(thing=LEAF)),
    )
    assert [(e.t_s, e.kind, e.thing) for e in world.events] == [
        (2.0, "opened", LEAF), (4.0, "moved", CUP), (4.0, "closed", LEAF), (5.0, "taken", BALL),
    ]  # fmt: skip
    assert script.waiting == 0 and len(script.done) == 4 and script.failed == []
    assert world.where(CUP) == (1, CABINET, "on") and world.events[-1].who == "bob"


def test_hiding_takes_its_time(world: World) -> None:
    play(world, Happening(t_s=1.0, what=Hide(thing=BALL, container=CABINET)))
    assert [(e.t_s, e.kind) for e in world.events] == [(1.0, "opened"), (2.0, "hidden"), (3.0, "closed")]
    assert world.where(BALL) == (1, CABINET, "in") and not world.is_open(CABINET)


def test_unseen_happenings_wait_until_nobody_looks(world: World) -> None:
    world.sees = lambda thing: thing == TABLE and world.t_s < 4
    play(world, Happening(t_s=1.0, what=Displace(thing=CUP, onto=TABLE), when="unseen"))
    assert [(e.t_s, e.seen) for e in world.events] == [(4.0, False)]


def test_seen_happenings_wait_until_somebody_looks(world: World) -> None:
    world.sees = lambda thing: world.t_s >= 6
    play(world, Happening(t_s=1.0, what=Displace(thing=CUP), when="seen"))
    assert [(e.t_s, e.seen) for e in world.events] == [(6.0, True)]


def test_unseen_things_do_not_turn_up_before_the_agent(world: World) -> None:
    world.sees = lambda thing: thing == CABINET
    script = Script(
        world,
        [Happening(t_s=0.0, what=Displace(thing=BALL, relation="floor"), when="unseen")],
        np.random.default_rng(0),
        sees_place=lambda at: at[0] > 2,
    )
    script.step(0.0)
    assert world.at(BALL)[0] <= 2
    play(world, Happening(t_s=0.0, what=Displace(thing=CUP), when="unseen"), steps=1)
    assert world.where(CUP)[1] == TABLE


def test_what_cannot_be_done_is_said(world: World, caplog: pytest.LogCaptureFixture) -> None:
    script = play(
        world,
        Happening(t_s=1.0, what=Hide(thing=TABLE, container=CABINET)),
        Happening(t_s=2.0, what=Displace(thing=CUP, rooms=())),
    )
    assert [why for _, why in script.failed] == ["nothing is free there"] * 2
    assert script.done == [] and script.waiting == 0 and "nothing is free" in caplog.text
    assert not world.is_open(CABINET)  # opened in vain, and shut again


def test_people_are_sent() -> None:
    world = World(with_people(tiny_scene(), 1, np.random.default_rng(0)))
    world.open(LEAF)
    script = play(
        world,
        Happening(t_s=1.0, what=Walk(thing=11, to=(6.0, 1.5)), who="ann"),
        Happening(t_s=15.0, what=Walk(thing=11, to=(90.0, 1.5))),
        steps=16,
    )
    assert world.at(11)[:2] == pytest.approx((6.0, 1.5)) and len(script.failed) == 1
    assert all(event.who == "ann" for event in world.events if event.kind == "entered")


def test_hidden_at_once_or_not_at_all(world: World) -> None:
    rng = np.random.default_rng(0)
    assert hide(world, TABLE, CABINET, rng) is None and world.events == []
    assert hide(world, CUP, CABINET, rng, who="bob") is not None
    assert [e.kind for e in world.events] == ["opened", "hidden", "closed"]
    assert {e.who for e in world.events} == {"bob"}


def test_random_scripts_are_the_same_for_the_same_seed(world: World) -> None:
    one, other = (drawn(world, np.random.default_rng(5), count=5, during_s=(2, 8)) for _ in range(2))
    assert one == other and {happening.what.thing for happening in one} == {CUP, BALL}
    assert all(2 <= happening.t_s <= 8 for happening in one)
    with pytest.raises(ObservationError, match="earlier"):
        drawn(world, np.random.default_rng(5), count=1, during_s=(8, 2))


def test_nonsense_is_refused(world: World) -> None:
    with pytest.raises(ObservationError):
        Happening(t_s=math.nan, what=Take(thing=CUP))
    with pytest.raises(ObservationError):
        Script(world, [Happening(t_s=0.0, what=Take(thing=999))], np.random.default_rng(0))
