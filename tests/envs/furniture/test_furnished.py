"""Apartments furnished from a catalogue."""

from pathlib import Path

import pytest
from tiny_catalogue import LIST, write_catalogue

from streammem.envs.apartment.generate import generate
from streammem.envs.furniture.catalogues import Catalogues

CAT = "name#8=Cat\nmodel#8=/tiny/ball/thing.obj\nwidth#8=20\ndepth#8=40\nheight#8=40\n"
TEAPOT = "name#9=Teapot\nmodel#9=/tiny/ball/thing.obj\nwidth#9=20\ndepth#9=14\nheight#9=18\n"


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Catalogues:
    folder = tmp_path_factory.mktemp("pets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        text = f"{LIST}\n{CAT}{TEAPOT}"
        return Catalogues.open(
            write_catalogue(folder / "pets.sh3f", PluginFurnitureCatalog_dot_properties=text)
        )


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_extras_stand_on_floors_and_on_furniture_in_their_rooms(pets: Catalogues) -> None:
    found: dict[str, list[str]] = {"cat": [], "teapot": []}
    for seed in range(3):
        scene = generate(seed, designs=pets)
        for thing in scene.things:
            if thing.category in found:
                found[thing.category].append(thing.relation)
                assert (thing.parent is None) == (thing.relation == "floor")
                rooms = next(c.rooms for c in pets.extras if c.name == thing.category)
                assert scene.rooms[thing.room].kind in rooms
    assert set(found["cat"]) == {"floor"}
    assert set(found["teapot"]) == {"on"}


def test_a_furnished_apartment_repeats_itself_and_has_its_own_name(pets: Catalogues) -> None:
    scene = generate(1, designs=pets)
    assert scene.name == f"apartment/1/1+{pets.name}"
    assert any(
        thing.model.size == pytest.approx((1.2, 0.8, 0.75))
        for thing in scene.things
        if thing.category == "table"
    )
    again = (
        generate.__wrapped__(1, designs=pets)
        if hasattr(generate, "__wrapped__")
        else generate(1, designs=pets)
    )
    assert [(t.category, t.at, t.yaw) for t in again.things] == [
        (t.category, t.at, t.yaw) for t in scene.things
    ]
