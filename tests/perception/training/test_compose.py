"""Composed clips: everything follows from the generator, and the labels say what is seen."""

from dataclasses import replace

import numpy as np
import pytest

from streammem.errors import ObservationError
from streammem.perception.training.assets import Assets
from streammem.perception.training.compose import ComposeConfig, compose

SMALL = ComposeConfig(size=(64, 96), frames=5)


def plain(colour=(250, 20, 20), ground=60, n=4):
    """Things of one colour over grounds of another."""
    thing = np.zeros((48, 48, 4), np.uint8)
    thing[8:40, 8:40] = (*colour, 255)
    picture = np.full((240, 320, 3), ground, np.uint8)
    return Assets(grounds=tuple((picture,) for _ in range(n)), cutouts=tuple(thing for _ in range(n)))


def test_one_seed_one_clip():
    a, b = (compose(plain(), SMALL, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(a.frames, b.frames)
    assert np.array_equal(a.labels, b.labels)
    assert not np.array_equal(a.frames, compose(plain(), SMALL, np.random.default_rng(4)).frames)


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_where_the_things_are(seed):
    config = replace(SMALL, photographs=0.0, distractors=0)
    clip = compose(plain(), config, np.random.default_rng(seed))
    red = clip.frames[..., 0].astype(int) - clip.frames[..., 1]
    assert red[clip.labels > 0].mean() > 60
    assert abs(red[clip.labels == 0].mean()) < 12  # the rest is grey, but for soft and blurred edges
    shown = np.unique(clip.labels[0])
    assert shown.tolist() == list(range(len(shown)))
    assert set(np.unique(clip.labels)) == set(shown.tolist())


def test_distractors_have_no_label():
    config = replace(SMALL, photographs=0.0, most=1, distractors=3)
    clips = [compose(plain(), config, np.random.default_rng(seed)) for seed in range(8)]
    red = [c.frames[0, ..., 0].astype(int) - c.frames[0, ..., 1] > 100 for c in clips]
    assert any((r & (c.labels[0] == 0)).sum() > 100 for r, c in zip(red, clips, strict=True))


def test_empty_cutouts_are_an_error_in_the_end():
    thing = np.zeros((48, 48, 4), np.uint8)
    nothing = Assets(grounds=plain().grounds, cutouts=(thing,))
    with pytest.raises(RuntimeError, match="all but empty"):
        compose(nothing, replace(SMALL, photographs=0.0), np.random.default_rng(0))


def test_halves_share_nothing_and_assets_are_needed():
    things = plain(n=10)
    train, judge = things.split(0.2, seed=1)
    assert (len(train.grounds), len(judge.grounds), len(train.cutouts), len(judge.cutouts)) == (8, 2, 8, 2)
    assert not {id(run) for run in train.grounds} & {id(run) for run in judge.grounds}
    with pytest.raises(ObservationError, match="grounds and cut-outs"):
        Assets(grounds=(), cutouts=things.cutouts)
