"""Where boxes can be next: a Kalman filter an object, all of them at once.

State and noise are those of SAMURAI (Yang et al. 2024), after SORT (Bewley et al. 2016): centre, aspect, height and
their velocities a frame, with deviations in shares of the height. SAMURAI picks among a network's candidate masks by
it; here it tells the parts of an object from what lies where the object cannot have gone.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from streammem.heads.object_rows import ObjectRows

__all__ = ["BoxMotion"]

POSITION, VELOCITY = (
    1 / 20,
    1 / 160,
)  # of the height: deviations of the centre and the height, and of their velocities
ASPECT, ASPECT_VELOCITY, ASPECT_MEASURED = 1e-2, 1e-5, 1e-1
STEP = np.eye(8) + np.eye(8, k=4)
Boxes = Float64[np.ndarray, "n 4"]  # left, top, right, bottom


class BoxMotion:
    """Filters of the followed objects, in the order of `rows.ids`."""

    def __init__(self) -> None:
        # `steady`: frames in a row in which it was seen; 0: nothing is known.
        self.rows = ObjectRows(
            {"mean": np.zeros(8), "covariance": np.zeros((8, 8)), "steady": np.zeros((), np.int64)}
        )

    def forget(self, who: Bool[np.ndarray, " n"]) -> None:
        """Nothing is known any more about where these are."""
        self.rows["steady"][who] = 0

    def predict(self) -> tuple[Boxes, Float64[np.ndarray, "n 2"]]:
        """One frame on: the boxes to expect, and the deviations of their centres in pixels, across and down.

        A box of which nothing is known is everywhere: its deviation is infinite.
        """
        mean, covariance = self.rows["mean"], self.rows["covariance"]
        noise = _noise(np.maximum(mean[:, 3], 1.0), POSITION, ASPECT, VELOCITY, ASPECT_VELOCITY)
        mean[:] = mean @ STEP.T
        covariance[:] = STEP @ covariance @ STEP.T + _diagonal(noise)
        spread = np.sqrt(np.maximum(covariance[:, [0, 1], [0, 1]], 0.0))
        spread[self.rows["steady"] == 0] = np.inf
        x, y, aspect, height = mean[:, :4].T
        wide, high = np.maximum(aspect * height, 1.0) / 2, np.maximum(height, 1.0) / 2
        return np.stack([x - wide, y - high, x + wide, y + high], axis=1), spread

    def update(self, boxes: Boxes, seen: Bool[np.ndarray, " n"]) -> None:
        """Take in the boxes of those that are seen; the others drift on."""
        mean, covariance, steady = self.rows["mean"], self.rows["covariance"], self.rows["steady"]
        left, top, right, bottom = boxes[seen].T
        height = np.maximum(bottom - top, 1.0)
        measured = np.zeros((len(seen), 4))
        measured[seen] = np.stack(
            [(left + right) / 2, (top + bottom) / 2, np.maximum(right - left, 1.0) / height, height], axis=1
        )
        first, again = seen & (steady == 0), seen & (steady > 0)
        mean[first, :4], mean[first, 4:] = measured[first], 0.0
        covariance[first] = _diagonal(
            _noise(measured[first, 3], 2 * POSITION, ASPECT, 10 * VELOCITY, ASPECT_VELOCITY)
        )
        old = covariance[again]
        noise = _noise(np.maximum(mean[again, 3], 1.0), POSITION, ASPECT_MEASURED, VELOCITY, ASPECT_VELOCITY)
        gain = np.linalg.solve(old[:, :4, :4] + _diagonal(noise[:, :4]), old[:, :4, :]).transpose(0, 2, 1)
        mean[again] += (gain @ (measured[again] - mean[again, :4])[:, :, None])[:, :, 0]
        covariance[again] = old - gain @ old[:, :4, :]
        steady[:] = np.where(seen, steady + 1, np.minimum(steady, 1))


def _noise(
    height: Float64[np.ndarray, " n"], position: float, aspect: float, velocity: float, turning: float
) -> Float64[np.ndarray, "n 8"]:
    """Variances of the state."""
    flat = np.ones_like(height)
    parts = [position * height] * 2 + [aspect * flat, position * height]
    parts += [velocity * height] * 2 + [turning * flat, velocity * height]
    return np.square(np.stack(parts, axis=1))


def _diagonal(variances: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d d"]:
    return variances[:, :, None] * np.eye(variances.shape[1])
