"""Ways to read the encoder's classes from a view, and how high a thing's own word ranks in each."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from benchmarks.recognition.views import View
from benchmarks.recognition.words import classes_of
from streammem.perception.encoders.lite import LiteEncoder
from streammem.perception.encoders.vocabulary import vocabulary

__all__ = ["READINGS", "Reader"]

READINGS = {
    "hottest cell": "the whole view, each class at its hottest cell: how a memory is asked for a word",
    "whole view": "the whole view, mean over its cells",
    "its cells": "the whole view, the cells that the thing covers, by how much",
    "close-up": "the view cut to the thing with a margin of 15 %, each class at its hottest cell",
    "close-up, mean": "the same cut, mean over its cells",
}
MARGIN = 0.15


class Reader:
    """Ranks classes."""

    def __init__(self) -> None:
        self._lite = LiteEncoder()

    def ranks(self, view: View, words: tuple[str, ...]) -> dict[str, tuple[int, list[int]]]:
        """For each reading, the best rank (from 0) of a class of the words, and the five first classes."""
        mine = classes_of(words)
        found = {}
        for name, chance in self._chances(view).items():
            order = np.argsort(-chance, kind="stable")
            rank = next(i for i, number in enumerate(order.tolist()) if number in mine)
            found[name] = (rank, order[:5].tolist())
        return found

    def _chances(self, view: View) -> dict[str, np.ndarray]:
        whole = self._cells(view.rgb)
        height, width = view.seen.shape
        rows, columns = -(-height // 32), -(-width // 32)
        cover = view.seen[: rows * 32, : columns * 32].reshape(rows, 32, columns, 32).mean((1, 3)).ravel()
        close = self._cells(_cut(view))
        return {
            "hottest cell": whole.max(0),
            "whole view": whole.mean(0),
            "its cells": np.average(whole, axis=0, weights=cover),
            "close-up": close.max(0),
            "close-up, mean": close.mean(0),
        }

    def _cells(self, picture: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self._lite.encode([picture])[0].spaces["text"].numpy()


def _cut(view: View) -> np.ndarray:
    """The part of a view around its thing, in the view's own aspect, so that nothing is stretched."""
    rows, columns = np.nonzero(view.seen)
    height, width = view.seen.shape
    middle = (rows.min() + rows.max() + 1) / 2, (columns.min() + columns.max() + 1) / 2
    tall = max(np.ptp(rows) + 1, (np.ptp(columns) + 1) * height / width) * (1 + 2 * MARGIN)
    tall = min(tall, height)
    wide = tall * width / height
    top = int(np.clip(middle[0] - tall / 2, 0, height - tall))
    left = int(np.clip(middle[1] - wide / 2, 0, width - wide))
    part = view.rgb[top : top + round(tall), left : left + round(wide)]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC)


def class_name(number: int) -> str:
    """The shortest word of the vocabulary that means this class alone."""
    alone = [word for word in vocabulary() if vocabulary()[word] == (number,)]
    return min(alone, key=len, default=str(number))
