"""COCO's run-length codes: against codes that pycocotools 2.0.11 wrote, by hand, and there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streammem.errors import ObservationError
from streammem.heads.rle import (
    coco_record,
    coco_records,
    counts,
    decode,
    encode,
    encode_labels,
    pack,
    unpack,
)

Y, X = np.mgrid[:37, :53]
DISK = (Y - 15) ** 2 + (X - 20) ** 2
GOLDEN = {  # written by pycocotools.mask.encode
    "disk": (DISK <= 130, "i:7l04L4M2N2O0O2O0O2O000000000001N101N101N2N3L4Log0"),
    "ring": (
        (DISK <= 130) & (DISK > 40),
        "i:7l04L4M2N2ODC0<0F09OI060L03OO010O010O010O010O011M040J071G0:0D0=<1N2N3L4Log0",
    ),
    "corner": ((Y >= 30) & (X >= 50), "hj17n0000"),
    "empty": (Y < 0, "Ym1"),
    "full": (Y >= 0, "0Ym1"),
    "one pixel": (np.ones((1, 1), bool), "01"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_codes_are_those_of_coco(name: str) -> None:
    mask, text = GOLDEN[name]
    assert encode(mask) == {"size": [*mask.shape], "counts": text}
    assert np.array_equal(decode({"size": [*mask.shape], "counts": text.encode()}), mask)


def test_a_large_mask_differs_in_no_character() -> None:
    mask = np.zeros((480, 854), bool)
    mask[100:400, 33:700] = True
    assert encode(mask)["counts"] == "Tb?\\9d5" + "0" * 1331 + "lRX2"


@pytest.mark.parametrize(
    ("mask", "runs"),
    [([0, 0, 1, 1, 1, 0, 1], [2, 3, 1, 1]), ([1, 1, 1, 1, 1, 1, 0], [0, 6, 1]), ([0], [1]), ([1], [0, 1])],
)
def test_runs_by_hand(mask: list[int], runs: list[int]) -> None:
    column = np.array(mask, bool)[:, None]
    assert counts(column).tolist() == runs
    assert np.array_equal(decode({"size": [len(mask), 1], "counts": runs}), column)


@given(arrays(bool, st.tuples(st.integers(0, 12), st.integers(0, 12))))
def test_there_and_back(mask: np.ndarray) -> None:
    assert np.array_equal(decode(encode(mask)), mask)


@given(st.lists(st.integers(0, 2**30), max_size=12))
def test_any_runs_survive_packing(runs: list[int]) -> None:
    assert unpack(pack(np.array(runs, np.int64))).tolist() == runs


@given(
    arrays(
        np.int32,
        st.tuples(st.integers(0, 9), st.integers(0, 9)),
        elements=st.sampled_from([0, 1, 900, 2**31 - 1]),
    ),
    st.lists(st.sampled_from([0, 1, 7, 900, 2**31 - 1]), unique=True),
)
def test_one_pass_says_what_one_mask_at_a_time_says(labels: np.ndarray, ids: list[int]) -> None:
    assert encode_labels(labels, ids) == tuple(encode(labels == id) for id in ids)
    scores = [id / 2**31 for id in ids]
    one_by_one = tuple(
        coco_record(labels == id, image=3, object_id=id, score=score)
        for id, score in zip(ids, scores, strict=True)
    )
    assert coco_records(labels, image=3, ids=ids, scores=scores) == one_by_one


@pytest.mark.parametrize(
    "code",
    [
        {"size": [2, 2], "counts": "3"},  # three of four pixels
        {"size": [2, 2], "counts": "~~"},
        {"size": [2, 2], "counts": "Y"},  # more is promised
        {"size": [2, 2], "counts": [5, -1]},
        {"size": [2**20, 2**20], "counts": "0"},
        {"size": [-1, -4], "counts": "4"},
        {"size": 4, "counts": "4"},
        {"counts": "4"},
        {"size": [2, 2], "counts": "ooooooooooooooooooo1"},
    ],
)
def test_damaged_codes_are_refused(code: dict[str, object]) -> None:
    with pytest.raises(ObservationError):
        decode(code)


def test_record_has_box_and_area() -> None:
    record = coco_record(GOLDEN["corner"][0], image=4, object_id=2, score=0.75)
    assert record["bbox"] == [50.0, 30.0, 3.0, 7.0] and record["area"] == 21
    assert (record["image_id"], record["track_id"], record["score"]) == (4, 2, 0.75)
    assert coco_record(GOLDEN["empty"][0], image=0, object_id=1, score=0)["bbox"] == [0.0] * 4
