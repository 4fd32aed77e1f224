"""What encoding costs, and how well the words do: python -m benchmarks.encoders [--data FOLDER] [--json FILE].

Milliseconds are CPU time of one thread, the median of repeated calls. With the folder of clips (clips/, rgbd/),
also each labelled word against each clip: the best calibrated score over 8 frames.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from benchmarks.encoders.calibrate import look, tabulate
from streammem.interface import Encoder
from streammem.perception.encoders import open_encoder
from streammem.perception.encoders.vocabulary import vocabulary

PICTURES = ((90, 160), (272, 640), (720, 1280), (1080, 1920))
INPUTS = ("lite@160x288", "lite@224x384", "lite", "lite@288x512", "lite@448x768")


def cost_ms(encoder: Encoder, height: int, width: int, *, repeats: int) -> float:
    """Median CPU milliseconds to encode one soft random picture."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = cv2.GaussianBlur(noise, (0, 0), 5)
    encoder.encode([picture])
    took = []
    for _ in range(repeats):
        start = time.process_time()
        encoder.encode([picture])
        took.append(time.process_time() - start)
    return statistics.median(took) * 1e3


def costs() -> dict[str, float]:
    """Milliseconds for each encoder and size of picture."""
    found = {}
    for height, width in PICTURES:
        found[f"classic, {width}x{height}"] = cost_ms(open_encoder("classic"), height, width, repeats=200)
    for name in INPUTS:
        encoder = open_encoder(name)
        grid = encoder.spaces["patch"].grid
        found[f"{name} {grid}, 1280x720"] = cost_ms(encoder, 720, 1280, repeats=12)
    return found


def words(data: Path | None) -> dict[str, dict[str, Any]]:
    """For each labelled word: its best score among clips where it is and where it is not."""
    encoder = open_encoder("lite")
    seen = look(encoder, data)
    table = tabulate(seen)
    names = list(vocabulary())
    report = {}
    for row in sorted(set(table.word.astype(int)), key=names.__getitem__):
        said = encoder.encode_words(names[row])
        chance = 1 / (1 + np.exp(-said.slope * (table.score - said.middle)))
        best: dict[bool, dict[str, float]] = {True: {}, False: {}}
        for truth in (True, False):
            for at, (clip, _) in enumerate(seen):
                here = (table.word == row) & (table.clip == at) & (table.truth == truth)
                if here.any() and not (not truth and clip.path in best[True]):
                    best[truth][clip.path] = float(chance[here].max())
        report[names[row]] = {"there": best[True], "absent": best[False]}
    return report


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="folder with clips/ and rgbd/; else only the packaged clips"
    )
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    cost = costs()
    for what, spent in cost.items():
        print(f"{what:40s} {spent:7.2f} ms")
    report = words(arguments.data)
    print(f"\n{'word':16s} where it is (best score of each clip); highest where it is not")
    for word, row in report.items():
        there = " ".join(f"{score:.2f}" for score in sorted(row["there"].values(), reverse=True)) or "-"
        wrong = max(row["absent"].items(), key=lambda item: item[1], default=("-", 0.0))
        print(f"{word:16s} {there:32s} {wrong[1]:.2f} {wrong[0]}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"cost_ms": cost, "words": report}, indent=1) + "\n")


if __name__ == "__main__":
    main()
