"""Memory, loop and network together give the original's masks, sizes and prototypes (the parity kit, in part)."""

import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


@pytest.fixture(scope="module")
def kit() -> Path:
    root = Path(__file__).resolve().parents[2]
    for place in (os.environ.get("STREAMMEM_XMEM_KIT"), root.parent / "shared" / "reference" / "xmem"):
        if place and (Path(place) / "recipe.py").is_file():
            return Path(place)
    pytest.skip("no parity kit: set STREAMMEM_XMEM_KIT to the folder with recipe.py and the clips")


@pytest.fixture(scope="module")
def weights(kit: Path) -> dict[str, Tensor]:
    spec = importlib.util.spec_from_file_location("xmem_parity_recipe", kit / "recipe.py")
    assert spec is not None and spec.loader is not None
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    return recipe.make_state_dict(json.loads((kit / "state_dict.json").read_text()))


class Clip:
    """The inputs of one clip, and what the original said."""

    def __init__(self, kit: Path, number: int) -> None:
        self.given, self.said = np.load(kit / f"clip{number}_in.npz"), np.load(kit / f"clip{number}.npz")
        self.config = json.loads(str(self.given["config"]))
        self.prototypes = json.loads(str(self.said["consolidation_prototypes"]))
        labels = json.loads(str(self.given["event_labels"]))
        self.events = {
            int(t): (mask, event["all_labels"], event["valid_labels"])
            for t, mask, event in zip(self.given["event_t"], self.given["event_mask"], labels, strict=True)
        }

    def inputs(self, t: int) -> tuple:
        image = torch.from_numpy(self.given["frames"][self.given["order"][t]]).permute(2, 0, 1).float() / 255
        mask, labels, valid = self.events.get(t, (None, None, None))
        if mask is not None:
            mask = torch.stack([torch.from_numpy(mask == label).float() for label in labels])
        return (image - MEAN) / STD, mask, labels, valid

    def check(self, t: int, found: Tensor, sizes: tuple[int, int]) -> None:
        y, x = self.said["probe_yx"].T
        wanted = self.said["probe_prob"][t, : len(found)]
        assert np.abs(found.numpy()[:, y, x] - wanted).max() < 1e-4, f"step {t}"
        assert sizes == (self.said["work_size"][t], self.said["long_size"][t])


def follow(clip: Clip, weights: dict[str, Tensor], steps: int) -> list[list[int]]:
    """Each step checked; the prototypes of each consolidation."""
    from benchmarks.xmem_parity import factory

    tracker, chosen = factory(weights, clip.config), []
    for t in range(steps):
        clip.check(t, tracker.step(*clip.inputs(t)), tracker.sizes())
        latest = tracker.loop.memory.last_prototypes
        if latest is not None and (not chosen or latest is not chosen[-1]):
            chosen.append(latest)
    return [prototypes.cells.tolist() for prototypes in chosen]


def test_objects_that_come_later_and_a_frame_marked_anew(kit: Path, weights: dict[str, Tensor]) -> None:
    clip = Clip(kit, 5)
    assert follow(clip, weights, 20) == []


def test_the_first_consolidation_takes_the_same_prototypes_in_the_same_order(
    kit: Path, weights: dict[str, Tensor]
) -> None:
    clip = Clip(kit, 1)
    assert follow(clip, weights, 13) == clip.prototypes[:1]


def test_sensory_states_renewed_at_their_own_pace_agree_with_the_peer(
    kit: Path, weights: dict[str, Tensor]
) -> None:
    from benchmarks.xmem.reference_parity import factory as peer
    from benchmarks.xmem_parity import factory

    clip = Clip(kit, 5)
    config = {**clip.config, "deep_update_every": 3}
    ours, theirs = factory(weights, config), peer(weights, config)
    for t in range(12):
        found, wanted = ours.step(*clip.inputs(t)), theirs.step(*clip.inputs(t))
        assert (found - wanted).abs().max() < 1e-4, f"step {t}"
