"""The split about long absences: seeds, and that things really go and come back."""

import numpy as np
import pytest

from benchmarks.vos.absences import ABSENCES, Absence, Screen, absence_split
from benchmarks.vos.videos import MaskedVideo

SIZE = (60, 108)
FEW = 40


def small(scene: Absence, seed: int = 0, frames: int = FEW) -> MaskedVideo:
    (video,) = absence_split(seed=seed, frames=frames, size=SIZE, textures="painted", scenes=[scene])
    return video


def areas(video: MaskedVideo) -> np.ndarray:
    """Pixels of each object (columns) at each frame."""
    labels = [video.truth(i).labels for i in range(video.length)]
    return np.array([[np.count_nonzero(frame == k) for k in np.unique(labels[0])[1:]] for frame in labels])


def longest_run(flags: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def test_one_seed_makes_one_split() -> None:
    for scene in ABSENCES:
        first, again, other = small(scene, frames=8), small(scene, frames=8), small(scene, seed=1, frames=8)
        assert np.array_equal(first.frame(5), again.frame(5))
        assert np.array_equal(first.truth(5).labels, again.truth(5).labels)
        assert not np.array_equal(first.frame(5), other.frame(5))


def test_a_scene_is_the_same_alone_and_among_others() -> None:
    alone = small(ABSENCES[0], frames=8)
    among = absence_split(frames=8, size=SIZE, textures="painted", scenes=ABSENCES[:2])[0]
    assert np.array_equal(alone.frame(4), among.frame(4))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("scene", [scene for scene in ABSENCES if scene.away], ids=lambda scene: scene.name)
def test_objects_are_there_then_away_for_a_quarter_of_the_time_then_there_again(
    scene: Absence, seed: int
) -> None:
    for area in areas(small(scene, seed)).T:
        assert area[0] > 0.01 * np.prod(SIZE) and area[-1] > 0.01 * np.prod(SIZE)
        assert longest_run(area == 0) >= FEW // 4


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "scene", [scene for scene in ABSENCES if not scene.away], ids=lambda scene: scene.name
)
def test_the_other_scenes_show_their_object_all_the_time(scene: Absence, seed: int) -> None:
    assert areas(small(scene, seed)).min() > 0.01 * np.prod(SIZE)


def test_the_cut_shows_another_ground() -> None:
    scene = next(scene for scene in ABSENCES if scene.name == "cut")
    video = small(scene)
    before, during, after = (video.frame(i).astype(float) for i in (10, 20, 30))
    assert np.abs(before - during).mean() > 1.5 * np.abs(before - after).mean()


def test_what_is_still_moves_slowly_over_a_ground_at_rest() -> None:
    video = small(next(scene for scene in ABSENCES if scene.name == "still"))
    masks = np.stack([video.truth(i).labels > 0 for i in range(video.length)])
    shared = (masks[1:] & masks[:-1]).sum((1, 2)) / (masks[1:] | masks[:-1]).sum((1, 2))
    assert shared.min() > 0.9
    ground = ~masks.any(0)
    frames = np.stack([video.frame(i)[ground].astype(float).ravel() for i in range(video.length)])
    first, last = frames[:10].mean(0), frames[-10:].mean(0)  # of ten, so that noise says little
    assert np.corrcoef(first, last)[0, 1] > 0.97


def test_lengths_are_the_scenes_own_unless_given() -> None:
    (video,) = absence_split(size=SIZE, textures="painted", scenes=ABSENCES[-1:])
    assert video.length == ABSENCES[-1].frames and 60 <= video.length <= 80


def test_a_screen_beside_the_picture_hides_nothing() -> None:
    picture = np.zeros((10, 10, 3), np.uint8)
    for at in (-40.0, 60.0):
        canvas, labels = np.ones((20, 30, 3), np.float32), np.ones((20, 30), np.int32)
        Screen(texture=picture, at=np.full(4, at), width=10.0).lay(canvas, labels, 1.5)
        assert labels.all() and canvas.all()
