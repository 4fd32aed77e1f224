"""A memory's own head: there when it is needed, free again when nothing is left to follow."""

import dataclasses
import json

import numpy as np
import pytest

from streammem.errors import ObservationError, StoreDamagedError
from streammem.heads import following
from streammem.heads.following import Following, in_sight
from streammem.heads.propagation import PropagationConfig
from streammem.heads.segmentation import SegmentationConfig
from streammem.heads.tracking import TrackingConfig, network_identity
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks import open_network
from streammem.types import BoundingBox, Observation

SIZE = (64, 96)
NETWORK = open_network()
BUDGET = 2_000_000
MEMORY = FeatureConfig(working_max=4, working_min=2, prototypes=4, long_term=16)
CONFIG = TrackingConfig(segmentation=SegmentationConfig(propagation=PropagationConfig(memory=MEMORY)))
IDENTITY = network_identity(None)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time the network is loaded."""
    calls = list[int]()
    monkeypatch.setattr(following, "open_network", lambda *_, **__: calls.append(1) or NETWORK)
    return calls


def made() -> Following:
    return Following(CONFIG, BUDGET, network=IDENTITY, device="cpu")


def frame(t: int, stream: str = "main") -> Observation:
    rgb = np.random.default_rng(t).integers(0, 255, (*SIZE, 3), np.uint8)
    return Observation(index=t, t_s=t / 10, rgb=rgb, stream=stream)


def mask(id: int = 5) -> np.ndarray:
    labels = np.zeros(SIZE, np.int32)
    labels[16:48, 24:72] = id
    return labels


def test_network_is_loaded_when_something_is_followed(opened: list[int]) -> None:
    one, other = made(), made()
    other.restore(one.state())
    assert one.nbytes() == other.nbytes() == 0 and not opened
    one.step(frame(0), mask(), permanent=False)
    other.restore(one.state())
    assert one.nbytes() == other.nbytes() == sum(a.nbytes for a in other.state().values()) <= BUDGET
    assert len(opened) == 1 and other.stream == "main"
    a, b = (each.step(frame(1), None, permanent=False) for each in (one, other))
    assert len(opened) == 2 and np.array_equal(a.labels, b.labels)


def test_last_object_leaves_the_stream(opened: list[int]) -> None:
    head = made()
    head.step(frame(0), {5: mask() > 0, 6: mask() == 0}, permanent=False)
    head.remove(5)
    assert head.stream == "main"
    head.remove(6)
    assert head.stream is None and head.state() == {} and head.nbytes() == 0
    head.step(frame(0, "door"), mask(), permanent=False)
    assert head.stream == "door" and len(opened) == 1


def test_boxes_are_fractions_of_what_is_present(opened: list[int]) -> None:
    found = made().step(frame(0), mask(), permanent=False)
    assert in_sight(found) == {5: BoundingBox(24 / 96, 16 / 64, 72 / 96, 48 / 64)}


def test_refusals(opened: list[int]) -> None:
    head = made()
    with pytest.raises(ObservationError, match="nothing is followed yet"):
        head.remove(5)
    with pytest.raises(StoreDamagedError, match="no state of a tracked stream"):
        head.restore({"head/size": np.zeros(4)})
    head.restore({"stream": np.frombuffer(b"main", np.uint8), "head/clock": np.zeros(3)})
    with pytest.raises(StoreDamagedError, match="no state of a segmentation head"):
        head.step(frame(0), mask(), permanent=False)


def test_configuration_survives_json() -> None:

    saved = json.loads(json.dumps(dataclasses.asdict(CONFIG)))
    assert TrackingConfig.from_json(saved) == CONFIG
    assert CONFIG.bounded(9_000_000).propagation.memory.budget == 9_000_000
