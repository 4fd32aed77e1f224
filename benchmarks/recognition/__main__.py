"""Is what stands in a furnished apartment recognised? python -m benchmarks.recognition FOLDER [--views 40].

FOLDER holds Sweet Home 3D furniture catalogues. Each view is a rendered picture of 448 x 256 pixels, 60 degrees wide,
in which the thing covers 5 to 50 %. `lite` gives each cell of the picture the probabilities of 1,000 classes; a
reading makes one list of them. A view counts when one of the first five classes is one that the thing's word covers
(benchmarks/recognition/words.py). Writes recognition.json, .md, .png and contact sheets of hits and failures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recognition.readings import READINGS, Reader, class_name
from benchmarks.recognition.sheets import bars, contact_sheet
from benchmarks.recognition.views import CAMERA, LEAST, View, views_of
from benchmarks.recognition.words import MORE, TWENTY
from benchmarks.spatial.results import Table, markdown
from streammem.envs.furniture.catalogues import Catalogues
from streammem.envs.rendering.choice import open_renderer

TARGET = 0.6
MAIN = "hottest cell"
SHEET = 48


def measure(arguments: argparse.Namespace) -> tuple[list[View], list[dict[str, tuple[int, list[int]]]]]:
    """Views and the ranks of their words."""
    reader, words = Reader(), {**TWENTY, **MORE}
    reader.ranks(_blank(), ("cup",))  # torch's compiler stack is loaded before the GL context is made
    catalogues = Catalogues.open(arguments.folder)
    renderer = open_renderer("gl")
    asked = [category for category in words if catalogues.has(category)]
    views, ranks = [], []
    seeds = range(20_000, 20_000 + arguments.apartments)
    for view in views_of(asked, catalogues, renderer, most=arguments.views, seeds=seeds):
        views.append(view)
        ranks.append(reader.ranks(view, words[view.category]))
        if len(views) % 50 == 0:
            print(f"{len(views)} views, apartment {view.seed}", file=sys.stderr, flush=True)
    renderer.close()
    return views, ranks


def _blank() -> View:
    rgb = np.zeros((CAMERA.height, CAMERA.width, 3), np.uint8)
    seen = np.ones(rgb.shape[:2], bool)
    return View(category="cup", variant=0, name="", seed=0, share=1.0, rgb=rgb, seen=seen)


def report(views: list[View], ranks: list[dict[str, tuple[int, list[int]]]]) -> dict[str, Any]:
    """Shares of each category and reading."""
    rows: dict[str, dict[str, Any]] = {}
    for category in {**TWENTY, **MORE}:
        mine = [rank for view, rank in zip(views, ranks, strict=True) if view.category == category]
        if mine:
            shares = {r: float(np.mean([rank[r][0] < 5 for rank in mine])) for r in READINGS}
            first = {r: float(np.mean([rank[r][0] == 0 for rank in mine])) for r in READINGS}
            said: dict[str, int] = defaultdict(int)
            for rank in mine:
                said[class_name(rank[MAIN][1][0])] += 1
            rows[category] = {
                "views": len(mine), "top five": shares, "first": first,
                "said first": sorted(said, key=lambda word: -said[word])[:3],
            }  # fmt: skip
    twenty = [rows[category] for category in TWENTY if category in rows]
    overall = {
        reading: {
            "mean of categories": float(np.mean([row["top five"][reading] for row in twenty])),
            "categories at 60 % or more": sum(row["top five"][reading] >= TARGET for row in twenty),
            "first": float(np.mean([row["first"][reading] for row in twenty])),
        }
        for reading in READINGS
    }
    return {"categories": rows, "twenty": overall, "missing": [c for c in TWENTY if c not in rows]}


def write(
    found: dict[str, Any], views: list[View], ranks: list[dict[str, tuple[int, list[int]]]], out: Path
) -> str:
    """Tables, plot and contact sheets; the tables' text."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "recognition.json").write_text(json.dumps(found, indent=1) + "\n")
    columns = ["category", "views", *READINGS, "said first (hottest cell)"]
    cells = [
        [("" if name in TWENTY else "+ ") + name, row["views"], *(round(row["top five"][r], 2) for r in READINGS), ", ".join(row["said first"])]
        for name, row in found["categories"].items()
    ]  # fmt: skip
    overall = [
        [name, round(row["mean of categories"], 3), row["categories at 60 % or more"], round(row["first"], 3), READINGS[name]]
        for name, row in found["twenty"].items()
    ]  # fmt: skip
    text = "\n\n".join(
        [
            markdown(
                Table(
                    title="",
                    columns=["reading", "top five", "of 20 at 60 %", "first", "what is read"],
                    rows=overall,
                )
            ),
            markdown(Table(title="", columns=columns, rows=cells)),
        ]
    )
    (out / "recognition.md").write_text(text + "\n")
    names = list(found["categories"])
    rows = [found["categories"][name]["top five"] for name in names]
    bars(names, [row[MAIN] for row in rows], [row["close-up"] for row in rows], out / "recognition.png")
    for hit in (True, False):
        some = [
            i for i, rank in enumerate(ranks) if (rank[MAIN][0] < 5) == hit and views[i].category in TWENTY
        ]
        some = [some[i] for i in np.random.default_rng(0).permutation(len(some))[:SHEET]]
        some.sort(key=lambda i: names.index(views[i].category))
        texts = [
            f"{views[i].category} ({views[i].name}) {views[i].share:.0%}\n" + ", ".join(class_name(n) for n in ranks[i][MAIN][1][:3])
            for i in some
        ]  # fmt: skip
        if some:
            contact_sheet([views[i].rgb for i in some], texts, out / f"{'hits' if hit else 'failures'}.png")
    return text


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with .sh3f catalogues")
    parser.add_argument("--views", type=int, default=40, help="of each category")
    parser.add_argument("--apartments", type=int, default=60, help="that are searched for them")
    parser.add_argument("--out", type=Path, default=Path("out/recognition"))
    arguments = parser.parse_args()
    start = time.process_time()
    views, ranks = measure(arguments)
    found = report(views, ranks)
    found["settings"] = {
        "views": len(views),
        "least share": LEAST,
        "cpu_s": round(time.process_time() - start, 1),
    }
    print(write(found, views, ranks, arguments.out))
    mean = found["twenty"][MAIN]["mean of categories"]
    print(
        f"\n{len(views)} views; top five {mean:.3f} (target {TARGET}) over {20 - len(found['missing'])} categories"
    )


if __name__ == "__main__":
    main()
