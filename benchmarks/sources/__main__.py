"""Measure readers of video files: `python -m benchmarks.sources --folder /tmp/hour`."""

import argparse
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.sources.footage import make, real_clip
from benchmarks.sources.measures import reading, seeking
from benchmarks.sources.readers import READERS, SEEKS

BASE = "pyav, decoding alone"
HOUR = 25 * 3600  # frames


def main() -> None:
    args = arguments()
    if args.one is not None:
        print(json.dumps(one(json.loads(args.one))))
        return
    paths = make(args.folder, args.clip or real_clip(), hours=args.hours)
    print({rate: f"{path.stat().st_size / 1e6:.0f} MB" for rate, path in paths.items()}, flush=True)
    results: dict[str, dict[str, dict[str, float]]] = {"reading": {}, "seek cfr": {}, "seek vfr": {}}
    for round_, name in itertools.product(
        range(args.rounds), READERS
    ):  # in turn, as a machine's load changes
        most = 0 if name in args.whole and round_ == 0 else args.frames
        got = apart(what="reading", name=name, path=str(paths["cfr"]), most=most)
        print(name, got, flush=True)
        kept = results["reading"].setdefault(name, got)
        kept["cpu_ms"] = min(kept["cpu_ms"], got["cpu_ms"])
    for name in SEEKS if args.seeks else ():
        for rate, path in paths.items():
            results[f"seek {rate}"][name] = apart(what="seeking", name=name, path=str(path), n=args.seeks)
            print(name, rate, results[f"seek {rate}"][name], flush=True)
    args.json.write_text(json.dumps(results, indent=1))
    print(table(results))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the hour of video is kept")
    parser.add_argument("--clip", type=Path, help="real video to make it from (default: a packaged clip)")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--frames", type=int, default=3_000, help="frames of a pass")
    parser.add_argument(
        "--whole", nargs="*", default=[], choices=list(READERS), help="readers that decode all of it"
    )
    parser.add_argument("--rounds", type=int, default=3, help="passes of each reader; the least CPU counts")
    parser.add_argument("--seeks", type=int, default=40)
    parser.add_argument("--json", type=Path, default=Path("sources.json"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def one(task: dict[str, str | int]) -> dict[str, float]:
    name, path = str(task["name"]), Path(str(task["path"]))
    if task["what"] == "reading":
        return reading(name, path, most=int(task["most"]))
    return seeking(name, path, n=int(task["n"]))


def apart(**task: str | int) -> dict[str, float]:
    """A measurement in its own process, so that memory and threads of one reader do not touch the next."""
    command = [sys.executable, "-P", "-m", "benchmarks.sources", "--folder", ".", "--one", json.dumps(task)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """The results as Markdown."""
    base = results["reading"][BASE]["cpu_ms"]
    lines = [
        "| reader | frames | CPU ms/frame | of decoding alone | RSS above imports, MB | slope MB/h |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, got in results["reading"].items():
        # Growth in a few minutes says nothing about hours: the first frames fill buffers.
        slope = f"{got['slope_mb_per_h']:+.1f}" if got["frames"] >= HOUR / 2 else "-"
        lines.append(
            f"| {name} | {got['frames']:.0f} | {got['cpu_ms']:.2f} | {got['cpu_ms'] / base:.2f} | "
            f"{got['rss_mb']:.0f} | {slope} |"
        )
    lines += [
        "",
        "| seek by time | exact, constant rate | exact, variable rate | CPU ms a seek |",
        "| --- | --- | --- | --- |",
    ]
    for name in results["seek cfr"]:
        cfr, vfr = results["seek cfr"][name], results["seek vfr"][name]
        lines.append(
            f"| {name} | {cfr['exact']:.0f} of {cfr['seeks']:.0f} | {vfr['exact']:.0f} of {vfr['seeks']:.0f} | "
            f"{(cfr['cpu_ms'] + vfr['cpu_ms']) / 2:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
