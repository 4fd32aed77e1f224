"""What a tracker says about presence, counted by hand."""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.vos.presence import Presence, Sighting, pooled, presence, sight
from benchmarks.vos.switches import main
from benchmarks.vos.variants import VARIANTS
from streammem.heads.label_pictures import write_labels

OBJECT = (1,)


def told(visible: str, present: str, j: list[float] | None = None, area: float = 0.1) -> Presence:
    """One object; a frame a letter, x for yes."""
    seen, said = ([letter == "x" for letter in word] for word in (visible, present))
    rows = zip(seen, said, j or [1.0] * len(seen), strict=True)
    frames = [
        Sighting(visible=np.array([v]), present=np.array([p]), j=np.array([m]), area=np.array([area]))
        for v, p, m in rows
    ]
    (mark,) = presence(frames)
    return mark


def test_precision_and_recall_by_hand() -> None:
    mark = told("xxxx..", "xx..x.")
    assert (mark.hits, mark.misses, mark.false_alarms, mark.silences) == (2, 2, 1, 1)
    assert mark.precision == pytest.approx(2 / 3) and mark.recall == pytest.approx(1 / 2)


def test_false_area_counts_only_frames_without_the_object_and_j_only_those_with_it() -> None:
    mark = told("xx..", "....", j=[0.5, 0.7, 0.0, 0.0], area=0.25)
    assert mark.false_area == pytest.approx(0.25) and mark.j_visible == pytest.approx(0.6)


def test_a_wait_runs_from_the_return_to_the_first_good_frame() -> None:
    j = [1.0, *[0.0] * 5, 0.2, 0.9, 0.9]
    assert told("x.....xxx", "x.......x", j).waits == (2,)
    assert told("x.....xxx", "x......xx", j).waits == (1,)
    assert told("x.....xxx", "x.....xxx", j).waits == (1,)  # said at once, where it is only a frame later


def test_not_found_before_the_next_absence_or_the_end_is_never() -> None:
    mark = told("x.....xx.....xx", "x.............x")
    assert (mark.waits, mark.never) == ((1,), 1)
    mark = told("x.....xx", "x.......")
    assert (mark.waits, mark.never) == ((), 1) and math.isnan(mark.wait)


def test_short_gaps_are_no_absences_and_what_stays_away_does_not_return() -> None:
    assert told("x....xx", "x....xx").waits == ()
    assert told("x......", "x......") == told("x......", "x......") and told("x......", "x......").never == 0


def test_a_short_gap_after_a_return_does_not_end_the_search() -> None:
    assert told("x.....x.xx", "x........x").waits == (3,)


def test_an_absence_may_begin_with_the_first_watched_frame() -> None:
    assert told(".....x", ".....x").waits == (0,)


def test_marks_of_nothing_are_nan() -> None:
    mark = told("..", "..")
    assert math.isnan(mark.precision) and math.isnan(mark.recall) and math.isnan(mark.j_visible)
    assert math.isnan(told("xx", "xx").false_area)


def test_a_sight_by_hand() -> None:
    truth, labels = np.zeros((2, 10, 10), np.int32)
    truth[:2, :2], labels[:2, :4] = 1, 1
    labels[9, :] = 2
    seen = sight(truth, labels, ["present", "occluded"], (1, 2))
    assert seen.visible.tolist() == [True, False] and seen.present.tolist() == [True, False]
    assert seen.j.tolist() == [0.5, 0.0] and seen.area.tolist() == [0.08, 0.1]


def test_fewer_pixels_than_the_smallest_share_are_not_visible() -> None:
    truth = np.zeros((100, 100), np.int32)
    truth[0, 0] = 1
    assert not sight(truth, truth, ["present"], OBJECT).visible[0]
    truth[0, 1] = 1
    assert sight(truth, truth, ["present"], OBJECT).visible[0]


def test_void_pixels_count_nowhere() -> None:
    truth = np.ones((4, 4), np.int32)
    void = np.ones((4, 4), bool)
    void[0] = False
    labels = np.zeros((4, 4), np.int32)
    labels[:2] = 1
    seen = sight(truth, labels, ["present"], OBJECT, void)
    assert seen.j.tolist() == [1.0] and seen.area.tolist() == [1.0]
    assert not sight(truth, labels, ["present"], OBJECT, np.ones((4, 4), bool)).visible[0]


WORDS = st.integers(1, 12).flatmap(lambda n: st.tuples(*[st.text("x.", min_size=n, max_size=n)] * 2))


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_pooling_adds_up(words: list[tuple[str, str]]) -> None:
    marks = [told(*pair) for pair in words]
    total = pooled(marks)
    assert total.hits + total.misses == sum(visible.count("x") for visible, _ in words)
    assert total.hits + total.false_alarms == sum(present.count("x") for _, present in words)
    assert len(total.waits) + total.never == sum(len(mark.waits) + mark.never for mark in marks)


@given(WORDS)
def test_who_always_tells_the_truth_is_never_wrong(words: tuple[str, str]) -> None:
    mark = told(words[0], words[0])
    assert (mark.misses, mark.false_alarms, mark.never) == (0, 0, 0) and set(mark.waits) <= {0}


def test_what_cannot_be_marked_is_refused() -> None:
    with pytest.raises(ValueError, match="no frame was watched"):
        presence([])
    with pytest.raises(ValueError, match="1 objects have 2 states"):
        sight(np.zeros((2, 2), np.int32), np.zeros((2, 2), np.int32), ["present", "lost"], OBJECT)


def test_the_comparison_of_settings_runs_on_folders_and_writes_everything(tmp_path: Path) -> None:
    for name in ("Images", "Masks"):
        (tmp_path / name).mkdir()
    rng, labels = np.random.default_rng(0), np.zeros((40, 60), np.int32)
    labels[10:30, 20:40] = 4
    for i in range(7):
        cv2.imwrite(str(tmp_path / "Images" / f"{i}.png"), rng.integers(0, 256, (40, 60, 3), np.uint8))
        write_labels(tmp_path / "Masks" / f"{i}.png", labels)
    found = main(["--split", "clips", "--data", str(tmp_path), "--out", str(tmp_path), "--each"])
    assert [*found["clips"]] == [*VARIANTS]
    for outcomes in found["clips"].values():
        (mark,) = outcomes[0].presence
        assert mark.hits + mark.misses == 6 and outcomes[0].stored >= 2
    record = json.loads((tmp_path / "switches.json").read_text())["splits"]["clips"]["default"]
    assert record["false area %"] is None and record["sequences"][0]["sequence"] == tmp_path.name


@pytest.mark.parametrize("bad", [["--variant", "magic"], ["--split", "davis"]])
def test_unknown_names_are_refused(bad: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(bad)
    assert "choose from" in capsys.readouterr().err
