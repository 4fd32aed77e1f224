"""XMem's network beside the straightforward implementation of its specification, in one run.

Run from the root: python -m benchmarks.xmem network|frame [--fast] [--steps] [--repeats 5] [--json FILE]

`network`: key encoder, value encoder and decoder at 480x854 (padded to 480x864), CPU time on one thread, the fastest of
several turns. Errors are the largest difference of the outputs over their largest value.
`frame`: the whole loop with the long-term memory full, one and three objects, the mean over one cycle of 25 frames in
turns. Differences are of probabilities. Figures: docs/segmentation.md.
"""

import argparse
import json
import logging
from pathlib import Path

import torch
from rich.console import Console

from benchmarks.xmem.frame import frames_table, whole_frames
from benchmarks.xmem.parts import Given, measure, our_runs, peer_runs, random_weights, steps, table
from benchmarks.xmem.plain_network import PlainNetwork
from streammem.perception.networks import load_network


def network(options: argparse.Namespace) -> list[dict[str, object]]:
    """The parts of the network."""
    weights, given = random_weights(), Given.random()
    runs = {"reference": peer_runs(PlainNetwork(weights), given)}
    if options.steps:
        runs |= {name: our_runs(net, given) for name, net in steps(weights).items()}
    else:
        runs["ours"] = our_runs(load_network(weights), given)
    title = "480x854, CPU time, one thread"
    if options.fast:
        fast = load_network(weights, fast=True)
        runs["fast"] = our_runs(fast, given)
        title += f"; fast: {str(fast.arithmetic).removeprefix('torch.')}"
    rows = measure(runs, options.repeats)
    Console(width=None if Console().is_terminal else 200).print(table(rows, title))
    return rows


def frame(options: argparse.Namespace) -> list[dict[str, object]]:
    """The whole loop."""
    rows = whole_frames((1, 3), fast=options.fast)
    Console(width=None if Console().is_terminal else 200).print(frames_table(rows))
    return rows


def main() -> None:
    """Print a table; write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["network", "frame"])
    parser.add_argument("--fast", action="store_true", help="a column for the fast mode")
    parser.add_argument("--steps", action="store_true", help="a column for each rewrite of the network")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    logging.basicConfig(format="%(message)s")
    torch.set_num_threads(1)
    with torch.inference_mode():
        rows = {"network": network, "frame": frame}[options.what](options)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
