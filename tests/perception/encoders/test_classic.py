import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import SpaceError
from streammem.perception.encoders import open_encoder
from streammem.perception.encoders.classic import describe, shrink

CLASSIC = open_encoder("classic")


def reference(picture):
    """The descriptor again, one pixel at a time."""
    small = shrink(picture)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(int)
    grey = cv2.copyMakeBorder(
        cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), 1, 1, 1, 1, cv2.BORDER_REFLECT_101
    ).astype(int)
    colours, edges = np.zeros((2, 2, 8, 4, 2)), np.zeros((4, 4, 8))
    for y in range(90):
        for x in range(160):
            h, s, v = hsv[y, x]
            colours[y * 2 // 90, x * 2 // 160, h * 8 // 180, s * 4 // 256, v * 2 // 256] += 1
            g = grey[y : y + 3, x : x + 3]
            dx, dy = (g[:, 2] - g[:, 0]) @ [1, 2, 1], (g[2] - g[0]) @ [1, 2, 1]
            angle = np.degrees(np.arctan2(dy, dx)) % 180
            edges[y * 4 // 90, x * 4 // 160, int(angle / 22.5 + 0.5) % 8] += np.hypot(dx, dy)
    return np.sqrt(np.concatenate(((colours / 14400).ravel(), (edges / (edges.sum() + 16 * 14400)).ravel())))


def test_agrees_with_a_loop_over_pixels():
    rng = np.random.default_rng(0)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (90, 160, 3), dtype=np.uint8), (0, 0), 3)
    # OpenCV's angles are good to a third of a degree: a few pixels fall into the neighbouring bin
    assert np.abs(describe(picture)[:256] - reference(picture)[:256]).max() < 1e-6
    assert np.linalg.norm(describe(picture) - reference(picture)) < 0.01


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 400), width=st.integers(1, 400), seed=st.integers(0, 9))
def test_any_size_gives_a_unit_vector_that_repeats(height, width, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    one, two = (CLASSIC.encode([picture])[0].spaces["pixel"] for _ in range(2))
    assert torch.equal(one, two) and abs(float(one.norm()) - 1) < 1e-5


def test_skipping_rows_hardly_moves_it():
    rng = np.random.default_rng(1)
    large = cv2.GaussianBlur(rng.integers(0, 256, (720, 1280, 3), dtype=np.uint8), (0, 0), 6)
    whole = cv2.resize(large, (160, 90), interpolation=cv2.INTER_AREA)
    one, two = (f.spaces["pixel"] for f in CLASSIC.encode([large, whole]))
    assert float((one * two).sum()) > 0.99


def test_neighbours_in_time_are_alike_and_other_clips_are_not(bikes, carphone):
    import av

    near, far = [], []
    first = {}
    for name, path in (("bikes", bikes), ("carphone", carphone)):
        with av.open(str(path)) as film:
            frames = [
                f.to_ndarray(format="rgb24") for f, _ in zip(film.decode(video=0), range(3), strict=False)
            ]
        vectors = torch.cat([f.spaces["pixel"] for f in CLASSIC.encode(frames)])
        near.append(float((vectors[0] * vectors[2]).sum()))
        first[name] = vectors[0]
    far = float(first["bikes"] @ first["carphone"])
    assert min(near) > 0.95 and far < 0.6


def test_knows_no_words_and_says_who_does():
    with pytest.raises(SpaceError, match="'lite'"):
        CLASSIC.encode_words("bicycle")
