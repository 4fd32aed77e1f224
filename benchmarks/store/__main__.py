"""Commits of a 64 MB state of which 1 MB changes: `python -m benchmarks.store [commits]`.

Prints milliseconds a commit (median, 95th percentile), beside rewriting one `.npz` file, which is what a memory
without a store would do; the time to open and read; and the folder's size with and without upkeep.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from streammem.store import ArrayStore, StoreConfig

STATE, CHANGE = 64_000_000, 1_000_000


def run(folder: Path, commits: int, config: StoreConfig, durability: str = "kill") -> list[float]:
    """Milliseconds of each commit."""
    rng = np.random.default_rng(0)
    pool = rng.integers(0, 255, STATE, dtype=np.uint8)
    taken = []
    with ArrayStore.open(folder, config=config, durability=durability) as store:  # type: ignore[arg-type]  # one of its words
        store.commit({"pool": pool}, {})
        for _ in range(commits):
            at = int(rng.integers(0, STATE - CHANGE))
            pool[at : at + CHANGE] = rng.integers(0, 255, CHANGE, dtype=np.uint8)
            begin = time.perf_counter()
            store.commit({"pool": pool}, {})
            taken.append(1e3 * (time.perf_counter() - begin))
        print(f"  folder {store.nbytes() / 1e6:7.1f} MB after {commits} commits")
    return taken


def say(what: str, taken: list[float]) -> None:
    """One line of figures."""
    print(f"{what:34} median {np.median(taken):7.1f} ms, 95th percentile {np.quantile(taken, 0.95):7.1f} ms")


def main(commits: int = 200) -> None:
    """Print the figures."""
    root = Path(tempfile.mkdtemp())
    try:
        never = StoreConfig(upkeep_every=10**9)
        say("commit, no upkeep", run(root / "never", commits, never))
        tidy = run(root / "tidy", commits, StoreConfig(grace_s=1.0))
        say("commit, upkeep every 20", tidy)
        say("commit, durability 'power'", run(root / "power", 30, never, "power"))
        begin = time.perf_counter()
        with ArrayStore.open(root / "tidy", mode="r") as store:
            arrays, _ = store.read()
        print(f"open and read {1e3 * (time.perf_counter() - begin):.0f} ms")
        rewritten = []
        for _ in range(10):
            begin = time.perf_counter()
            np.savez(root / "whole.npz", **arrays)
            rewritten.append(1e3 * (time.perf_counter() - begin))
        say("peer: rewrite one .npz, no checks", rewritten)
        print(f"ratio npz / commit {np.median(rewritten) / np.median(tidy):.2f}")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
