"""The loop: when frames are remembered, and what a cut does."""

import numpy as np
import pytest
import torch

from streammem.errors import ObservationError, StoreDamagedError
from streammem.heads.propagation import Propagation, PropagationConfig
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks.opening import packaged_tracker

SIZE = (64, 96)
MEMORY = FeatureConfig(working_max=4, working_min=2, prototypes=4, long_term=16, budget="8 MB")


@pytest.fixture(scope="module")
def network():
    return packaged_tracker()


def picture(t, scene=0):
    rng = np.random.default_rng(scene)
    rgb = rng.normal(0, 1, (8, 12, 3)).repeat(8, 0).repeat(8, 1)
    rgb = np.roll(rgb, t, axis=1)
    return torch.from_numpy(rgb).permute(2, 0, 1).float()


def mask():
    found = torch.zeros(SIZE)
    found[20:44, 30:60] = 1.0
    return found


def loop(network, **config):
    return Propagation(network, PropagationConfig(memory=MEMORY, **config), SIZE)


def stored(run):
    return run.memory.counts()["stored"]


def test_by_default_every_fifth_frame_is_remembered(network):
    run = loop(network)
    run.step(picture(0), {1: mask()})
    for _ in range(11):
        run.step(picture(0))
    assert stored(run) == 3


def test_by_change_a_still_scene_is_written_rarely_and_a_moving_one_often(network):
    counts = []
    for pace in (0, 8):
        run = loop(network, memory_every=2, memory_change=0.2, memory_rest=15)
        run.step(picture(0), {1: mask()})
        for t in range(1, 31):
            run.step(picture(pace * t))
        counts.append(stored(run))
    assert counts[0] == 3  # the first one, and after every rest
    assert counts[1] > 8


def test_a_cut_is_noticed_and_the_sensory_states_start_anew(network):
    run = loop(network)
    run.step(picture(0), {1: mask()})
    for t in range(1, 5):
        assert not run.look(picture(t)).cut
    old = run.memory.sensory.hidden.clone()
    assert run.look(picture(5, scene=1)).cut
    assert not torch.equal(run.memory.sensory.hidden, old)
    assert not run.look(picture(6, scene=1)).cut
    blind = loop(network, cut=None)
    blind.step(picture(0), {1: mask()})
    assert not blind.look(picture(1, scene=1)).cut


def test_nothing_is_written_for_nobody(network):
    run = loop(network)
    run.step(picture(0), {1: mask()})
    for _ in range(4):
        run.look(picture(0))
    look = run.look(picture(0))
    assert look.due
    before = run.state()
    run.remember(look, look.said, [])
    for name, array in run.state().items():
        np.testing.assert_array_equal(array, before[name])
    assert run.look(picture(0)).due  # it is tried again


def test_it_goes_on_from_a_state_bit_for_bit(network):
    run, other = loop(network, memory_change=0.1), loop(network, memory_change=0.1)
    run.step(picture(0), {1: mask()})
    for t in range(1, 8):
        run.step(picture(2 * t))
    state = run.state()
    assert run.nbytes() == sum(array.nbytes for array in state.values())
    other.restore(state)
    for t in range(8, 16):
        torch.testing.assert_close(run.step(picture(2 * t)), other.step(picture(2 * t)), rtol=0, atol=0)
    for name, array in run.state().items():
        np.testing.assert_array_equal(array, other.state()[name])
    with pytest.raises(StoreDamagedError, match="another size"):
        other.restore({**state, "before": state["before"][:, :2]})
    with pytest.raises(StoreDamagedError, match="no state"):
        other.restore({})


@pytest.mark.parametrize(
    "wrong",
    [{"memory_every": 0}, {"deep_every": 0}, {"memory_rest": 2}, {"memory_change": 3.0}, {"cut": 0.0}],
)
def test_configuration_is_checked(wrong):
    with pytest.raises(ObservationError):
        PropagationConfig(**wrong)
