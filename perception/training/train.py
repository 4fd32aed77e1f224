"""The training run: clips are composed while it goes, the backbone stays frozen, a moving average is what is kept."""

from __future__ import annotations

import json
import logging
import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from streammem.perception.networks.lite_tracker import LiteTracker, packaged_trunk
from streammem.perception.training.assets import Assets
from streammem.perception.training.compose import ComposeConfig, compose
from streammem.perception.training.rollout import Seen, loss, rollout

__all__ = ["TrainConfig", "judge", "train", "whiten"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """One run. A pool of recent clips is drawn from several times: composing costs as much as a step."""

    steps: int = 4000
    batch: int = 4
    fresh: int = 2  # new clips a step
    pool: int = 800
    rate: float = 6e-4
    decay: float = 1e-3
    frames: int = 4  # of a clip in one rollout
    average: float = 0.99
    seed: int = 0
    held: float = 0.1  # share of pictures to judge on
    judged: int = 16  # clips
    judge_every: int = 200
    minutes: float = math.inf  # the rate falls to nothing by then
    device: str = "cpu"
    workers: int = 1
    compose: ComposeConfig = field(default_factory=ComposeConfig)


class Composed(IterableDataset[Seen]):
    """Clips without end, as features; each worker has its own generator."""

    def __init__(self, assets: Assets, config: ComposeConfig, seed: int, device: str) -> None:
        self.assets, self.config, self.seed, self.device = assets, config, seed, device

    def __iter__(self) -> Iterator[Seen]:
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self.seed, 0 if worker is None else worker.id))
        torch.set_num_threads(1)
        trunk = packaged_trunk().to(self.device)
        while True:
            yield see(trunk, self.assets, self.config, rng)


@torch.no_grad()
def see(trunk: torch.nn.Module, assets: Assets, config: ComposeConfig, rng: np.random.Generator) -> Seen:
    """Compose one clip and run the backbone over it."""
    clip = compose(assets, config, rng)
    device = next(trunk.parameters()).device
    frames = torch.from_numpy(clip.frames).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
    f4, f8, f16 = trunk(frames.contiguous(memory_format=torch.channels_last))
    labels = torch.from_numpy(clip.labels).to(device).long()
    return Seen(f4=f4.half(), f8=f8.half(), f16=f16.half(), labels=labels)


