"""`python -m benchmarks.vos.corrections [--data FOLDER] [--seed 0,1]`: what a mask given half way is worth.

J&F of the frames after the middle: without help, with the true mask of the middle frame given as a correction, and with
that frame kept for good (`permanent=True`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.vos.arguments import data_folder
from benchmarks.vos.procedural import procedural_split
from benchmarks.vos.scoring import objects_of, score_frame
from benchmarks.vos.variants import VARIANTS
from benchmarks.vos.videos import MaskedVideo, find_videos
from streammem.heads.segmentation import SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.perception.networks.protocol import SegmentationNetwork
from streammem.types import Observation

HELP = ("none", "corrected", "corrected and kept")


def later_marks(network: SegmentationNetwork, video: MaskedVideo, helped: str) -> float:
    """Mean J&F of the scored frames after the middle, over frames and objects."""
    head, middle = SegmentationHead(network, VARIANTS["default"]()), video.length // 2
    truth = video.truth(middle)
    if truth is None:
        raise ValueError(f"{video.name}: frame {middle} has no mask to correct with")
    objects, marks = objects_of(video.first()), []
    for i in range(video.length):
        masks, kept = (video.first() if i == 0 else None), False
        if i == middle and helped != "none":
            given = np.where(np.isin(truth.labels, objects), truth.labels, 0)
            masks, kept = (given if given.any() else None), helped == "corrected and kept"
        seen = Observation(index=i, t_s=i / 10, rgb=video.frame(i))
        labels = head.step(seen, masks, permanent=kept).labels
        wanted = video.truth(i) if i > middle and i in set(video.scored()) else None
        if wanted is not None:
            marks.append(np.mean(score_frame(wanted.labels, labels, objects, wanted.void)))
    return float(np.mean(marks))


def main(arguments: Sequence[str] | None = None) -> list[dict[str, float | str]]:
    """Print a table and, where asked, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seed", type=lambda text: [int(part) for part in text.split(",")], default=[0, 1])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    data, network = given.data or data_folder(), open_network()
    videos = [] if data is None else list(find_videos(data, ()))
    videos += [video for seed in given.seed for video in procedural_split(seed=seed)]
    rows: list[dict[str, float | str]] = []
    for video in track(videos, "sequences", transient=True):
        rows.append({"video": video.name, **{kind: later_marks(network, video, kind) for kind in HELP}})
    means = {kind: float(np.mean([float(row[kind]) for row in rows])) for kind in HELP}
    table = Table("sequence", *HELP, title="J&F after the middle, x100")
    for row in [*rows, {"video": "mean", **means}]:
        table.add_row(str(row["video"]), *(f"{100 * float(row[kind]):.1f}" for kind in HELP))
    Console(width=None if Console().is_terminal else 120).print(table)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2))
    return rows


if __name__ == "__main__":
    main()
