"""A second look at a picture: does it show the same thing as the query, and where?

Feature codes find candidates, and look-alikes among them. The snapshots that the memory keeps anyway allow a
geometric check at question time, which costs no stored bytes: SIFT key points (Lowe 2004) matched with the
ratio test and fitted by one affine map (RANSAC); the number of inliers says how sure, the mapped corners of
the query say where.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from streammem.types import BoundingBox

__all__ = ["Match", "Matcher", "Sketch", "sketch"]

RATIO = 0.8  # Lowe's ratio of best to second-best distance
REPROJECTION_PX = 4.0  # an inlier lies within this of where the map puts it
SMALLEST_SIDE_PX = 128  # smaller queries are enlarged, so that SIFT finds key points in them
LARGEST_SIDE_PX = 384  # of a snapshot as it is kept: finer key points of a query have nothing to match


@dataclass(frozen=True, kw_only=True, slots=True)
class Sketch:
    """A picture's key points, as fractions of its width and height, with their SIFT descriptors."""

    points: Float[np.ndarray, "n 2"]
    descriptors: UInt8[np.ndarray, "n 128"]  # SIFT's numbers are whole
    width: int
    height: int

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return int(self.points.nbytes + self.descriptors.nbytes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """How many key points agree on one affine map, and where it puts the query in the picture."""

    inliers: int
    box: BoundingBox | None


def sketch(picture: UInt8[np.ndarray, "h w 3"], *, contrast: float = 0.02) -> Sketch:
    """Key points of an RGB picture; pictures without texture have none."""
    height, width = picture.shape[:2]
    scale = min(max(1.0, SMALLEST_SIDE_PX / min(height, width)), LARGEST_SIDE_PX / max(height, width))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if scale != 1.0:
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    points, descriptors = cv2.SIFT.create(nfeatures=800, contrastThreshold=contrast).detectAndCompute(
        grey, None
    )
    if len(points) == 0:
        points, descriptors = (), np.zeros((0, 128), np.float32)
    size_px = np.array([grey.shape[1], grey.shape[0]], np.float32)
    at = np.array([point.pt for point in points], np.float32).reshape(-1, 2) / size_px
    return Sketch(
        points=at, descriptors=descriptors.astype(np.uint8), width=grey.shape[1], height=grey.shape[0]
    )


class Matcher:
    """Fits one query into many pictures."""

    def __init__(self, query: Sketch) -> None:
        self._query, self._lines = query, _unit(query.descriptors)

    def match(self, picture: Sketch) -> Match:
        """Fit the query into a picture. No fit is a `Match` with no inliers and no box."""
        query, nothing = self._query, Match(inliers=0, box=None)
        if len(query.points) < 4 or len(picture.points) < 4:
            return nothing
        # Unit descriptors: the squared distance is 2 - 2 cosine, so one GEMM serves instead of a matcher.
        alike = self._lines @ _unit(picture.descriptors).T
        best, rows = alike.argmax(axis=1), np.arange(len(alike))
        first = np.maximum(2.0 - 2.0 * alike[rows, best], 0.0)
        alike[rows, best] = -np.inf
        second = np.maximum(2.0 - 2.0 * alike.max(axis=1), 0.0)
        good = first < RATIO**2 * second
        if int(good.sum()) < 4:
            return nothing
        source = query.points[good] * (query.width, query.height)
        target = picture.points[best[good]] * (picture.width, picture.height)
        # RANSAC draws from OpenCV's global generator: the same question gets the same answer.
        cv2.setRNGSeed(0)
        affine, inlier = cv2.estimateAffinePartial2D(
            source, target, method=cv2.RANSAC, ransacReprojThreshold=REPROJECTION_PX
        )
        if affine is None:
            return nothing
        # Many key points at one place are one piece of evidence.
        placed = np.unique(np.round(target[inlier.ravel().astype(bool)]), axis=0)
        return Match(inliers=len(placed), box=_place(affine, query, picture))


def _unit(descriptors: UInt8[np.ndarray, "n 128"]) -> Float32[np.ndarray, "n 128"]:
    lines = descriptors.astype(np.float32)
    unit: Float32[np.ndarray, "n 128"] = lines / np.linalg.norm(lines, axis=1, keepdims=True).clip(1e-6)
    return unit


def _place(affine: Float[np.ndarray, "2 3"], query: Sketch, picture: Sketch) -> BoundingBox | None:
    corners = np.array([[0, 0], [query.width, 0], [0, query.height], [query.width, query.height]], np.float64)
    there = (corners @ affine[:, :2].T + affine[:, 2]) / (picture.width, picture.height)
    low, high = np.clip(there.min(axis=0), 0, 1), np.clip(there.max(axis=0), 0, 1)
    if not np.isfinite(there).all() or (high - low).min() <= 0.0:
        return None
    return BoundingBox(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
