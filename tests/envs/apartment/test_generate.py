"""Apartments from seeds: the laws hold, and the same seed gives the same apartment, also in a new process."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from apartment_laws import afloat, cut_off, in_walls, overlapping

from streammem.envs.apartment.categories import CATEGORIES
from streammem.envs.apartment.designs import PROCEDURAL
from streammem.envs.apartment.generate import SPLITS, generate
from streammem.envs.apartment.scene import Scene
from streammem.errors import ObservationError

SEEDS = [0, 6, 24, 10_000, 20_999]


@pytest.fixture(scope="module", params=SEEDS)
def scene(request: pytest.FixtureRequest) -> Scene:
    return generate(request.param)


def digest(scene: Scene) -> str:
    """Of everything that a scene holds."""
    found = hashlib.sha256(
        repr((scene.name, scene.style, scene.height_m, scene.rooms, scene.doorways)).encode()
    )
    found.update(repr((scene.lamps, [sorted(seen) for seen in scene.sees])).encode())
    for thing in scene.things:
        found.update(repr((thing.id, thing.at, thing.yaw, thing.room, thing.relation, thing.parent)).encode())
        found.update(repr((thing.model.name, thing.movable, thing.open)).encode())
        for part in thing.model.parts:
            found.update(part.mesh.vertices.tobytes() + part.mesh.colours.tobytes() + part.mesh.uv.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("law", [overlapping, in_walls, afloat, cut_off])
def test_laws(scene: Scene, law: object) -> None:
    assert law(scene) == []  # type: ignore[operator]  # found by name


def test_things_are_numbered_and_know_where_they_are(scene: Scene) -> None:
    assert [thing.id for thing in scene.things] == list(range(1, len(scene.things) + 1))
    shell = {"floor", "wall", "ceiling", "doorway"}
    for thing in scene.things:
        assert thing.category in CATEGORIES or thing.category in shell
        assert thing.room in {room.id for room in scene.rooms}
        assert (thing.parent is None) != (thing.relation in ("on", "in"))
        if thing.parent is not None:
            assert thing.parent < thing.id and thing.movable and scene.by_id[thing.parent].room == thing.room


def test_apartments_have_what_one_needs() -> None:
    kinds = [{thing.category for thing in generate(seed).things} for seed in SEEDS]
    for needed in ("sofa", "tv", "kitchen sink", "stove", "bed", "toilet", "door", "window", "ceiling lamp"):
        assert sum(needed in of_one for of_one in kinds) >= len(SEEDS) - 1, needed


def test_there_is_light_and_something_to_take(scene: Scene) -> None:
    assert sum(thing.movable for thing in scene.things) >= 10
    assert {lamp.room for lamp in scene.lamps} == {room.id for room in scene.rooms}
    assert all(0 < lamp.at[2] < scene.height_m for lamp in scene.lamps)


def test_rooms_see_themselves_and_their_neighbours(scene: Scene) -> None:
    for number, seen in enumerate(scene.sees):
        assert number in seen
    for doorway in scene.doorways:
        one, other = doorway.rooms
        assert other in scene.sees[one] and one in scene.sees[other]
        assert doorway.leaf is None or scene.by_id[doorway.leaf].category == "door"


def test_a_seed_is_an_apartment_in_every_process() -> None:
    here = [digest(generate(seed)) for seed in SEEDS[:2]]
    assert here[0] != here[1]
    script = "import sys; sys.path.insert(0, 'tests/envs/apartment'); sys.path.insert(0, 'tests')\n"
    script += "from test_generate import digest, generate\nprint(digest(generate(0)))"
    found = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == here[0]


def test_recent_apartments_are_kept() -> None:
    assert generate(SEEDS[1]) is generate(SEEDS[1], version=1, designs=PROCEDURAL)


def test_other_designs_show_in_the_name() -> None:
    class Named:
        name = "mine"

        def has(self, category: str) -> bool:
            return False

        def design(self, category: str, rng: np.random.Generator) -> object:
            raise AssertionError(category)

    scene = generate(SEEDS[1], designs=Named())  # type: ignore[arg-type]  # a stand-in
    assert scene.name == "apartment/1/6+mine" and generate(SEEDS[1]).name == "apartment/1/6"
    assert [thing.at for thing in scene.things] == [thing.at for thing in generate(SEEDS[1]).things]


def test_splits_do_not_overlap() -> None:
    seeds = [set(split) for split in SPLITS.values()]
    assert len(set.union(*seeds)) == sum(map(len, seeds)) == 11_500


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(ObservationError, match="no version 2: take one of 1"):
        generate(0, version=2)
    with pytest.raises(ObservationError, match="0 or more, got -1"):
        generate(-1)
