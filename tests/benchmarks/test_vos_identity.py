"""The curve that says whether a region is the object, on drawn numbers; marks of masks by hand."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.vos.identity import Frames, Separation, fit, held_out, main, odds, record, right_or_wrong
from benchmarks.vos.procedural import Scene, procedural_split
from benchmarks.vos.variants import VARIANTS
from streammem.heads.presence import IdentityConfig
from streammem.heads.segmentation import SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.types import Observation

KNOWN = IdentityConfig(score=12.0, own=20.0, offset=-24.0)


def drawn(curve: IdentityConfig, n: int, *, doubted: bool = True, seed: int = 0) -> Frames:
    """Masks that are right as often as the curve says."""
    rng = np.random.default_rng(seed)
    frames = Frames(
        sequence=rng.choice(["a", "b", "c"], n),
        score=rng.uniform(0.6, 1.0, n),
        own=rng.uniform(0.4, 1.0, n),
        doubted=np.full(n, doubted),
        right=np.zeros(n, bool),
    )
    return _answered(frames, rng.random(n) < 1 / (1 + np.exp(-odds(curve, frames))))


def _answered(frames: Frames, right: np.ndarray) -> Frames:
    columns = {name: getattr(frames, name) for name in ("sequence", "score", "own", "doubted")}
    return Frames(**columns, right=right)


def balanced(curve: IdentityConfig, frames: Frames) -> float:
    """The curve's offset where as many masks are right as wrong."""
    return curve.offset - float(np.log(frames.right.sum() / (~frames.right).sum()))


@pytest.mark.parametrize("doubted", [True, False])
def test_the_fit_finds_the_curve_that_answers_were_drawn_from(doubted: bool) -> None:
    frames = drawn(KNOWN, 40_000, doubted=doubted)
    found = fit(frames)
    assert found.score == pytest.approx(KNOWN.score, rel=0.1)
    assert found.own == pytest.approx(KNOWN.own, rel=0.1)
    assert found.offset == pytest.approx(balanced(KNOWN, frames), rel=0.1)


def test_masks_of_objects_in_sight_say_less() -> None:
    other = IdentityConfig(score=12.0, own=-20.0, offset=6.0)
    mixed = [fit(Frames.joined([drawn(KNOWN, 4000, doubted=one), drawn(other, 4000, doubted=not one, seed=1)]))
             for one in (True, False)]  # fmt: skip
    assert mixed[0].own > 5 and mixed[1].own < -5


def test_a_clear_line_still_has_a_fit() -> None:
    frames = drawn(KNOWN, 200)
    found = fit(_answered(frames, odds(KNOWN, frames) > 0))
    assert np.isfinite([found.score, found.own, found.offset]).all()
    assert ((odds(found, frames) > 0) == (odds(KNOWN, frames) > 0)).mean() > 0.95


@pytest.mark.parametrize("right", [True, False])
def test_one_kind_of_mask_makes_no_curve(right: bool) -> None:
    with pytest.raises(ValueError, match="a curve needs both"):
        fit(_answered(drawn(KNOWN, 9), np.full(9, right)))


def test_a_sequence_has_no_say_in_the_odds_of_its_own_masks() -> None:
    frames = drawn(KNOWN, 600)
    turned = np.where(frames.sequence == "b", ~frames.right, frames.right)
    before, after = held_out(frames), held_out(_answered(frames, turned))
    same = before == after
    assert same[frames.sequence == "b"].all() and not same[frames.sequence != "b"].any()


def test_how_well_odds_separate_by_hand() -> None:
    odds, right = np.array([2.0, 1.0, -1.0, 1.0, -3.0]), np.array([True, True, True, False, False])
    found = Separation.of(odds, right)
    assert found.auc == pytest.approx(4.5 / 6)  # of the pairs one is lost and one is even
    assert found.recall == pytest.approx(2 / 3) and found.specificity == 0.5


def test_nothing_to_separate_is_nan() -> None:
    found = Separation.of(np.array([1.0]), np.array([True]))
    assert np.isnan(found.auc) and np.isnan(found.specificity) and found.recall == 1


def test_right_and_wrong_by_hand() -> None:
    truth, labels = np.zeros((2, 20, 50), np.int32)
    truth[0:2, :10], labels[0:2, :10] = 1, 1  # found
    truth[4:6, :10], labels[4:6, 8:18] = 2, 2  # J 4/36: between
    truth[8:10, :10], labels[8:10, 9:19] = 3, 3  # J 2/38
    labels[12, :] = 4  # it is not there
    truth[16, :] = 5  # it is not found
    right, wrong = right_or_wrong(truth, labels, (1, 2, 3, 4, 5))
    assert right.tolist() == [True, False, False, False, False]
    assert wrong.tolist() == [False, False, True, True, True]


def test_void_pixels_hide_the_truth() -> None:
    truth, void = np.ones((4, 4), np.int32), np.ones((4, 4), bool)
    right, wrong = right_or_wrong(truth, truth, (1,), void)
    assert (right.tolist(), wrong.tolist()) == ([False], [True])


def test_listening_changes_nothing_and_hears_each_mask() -> None:
    scene = Scene(name="two", objects=2)
    (video,) = procedural_split(seed=7, frames=6, size=(96, 160), textures="painted", scenes=[scene])
    network, config = open_network(), VARIANTS["default"]()
    head = SegmentationHead(network, config)
    said = [
        head.step(Observation(index=i, t_s=i / 10, rgb=video.frame(i)), None if i else video.first())
        for i in range(video.length)
    ]
    frames = record("two", video, network, config)
    assert 0 < len(frames) <= 10 and set(frames.sequence) == {"two"}
    scores = [score for one in said[1:] for score in one.scores]
    assert set(frames.score.tolist()) <= set(scores)
    assert frames.right.all() and ((frames.own > 0) & (frames.own <= 1.0001)).all()


def test_seeds_of_published_results_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--seeds", "11,1", "--out", str(tmp_path)])
    assert "published" in capsys.readouterr().err
