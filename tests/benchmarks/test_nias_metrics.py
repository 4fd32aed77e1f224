"""Marks against cases worked out by hand."""

import numpy as np
import pytest

from benchmarks.nias.answers import Answer, Found, Rule, answer, join
from benchmarks.nias.metrics import bootstrap, overlap, rejection, score
from benchmarks.nias.probes import Probe
from streammem.types import Interval

PICTURE = np.zeros((1, 1, 3), np.uint8)


def found(*spans: tuple[float, float, float]) -> Found:
    scores, start_s, end_s = np.array(spans).T
    return Found(score=scores.astype(np.float32), start_s=start_s, end_s=end_s)


def probe(clip: str, *truth: tuple[float, float]) -> Probe:
    return Probe(clip=clip, picture=PICTURE, truth=tuple(Interval(a, b) for a, b in truth))


def said(*seen: tuple[float, float]) -> Answer:
    spans = tuple(Interval(a, b) for a, b in seen)
    return Answer(best=0.9, ranked=spans, seen=spans, guess=spans)


def test_spans_that_touch_are_one_showing() -> None:
    assert join(np.array([5.0, 0.0, 1.5, 30.0]), np.array([6.0, 1.0, 4.0, 31.0]), 2.0) == (
        Interval(0.0, 6.0),
        Interval(30.0, 31.0),
    )


def test_a_long_span_swallows_the_short_ones_inside() -> None:
    assert join(np.array([0.0, 1.0, 9.0]), np.array([10.0, 2.0, 9.5]), 1.0) == (Interval(0.0, 10.0),)


def test_the_rule_keeps_what_is_close_to_the_best() -> None:
    spans = found((0.9, 10, 12), (0.85, 50, 52), (0.7, 90, 92))
    got = answer(spans, Rule(margin=0.1, gap_s=3.0), 0.5)
    assert [span.start_s for span in got.seen] == [10, 50]
    assert [span.start_s for span in got.ranked] == [10, 50, 90]


def test_below_the_threshold_the_answer_is_never_but_there_is_a_guess() -> None:
    got = answer(found((0.4, 10, 12)), Rule(), 0.5)
    assert got.seen == ()
    assert got.guess == (Interval(10, 12),)


def test_one_showing_is_not_ranked_twice() -> None:
    got = answer(found((0.9, 10, 10), (0.88, 10.5, 10.5), (0.5, 60, 60)), Rule(margin=0.1), 0.0)
    assert got.ranked == (Interval(10, 10.5), Interval(60, 60))


def test_nothing_found_is_an_answer() -> None:
    assert answer(Found.nothing(), Rule(), 0.0).guess == ()


def test_marks_of_a_case_by_hand() -> None:
    probes = [probe("a", (10, 14), (100, 104)), probe("b", (50, 54)), probe("c")]
    answers = [said((15.5, 16), (100, 103)), said((70, 71), (51, 53)), said((1, 2))]
    marks = score(probes, answers, threshold=0.5).marks
    assert marks["r1"].tolist() == [1, 0]  # 15.5 s lies within 2 s of the truth
    assert marks["r5"].tolist() == [1, 1]
    assert marks["count"].tolist() == [0, 1]
    assert marks["last"].tolist() == [1, 1]  # 103 beside 104, 53 beside 54
    assert marks["order"].tolist() == [1, 1]
    assert marks["false"].tolist() == [1]


def test_calibrating_probes_are_not_marked() -> None:
    calibrates = Probe(clip="x", picture=PICTURE, truth=(), calibrates=True)
    marks = score([calibrates, probe("a", (0, 1))], [said((0, 1)), said((0, 1))], 0.5).marks
    assert len(marks["false"]) == 0


def test_who_finds_nothing_guesses_the_order() -> None:
    nothing = Answer(best=-1.0, ranked=(), seen=(), guess=())
    marks = score([probe("a", (0, 1)), probe("b", (9, 10))], [nothing, said((9, 10))], 0.0).marks
    assert marks["order"].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(("span", "iou"), [((0, 4), 1.0), ((2, 6), 1 / 3), ((4, 8), 0.0), ((90, 91), 0.0)])
def test_overlap_in_time(span: tuple[float, float], iou: float) -> None:
    assert overlap([Interval(0, 4)], Interval(*span)) == pytest.approx(iou)


def test_rejection_is_the_ninetieth_percentile() -> None:
    assert rejection(list(np.linspace(0, 1, 11))) == pytest.approx(0.9)
    assert rejection([]) == -1.0


def test_bootstrap_of_equal_marks_has_no_width() -> None:
    assert bootstrap(np.full(20, 0.5), np.random.default_rng(0)) == (0.5, 0.0)
    mean, half = bootstrap(np.array([0.0, 1.0] * 50), np.random.default_rng(0))
    assert mean == 0.5
    assert 0.08 < half < 0.12  # 1.96 * 0.5 / sqrt(100)
