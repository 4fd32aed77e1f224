"""Fit the curves that turn cosines and key points into probabilities: `python -m benchmarks.recall CLIPS`.

Each clip gives pictures (one a second) and queries (crops of other moments: 10 to 100 % of the picture, brightness
±20 %). Right pairs: the query's own clip within a second. Wrong pairs: every other clip. A logistic curve is fitted
for each way of comparing, with right and wrong weighing the same; its middle is moved up to where one wrong pair in
a thousand lies, because a memory holds thousands that are wrong. What is printed goes into
`streammem/heads/recall.py`. Every second clip is held out, and the share of right and wrong pairs above .5 there
says how far to trust the curves.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import minimize

from streammem import open_encoder
from streammem.memory.codes import project, quantise
from streammem.memory.episodic_config import EpisodicConfig
from streammem.memory.geometry import Matcher, sketch
from streammem.perception.encoders.lite import LiteEncoder

Picture = np.ndarray
Pairs = dict[str, tuple[list[float], list[float]]]
SNAPSHOT_PX = 384
QUERIES = 12  # a clip


def frames(path: Path) -> list[tuple[float, Picture]]:
    """Eight pictures a second, at most 30 seconds, 640 pixels wide."""
    video, kept = cv2.VideoCapture(str(path)), []
    step = max(1, round((video.get(cv2.CAP_PROP_FPS) or 25) / 8))
    for index in range(step * 240):
        ok, picture = video.read()
        if not ok:
            break
        if index % step == 0:
            size = (640, round(640 * picture.shape[0] / picture.shape[1]))
            kept.append((len(kept) / 8, cv2.cvtColor(cv2.resize(picture, size), cv2.COLOR_BGR2RGB)))
    return kept


def crop(picture: Picture, rng: np.random.Generator) -> Picture:
    """A part of the picture, lighter or darker."""
    height, width = picture.shape[:2]
    share = np.sqrt(rng.uniform(0.1, 1.0))
    h, w = int(height * share), int(width * share)
    top, left = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
    part = picture[top : top + h, left : left + w]
    return np.clip(part * rng.uniform(0.8, 1.2), 0, 255).astype(np.uint8)


def as_asked(vectors: Picture, space: str) -> Picture:
    """Query vectors as a memory compares them: projected, of norm 1."""
    flat = project(vectors, int(EpisodicConfig().of("dims", space)))
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)


def as_stored(vectors: Picture, space: str) -> Picture:
    """What is left of vectors in a memory's int8 codes, of norm 1."""
    code, norm = quantise(project(vectors, int(EpisodicConfig().of("dims", space))))
    return code / np.maximum(norm.astype(np.float32), 1e-9)[:, None]


def pairs(clips: dict[str, list[tuple[float, Picture]]], rng: np.random.Generator) -> dict[str, Pairs]:
    """For each clip that queries: similarity of right and wrong pairs by way of comparing."""
    classic, lite = open_encoder("classic"), LiteEncoder()
    memory = []
    for name, film in clips.items():
        for t_s, picture in film[::8]:
            features = classic.encode([picture])[0] | lite.encode([picture])[0]
            small = cv2.resize(
                picture, (SNAPSHOT_PX, round(SNAPSHOT_PX * picture.shape[0] / picture.shape[1]))
            )
            kept = {
                space: as_stored(features.spaces[space].numpy(), space)
                for space in ("pixel", "frame", "patch")
            }
            memory.append((name, t_s, kept, sketch(small)))
    found: dict[str, Pairs] = {}
    for name, film in clips.items():
        mine: Pairs = defaultdict(lambda: ([], []))
        for t_s, picture in (film[i] for i in rng.integers(0, len(film), QUERIES)):
            query = crop(picture, rng)
            whole = (classic.encode([query])[0] | lite.encode([query])[0]).spaces
            asked = {"pixel": whole["pixel"], "frame": whole["frame"], "patch": lite.encode_crop(query)}
            what = {space: as_asked(vectors.numpy(), space) for space, vectors in asked.items()}
            points = Matcher(sketch(query))
            for other, then_s, spaces, shown in memory:
                if other == name and abs(then_s - t_s) > 1:
                    continue
                side = 0 if other == name else 1
                for space, vectors in what.items():
                    mine[space][side].append(float((vectors @ spaces[space].T).max()))
                mine["inliers"][side].append(float(points.match(shown).inliers))
        found[name] = dict(mine)
        print(name, {way: (round(np.median(a), 2), round(np.median(b), 2)) for way, (a, b) in mine.items()})
    return found


def fit(right: np.ndarray, wrong: np.ndarray) -> tuple[float, float]:
    """Slope and middle of the logistic curve, right and wrong weighing the same."""
    scale = max(np.std(np.concatenate([right, wrong])), 1e-6)

    def loss(parameters: np.ndarray) -> float:
        slope, middle = parameters
        return float(
            np.logaddexp(0, -slope * (right / scale - middle)).mean()
            + np.logaddexp(0, slope * (wrong / scale - middle)).mean()
            + 1e-4 * slope**2
        )

    slope, middle = minimize(loss, np.array([1.0, np.mean(right) / scale]), method="Nelder-Mead").x
    return slope / scale, middle * scale


def main(folder: str) -> None:
    """Print the curves and what they do on clips that did not fit them."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.suffix in {".mp4", ".avi"})
    clips = {f"{path.parent.name}/{path.stem}": film for path in paths if len(film := frames(path)) > 8}
    clips.pop("traffic-camera/vfr", None)  # the same pictures as cfr
    found = pairs(clips, np.random.default_rng(0))
    names = sorted(found)
    for way in ("pixel", "frame", "patch", "inliers"):
        sides = [
            [np.concatenate([found[name][way][side] for name in part]) for side in (0, 1)]
            for part in (names[::2], names[1::2], names)
        ]
        slope, middle = fit(*sides[0])
        strict = max(middle, float(np.quantile(sides[0][1], 0.999)))
        right, wrong = (float((side > strict).mean()) for side in sides[1])
        slope, middle = fit(*sides[2])
        print(
            f"{way:8} slope {slope:6.2f} middle {max(middle, float(np.quantile(sides[2][1], 0.999))):6.2f}   "
            f"held out: {right:.2f} of right, {wrong:.4f} of wrong above .5"
        )


if __name__ == "__main__":
    main(sys.argv[1])
