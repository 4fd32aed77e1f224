"""Pictures of the benchmark: views on a contact sheet, shares as bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

__all__ = ["bars", "contact_sheet"]

WIDE, TALL = 224, 128


def contact_sheet(
    pictures: Sequence[np.ndarray], texts: Sequence[str], path: Path, *, columns: int = 6
) -> None:
    """Views with a line of text under each."""
    tiles = []
    for picture, text in zip(pictures, texts, strict=True):
        tile = np.full((TALL + 30, WIDE, 3), 255, np.uint8)
        tile[:TALL] = cv2.resize(picture, (WIDE, TALL), interpolation=cv2.INTER_AREA)
        for line, part in enumerate(text.split("\n")):
            cv2.putText(
                tile, part[:42], (2, TALL + 12 + 13 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 0, 0), 1, 16
            )
        tiles.append(tile)
    tiles += [np.full((TALL + 30, WIDE, 3), 255, np.uint8)] * (-len(tiles) % columns)
    rows = [np.concatenate(tiles[i : i + columns], 1) for i in range(0, len(tiles), columns)]
    cv2.imwrite(str(path), cv2.cvtColor(np.concatenate(rows), cv2.COLOR_RGB2BGR))


def bars(names: Sequence[str], shares: Sequence[float], close: Sequence[float], path: Path) -> None:
    """The share of views in the top five for each category."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.4, 0.22 * len(names) + 1))
    at = np.arange(len(names))[::-1]
    axis.barh(at + 0.2, shares, 0.4, color="#1b7f79", label="the view as it is")
    axis.barh(at - 0.2, close, 0.4, color="#c98a6b", label="cut to the thing")
    axis.set_yticks(at, names)
    axis.set_xlim(0, 1)
    axis.set_xlabel("share of views with the word among the first five classes")
    axis.legend(frameon=False, fontsize=7, loc="lower right")
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    plt.close(figure)
