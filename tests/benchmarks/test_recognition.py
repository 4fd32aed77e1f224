"""What the benchmark of recognition counts."""

import numpy as np

from benchmarks.recognition.__main__ import report
from benchmarks.recognition.readings import READINGS, _cut
from benchmarks.recognition.views import View
from benchmarks.recognition.words import MORE, TWENTY, classes_of


def view(category: str = "cup", rows: slice = slice(100, 140), columns: slice = slice(200, 240)) -> View:
    rgb = np.zeros((256, 448, 3), np.uint8)
    seen = np.zeros((256, 448), bool)
    seen[rows, columns] = True
    rgb[seen] = 255
    return View(category=category, variant=0, name="", seed=0, share=float(seen.mean()), rgb=rgb, seen=seen)


def test_every_category_has_a_word_that_the_encoder_knows() -> None:
    assert len(TWENTY) == 20
    assert all(classes_of(words) for words in {**TWENTY, **MORE}.values())
    assert classes_of(("cup", "mug")) == classes_of(("cup",)) | classes_of(("mug",))


def test_a_close_up_keeps_the_aspect_and_shows_all_of_the_thing() -> None:
    for rows, columns in (
        (slice(100, 140), slice(200, 240)),
        (slice(0, 30), slice(0, 20)),
        (slice(0, 256), slice(9, 99)),
    ):
        part = _cut(view(rows=rows, columns=columns))
        assert part.shape == (256, 448, 3)
        assert part.mean() >= view(rows=rows, columns=columns).rgb.mean() - 1


def test_shares_are_of_views_whose_word_is_among_the_first_five() -> None:
    ranks = [dict.fromkeys(READINGS, (rank, [1, 2, 3, 4, 5])) for rank in (0, 4, 5, 900)]
    found = report([view()] * 4, ranks)
    assert found["categories"]["cup"]["top five"]["hottest cell"] == 0.5
    assert found["categories"]["cup"]["first"]["hottest cell"] == 0.25
    assert len(found["missing"]) == 19
