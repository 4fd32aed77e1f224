"""Label pictures beside a log's colours: a whole number a pixel, and what the numbers are called."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from jaxtyping import Int32

from streammem.errors import UnsupportedSourceError
from streammem.perception.sources.rgbd.depth_pictures import read_depth
from streammem.perception.sources.rgbd.log import File
from streammem.perception.sources.rgbd.trajectories import text_of

__all__ = ["NAMES", "names_of", "read_labels"]

NAMES = "names.json"


def read_labels(file: File, pixel_limit: int) -> Int32[np.ndarray, "_ _"]:
    """The numbers of a label picture: a PNG of 16 bits, or a TIFF of 16 or 32; 0 is nothing.

    Raises:
        UnsupportedSourceError: if it holds no whole numbers, is damaged or larger than `pixel_limit`.
        SourceError: if it cannot be read.
    """
    numbers = read_depth(file, pixel_limit)
    if not np.issubdtype(numbers.dtype, np.integer):
        raise UnsupportedSourceError(
            f"{file} holds {numbers.dtype} numbers, labels are whole: write 16 or 32 bits"
        )
    return numbers.astype(np.int32)


def names_of(folder: Path) -> dict[int, str]:
    """What a log's labels are called: its `names.json`, `{"7": "cup"}`; nothing where there is none.

    Raises:
        UnsupportedSourceError: if the file is there and holds something else.
    """
    file = folder / NAMES
    if not file.is_file():
        return {}
    try:
        return {int(label): str(name) for label, name in json.loads(text_of(file)).items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise UnsupportedSourceError(
            f'{file} should hold names by label, {{"7": "cup"}}: correct or remove it ({error})'
        ) from error