def train(assets: Assets, config: TrainConfig, out: Path) -> LiteTracker:
    """Train, and write `tracker.safetensors` and `log.json` to `out` at every judgement."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng((config.seed, 1))
    mine, theirs = assets.split(config.held, config.seed)
    net = LiteTracker()
    net.trunk = packaged_trunk()
    exam = _exam(theirs, config)
    whiten(net, torch.cat([clip.f16 for clip in exam]).float().cpu())
    net.to(config.device)
    parts = [p for name, p in net.named_parameters() if not name.startswith("trunk.")]
    net.trunk.requires_grad_(requires_grad=False)
    optimizer = torch.optim.AdamW(parts, lr=config.rate, weight_decay=config.decay)
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(config.average))  # type: ignore[no-untyped-call]  # has no types
    workers = config.workers if config.device == "cpu" else 0
    made = Composed(mine, config.compose, config.seed, config.device)
    fresh = iter(
        DataLoader(made, batch_size=None, num_workers=workers, prefetch_factor=8 if workers else None)
    )
    pool: deque[Seen] = deque(maxlen=config.pool)
    log: list[dict[str, float]] = []
    out.mkdir(parents=True, exist_ok=True)
    began, recent = time.monotonic(), deque[float](maxlen=100)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bars:
        bar = bars.add_task("train", total=config.steps)
        for step in range(config.steps):
            done = max(step / config.steps, (time.monotonic() - began) / 60 / config.minutes)
            if done >= 1:
                break
            pool.extend(
                next(fresh) for _ in range(config.fresh if len(pool) >= config.batch else config.batch)
            )
            for group in optimizer.param_groups:
                group["lr"] = config.rate * min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * done))
            recent.append(
                _step(
                    net, [pool[int(i)] for i in rng.integers(len(pool), size=config.batch)], config, rng, done
                )
            )
            torch.nn.utils.clip_grad_norm_(parts, 3.0)
            optimizer.step()
            optimizer.zero_grad()
            average.update_parameters(net)
            bars.update(bar, advance=1, description=f"train, loss {np.mean(recent):.3f}")
            if (step + 1) % config.judge_every == 0:
                _record(average.module, exam, config, out, log, step + 1, float(np.mean(recent)), began)
    _record(average.module, exam, config, out, log, step + 1, float(np.mean(recent)), began)
    module = average.module
    assert isinstance(module, LiteTracker)
    return module


def whiten(net: LiteTracker, f16: Float[Tensor, "t c h w"]) -> None:
    """Set the first layer of the keys to principal components of the features, each with standard deviation 2.

    With 1, reading smears (IoU of the untrained network .30, first mask kept .28), with 2 it follows (.47), with 3
    no better.
    """
    cells = f16.permute(0, 2, 3, 1).flatten(0, 2).double()
    mean = cells.mean(0)
    _, spread, axes = torch.linalg.svd(cells - mean, full_matrices=False)
    axes = 2 * axes[: net.key_dim] / (spread[: net.key_dim, None] / len(cells) ** 0.5)
    with torch.no_grad():
        net.component.weight.copy_(axes[:, :, None, None].float())
        torch.as_tensor(net.component.bias).copy_(-(axes @ mean).float())


def _step(
    net: LiteTracker, clips: list[Seen], config: TrainConfig, rng: np.random.Generator, done: float
) -> float:
    """Gradients of one batch; the share of pixels that count falls from all to the hardest 15 %."""
    hardest = 1.0 if done < 0.1 else max(0.15, 1.0 - (done - 0.1) * 2.5)
    total = 0.0
    for clip in clips:
        said, wanted = rollout(net, clip, _order(clip, config.frames, rng))
        each = loss(said, wanted, hardest) / len(clips)
        each.backward()  # type: ignore[no-untyped-call]  # has no types
        total += float(each.detach())
    return total


def _order(clip: Seen, frames: int, rng: np.random.Generator) -> list[int]:
    """Frames in order of time, forwards or backwards, the first one showing something."""
    t = len(clip.labels)
    for _ in range(20):
        order = sorted(rng.choice(t, min(frames, t), replace=False).tolist(), reverse=bool(rng.integers(2)))
        if int((clip.labels[order[0]] > 0).sum()) > 100:
            return order
    return list(range(min(frames, t)))


def _exam(assets: Assets, config: TrainConfig) -> list[Seen]:
    rng = np.random.default_rng((config.seed, 2))
    trunk = packaged_trunk().to(config.device)
    return [see(trunk, assets, config.compose, rng) for _ in range(config.judged)]


@torch.no_grad()
def judge(net: LiteTracker, clips: list[Seen]) -> tuple[float, float]:
    """Mean IoU over objects and frames of whole rollouts, and that of the first mask kept for ever."""
    ours, still = [], []
    for clip in clips:
        order = list(range(len(clip.labels)))
        said, wanted = rollout(net, clip, order)
        first = clip.labels[0]
        for logs, truth in zip(said, wanted, strict=True):
            for label in range(1, len(logs)):
                ours.append(_iou(logs.argmax(0) == label, truth == label))
                still.append(_iou(first == label, truth == label))
    return float(np.mean(ours)), float(np.mean(still))


def _iou(a: Tensor, b: Tensor) -> float:
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def _record(
    net: torch.nn.Module,
    exam: list[Seen],
    config: TrainConfig,
    out: Path,
    log: list[dict[str, float]],
    step: int,
    recent: float,
    began: float,
) -> None:
    assert isinstance(net, LiteTracker)
    iou, still = judge(net, exam)
    minutes = (time.monotonic() - began) / 60
    log.append({"step": step, "loss": recent, "iou": iou, "first_mask": still, "minutes": minutes})
    logger.info(
        "step %d: loss %.3f, IoU %.3f (first mask kept: %.3f), %.1f min", step, recent, iou, still, minutes
    )
    weights = {
        k: v.half().contiguous().cpu() for k, v in net.state_dict().items() if not k.startswith("trunk.")
    }
    save_file(weights, out / "tracker.safetensors", metadata={"step": str(step), "seed": str(config.seed)})
    (out / "log.json").write_text(json.dumps({"config": asdict(config), "log": log}, indent=1, default=str))
