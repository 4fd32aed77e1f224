"""What a frame shows, as elements of the cover: cells of surface, and objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from streammem.errors import ObservationError
from streammem.spatial.views.config import ViewsConfig

__all__ = ["Candidate", "candidate", "weights"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Rising elements (objects are negative, cells are not), how well each is shown, and what each counts."""

    elements: Int64[np.ndarray, " n"]
    quality: UInt8[np.ndarray, " n"]
    weight: Float64[np.ndarray, " n"]


def weights(elements: Int64[np.ndarray, " n"], object_weight: float) -> Float64[np.ndarray, " n"]:
    """What each element counts, in cells."""
    return np.where(elements < 0, object_weight, 1.0)


def candidate(
    config: ViewsConfig,
    cells: Int64[np.ndarray, " n"],
    quality: Float32[np.ndarray, " n"],
    objects: Int64[np.ndarray, " m"] | None,
    scores: Float32[np.ndarray, " m"] | None,
) -> tuple[Candidate, int]:
    """A frame's elements, the best shown of them where they are too many, and how many were too many.

    Raises:
        ObservationError: if cells or objects are repeated or negative, or a quality is outside 0..1.
    """
    objects = np.zeros(0, np.int64) if objects is None else objects
    scores = np.ones(len(objects), np.float32) if scores is None else scores
    for what, numbers, shown in (("cells", cells, quality), ("objects", objects, scores)):
        if not ((shown > 0) & (shown <= 1)).all():
            raise ObservationError(f"{what} are shown with a quality above 0 up to 1, got {shown}")
        if len(np.unique(numbers)) != len(numbers) or (numbers < (what == "objects")).any():
            raise ObservationError(
                f"{what} of a frame are unique numbers, cells from 0 and objects from 1 on: merge repeated ones"
            )
    best_cells = np.lexsort((cells, -quality))[: config.cells_per_view]
    best_objects = np.lexsort((objects, -scores))[: config.objects_per_view]
    elements = np.concatenate([-objects[best_objects], cells[best_cells]])
    levels = np.concatenate([scores[best_objects], quality[best_cells]])
    order = np.argsort(elements)
    new = Candidate(
        elements=elements[order],
        quality=np.maximum(np.round(levels[order] * 255), 1).astype(np.uint8),
        weight=weights(elements[order], config.object_weight),
    )
    return new, len(cells) + len(objects) - len(elements)
