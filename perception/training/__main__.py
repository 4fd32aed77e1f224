"""`python -m streammem.perception.training --grounds FOLDER … --cutouts FOLDER … --out DIR`."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

import torch

from streammem.perception.training.assets import load_assets
from streammem.perception.training.train import TrainConfig, train


def main(arguments: list[str] | None = None) -> None:
    """Train the small tracker on clips composed of your pictures."""
    parser = argparse.ArgumentParser(prog="python -m streammem.perception.training", description=main.__doc__)
    parser.add_argument("--grounds", type=Path, nargs="+", required=True, help="photographs and video")
    parser.add_argument(
        "--cutouts", type=Path, nargs="+", required=True, help="pictures with transparent ground"
    )
    parser.add_argument("--out", type=Path, default=Path("out/training"))
    parser.add_argument("--steps", type=int, default=TrainConfig().steps)
    parser.add_argument("--minutes", type=float, default=TrainConfig().minutes)
    parser.add_argument("--batch", type=int, default=TrainConfig().batch)
    parser.add_argument("--workers", type=int, default=TrainConfig().workers)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(given.threads)
    assets = load_assets(given.grounds, given.cutouts)
    logging.info("%d grounds, %d cut-outs", len(assets.grounds), len(assets.cutouts))
    config = replace(
        TrainConfig(),
        steps=given.steps,
        minutes=given.minutes,
        batch=given.batch,
        workers=given.workers,
        seed=given.seed,
        device=given.device,
    )
    train(assets, config, given.out)


if __name__ == "__main__":
    main()
