"""The cheap descriptor of every frame: where which colours are, where which edges run.

Training-free: a histogram of hue, saturation and value over 2x2 quadrants beside a histogram of edge
directions over 4x4 cells (the tiny-picture cousins of GIST, Oliva & Torralba 2001, and HOG, Dalal & Triggs
2005), square-rooted (Hellinger's kernel), centred and scaled to a unit vector. It drives change and events.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
import torch
from jaxtyping import Float32, Int64, UInt8

from streammem.errors import ObservationError
from streammem.interface import SpaceSpec, Words
from streammem.perception.encoders.pictures import check_picture
from streammem.perception.encoders.refusal import no_text
from streammem.types import Features

__all__ = ["ClassicEncoder", "describe"]

WIDTH, HEIGHT = 160, 90
QUADRANTS, COLOURS = 2, (8, 4, 2)  # a side; bins of hue, saturation, value
CELLS, DIRECTIONS = 4, 8
COLOUR_DIM = QUADRANTS**2 * int(np.prod(COLOURS))
DIM = COLOUR_DIM + CELLS**2 * DIRECTIONS
FLAT = (
    16.0  # Sobel response a pixel that counts as no edge at all: keeps the noise of a wall from a unit vote
)


class ClassicEncoder:
    """Space `pixel`: 384 numbers a picture, the same on every machine with the same OpenCV."""

    name = "classic"
    spaces: Mapping[str, SpaceSpec] = {"pixel": SpaceSpec(dim=DIM)}

    def encode(self, pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Features]:
        """Describe RGB pictures of any sizes.

        Raises:
            ObservationError: if a picture is not uint8 of shape (height, width, 3).
        """
        mean = _calibration_mean()
        return [
            Features(spaces={"pixel": torch.from_numpy(_centre(describe(p), mean)[None])}) for p in pictures
        ]

    def encode_words(self, text: str) -> Words:
        """Refuse: colours and edges know no words.

        Raises:
            SpaceError: always; it names encoders that have text.
        """
        raise no_text(self.name, text)


def describe(picture: UInt8[np.ndarray, "_ _ 3"]) -> Float32[np.ndarray, " d"]:
    """The descriptor before it is centred: square roots of two histograms that sum to 1 (edges: at most 1)."""
    small = shrink(picture)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    hue, saturation, value = (hsv[..., i].astype(np.int64) for i in range(3))
    colour = (hue * COLOURS[0] // 180 * COLOURS[1] + saturation * COLOURS[1] // 256) * COLOURS[2]
    colour += value * COLOURS[2] // 256 + _cell_of_pixel(QUADRANTS) * int(np.prod(COLOURS))
    colours = np.bincount(colour.ravel(), minlength=COLOUR_DIM) / (WIDTH * HEIGHT)

    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    right, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(right, down)
    # An edge has no sign; half a bin is added so that upright and level ones lie amid a bin, not between two.
    direction = (angle * np.float32(DIRECTIONS / np.pi) + np.float32(0.5)).astype(np.int64) % DIRECTIONS
    vote = _cell_of_pixel(CELLS) * DIRECTIONS + direction
    edges = np.bincount(vote.ravel(), weights=strength.ravel(), minlength=DIM - COLOUR_DIM)
    edges = edges / (edges.sum() + FLAT * WIDTH * HEIGHT)
    both: Float32[np.ndarray, " d"] = np.sqrt(np.concatenate((colours, edges))).astype(np.float32)
    return both


def shrink(picture: UInt8[np.ndarray, "_ _ 3"]) -> UInt8[np.ndarray, "90 160 3"]:
    """A 160x90 picture of whatever comes.

    Rows are skipped down to about twice the height and only then averaged: a quarter of the cost of averaging all of
    a 720p picture (0.28 for 1.31 ms), and still each output pixel is a mean over whole stretches of two rows.

    Raises:
        ObservationError: if the picture is not uint8 of shape (height, width, 3).
    """
    check_picture(picture)
    rows = picture[:: max(1, round(len(picture) / (2 * HEIGHT)))]
    small: UInt8[np.ndarray, "90 160 3"] = cv2.resize(rows, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return small


def _centre(vector: Float32[np.ndarray, " d"], mean: Float32[np.ndarray, " d"]) -> Float32[np.ndarray, " d"]:
    centred = vector - mean
    unit: Float32[np.ndarray, " d"] = centred / np.float32(max(float(np.linalg.norm(centred)), 1e-12))
    return unit


@cache
def _cell_of_pixel(side: int) -> Int64[np.ndarray, "90 160"]:
    rows = np.arange(HEIGHT) * side // HEIGHT
    return rows[:, None] * side + np.arange(WIDTH) * side // WIDTH


@cache
def _calibration_mean() -> Float32[np.ndarray, " d"]:
    """Mean of `describe` over procedural pictures (scripts/calibration.py, seed 999)."""
    blob = files("streammem.perception.encoders").joinpath("data", "classic_mean.f32").read_bytes()
    mean = np.frombuffer(blob, dtype="<f4")
    if mean.shape != (DIM,):
        raise ObservationError(
            f"classic_mean.f32 holds {mean.size} numbers, {DIM} expected: reinstall streammem"
        )
    return mean
