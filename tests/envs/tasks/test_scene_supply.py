"""Scenes by split, seed and name; the same ones while they are in use."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from apartment_scenes import tiny_scene
from tiny_catalogue import write_catalogue

from streammem.envs.apartment.designs import PROCEDURAL, Designs
from streammem.envs.apartment.generate import SPLITS
from streammem.envs.apartment.scene import Scene
from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks.scene_supply import SceneConfig, SceneSupply
from streammem.errors import ObservationError

SCENE = tiny_scene()


@pytest.mark.parametrize("split", sorted(SPLITS))
def test_a_split_gives_its_own_seeds(split: str) -> None:
    made: list[int] = []
    supply = SceneSupply(
        SceneConfig(split=split), make=lambda seed: made.append(seed) or SCENE  # type: ignore[func-returns-value]  # append gives None
    )  # fmt: skip
    rng = np.random.default_rng(0)
    for _ in range(20):
        supply.draw(rng)
    assert all(seed in SPLITS[split] for seed in made) and len(set(made)) > 15


def named(seed: int, *, version: int, designs: Designs) -> Scene:
    more = "" if designs is PROCEDURAL else f"+{designs.name}"
    return dataclasses.replace(SCENE, name=f"apartment/{version}/{seed}{more}")


def test_names_and_seeds_are_the_same_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streammem.envs.apartment.generate.generate", named)
    supply = SceneSupply(SceneConfig())
    for choice in ("apartment/1/3", 3, np.int64(3)):
        assert supply.made(choice).name == "apartment/1/3"


def test_a_name_with_other_furniture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streammem.envs.apartment.generate.generate", named)
    with pytest.raises(ObservationError, match="the same assets"):
        SceneSupply(SceneConfig()).made("apartment/1/3+catalogues-1")


def test_assets_are_catalogues(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "tiny.sh3f")
    monkeypatch.setattr("streammem.envs.apartment.generate.generate", named)
    assert "+catalogues-" in SceneSupply(SceneConfig(assets=tmp_path)).made(3).name
    with pytest.raises(ObservationError, match="leave one of them out"):
        SceneConfig(assets=tmp_path, designs=PROCEDURAL)


def test_what_a_task_adds_is_on_every_scene() -> None:
    made: dict[str, Scene] = {}

    def dress(scene: Scene) -> Scene:
        return made.setdefault(scene.name, dataclasses.replace(scene, name=f"dressed/{scene.name}"))

    supply = SceneSupply(SceneConfig(scenes=[SCENE]), dress=dress)
    first = supply.draw(np.random.default_rng(0))[0]
    assert first.name == f"dressed/{SCENE.name}" and supply.made(first.name) is first


def test_scenes_of_a_tasks_own_take_no_options_of_apartments(tmp_path: Path) -> None:
    for option in ({"assets": tmp_path}, {"people": 1}, {"version": 2}):
        with pytest.raises(ObservationError, match=f"leave out {next(iter(option))}"):
            SceneSupply(SceneConfig(**option), make=lambda seed: SCENE)
    with pytest.raises(ObservationError, match="the same task"):
        SceneSupply(SceneConfig(), make=lambda seed: SCENE).made("apartment/1/3")


def test_people_come_with_the_scene_once() -> None:
    supply = SceneSupply(SceneConfig(people=1, scenes=[SCENE]))
    rng = np.random.default_rng(0)
    first, _ = supply.draw(rng)
    assert [thing.category for thing in first.things].count("person") == 1
    assert supply.draw(rng)[0] is first and first.name == "tiny/1/0"


def test_a_seed_says_which_given_episode_is_first() -> None:
    episodes = [Episode(episode_id=str(i), scene="tiny/1/0", start=(0, 0, 0)) for i in range(5)]
    supply = SceneSupply(SceneConfig(scenes=[SCENE], episodes=episodes))

    def played(seed: int) -> list[str]:
        supply.reseed()
        rng = np.random.default_rng(seed)
        return [
            episode.episode_id for _, episode in (supply.draw(rng) for _ in range(6)) if episode is not None
        ]

    assert played(1) == played(1) and sorted(played(1)[:5]) == list("01234") and played(1)[5] == played(1)[0]
    before = played(1)
    supply.reseed()
    scene, second = [supply.draw(np.random.default_rng(1)) for _ in range(2)][1]
    supply.refuse(scene, second)
    supply.refuse(scene, second)
    assert supply.skipped == 1 and played(1)[:2] == [before[0], before[2]]


@pytest.mark.parametrize("wrong", [True, 1.5, "apartment/1", "apartment/x/1", "apartment/2/1"])
def test_what_is_no_scene(wrong: object) -> None:
    with pytest.raises(ObservationError):
        SceneSupply(SceneConfig()).made(wrong)
