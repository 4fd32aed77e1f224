"""The object memory: constant size, what it tells apart, and the one-pass clustering against a loop."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from streammem.errors import StoreDamagedError
from streammem.memory.summaries import PARTS, ObjectSummaries, regions_of

DIM, CELLS = 8, 60


def scene(seed=0):
    """Cells 0-19 look like one thing (two kinds of cells), 20-59 like three others."""
    rng = torch.Generator().manual_seed(seed)
    looks = torch.eye(DIM)[[0] * 10 + [1] * 10 + [2] * 15 + [3] * 15 + [4] * 10]
    key = 3 * looks + 0.2 * torch.randn(CELLS, DIM, generator=rng)
    shares = torch.zeros(1, CELLS)
    shares[0, :20] = 0.9
    return key, shares


def known(*ids):
    summaries = ObjectSummaries(DIM, torch.device("cpu"))
    summaries.follow(ids)
    return summaries


def test_the_object_is_like_itself_and_the_rest_is_not():
    summaries, (key, shares) = known(1), scene()
    summaries.write(key, shares, torch.tensor([True]))
    key, _ = scene(1)
    own, margin = summaries.likeness(key, shares)
    assert own[0] > 0.9
    assert margin[0] > 0.5
    elsewhere = torch.zeros(1, CELLS)
    elsewhere[0, 30:45] = 0.9
    own, margin = summaries.likeness(key, elsewhere)
    assert own[0] < 0.5
    assert margin[0] < -0.3


def test_both_looks_of_a_thing_are_kept():
    summaries, (key, shares) = known(1), scene()
    for _ in range(20):  # one look for long, the other once
        summaries.write(key, torch.cat([shares[:, :10], 0 * shares[:, 10:]], 1), torch.tensor([True]))
    summaries.write(key, shares, torch.tensor([True]))
    second = torch.zeros(1, CELLS)
    second[0, 10:20] = 1.0
    assert summaries.likeness(key, second)[0][0] > 0.9


def test_bytes_are_constant_and_counted():
    summaries, (key, shares) = known(1, 2), scene()
    both = shares.repeat(2, 1)
    for _ in range(5):
        summaries.write(key, both, torch.tensor([True, True]))
        assert summaries.nbytes() == sum(a.nbytes for a in summaries.state().values())
        assert summaries.nbytes() == 2 * (8 + 4 * 16 * (DIM + 1))


def test_running_sums_are_those_of_a_loop():
    summaries, rng = known(3), torch.Generator().manual_seed(5)
    total, weight = np.zeros((2, PARTS, DIM)), np.zeros((2, PARTS))
    for step in range(4):
        key, shares = torch.randn(CELLS, DIM, generator=rng), torch.rand(1, CELLS, generator=rng)
        x = functional.normalize(key, dim=1).numpy()
        if step:  # the first frame also chooses where to begin
            counts = [regions_of(shares)[0].numpy(), ((1 - shares) * (shares < 0.5))[0].numpy()]
            for side, count in enumerate(counts):
                length = np.linalg.norm(total[side], axis=1, keepdims=True)
                means = total[side] / np.maximum(length, 1e-12)
                for cell in range(CELLS):
                    scores = np.where(weight[side] > 0, means @ x[cell], -np.inf)
                    best = int(scores.argmax())
                    total[side, best] += count[cell] * x[cell]
                    weight[side, best] += count[cell]
        # A loop that updates at once would compare with means that move; all cells of a frame compare with the same.
        summaries.write(key, shares, torch.tensor([True]))
        if step:
            np.testing.assert_allclose(summaries.state()["weight"][0].sum(1), weight.sum(1), rtol=1e-5)
            np.testing.assert_allclose(summaries.state()["sum"][0].sum(1), total.sum(1), atol=1e-4)
        total, weight = (summaries.state()[name][0].astype(float) for name in ("sum", "weight"))


def test_who_is_not_seen_learns_nothing_and_nobody_knows_the_unknown():
    summaries, (key, shares) = known(1, 2), scene()
    both = shares.repeat(2, 1)
    summaries.write(key, both, torch.tensor([True, False]))
    own, margin = summaries.likeness(key, both)
    assert own[0] > 0.9
    assert (float(own[1]), float(margin[1])) == (-1.0, 0.0)
    assert float(summaries.likeness(key, 0 * both)[0][0]) == -1.0


def test_a_thing_smaller_than_a_cell_has_a_region():
    shares = torch.tensor([[0.0, 0.3, 0.05, 0.29], [0.9, 0.6, 0.4, 0.0]])
    expected = torch.tensor([[0.0, 0.3, 0.0, 0.29], [0.9, 0.6, 0.0, 0.0]])
    torch.testing.assert_close(regions_of(shares), expected)


def test_rows_move_with_their_objects_and_states_come_back():
    summaries, (key, shares) = known(1, 2), scene()
    summaries.write(key, shares.repeat(2, 1), torch.tensor([True, False]))
    state = summaries.state()
    summaries.follow([2, 1])
    assert float(summaries.likeness(key, shares.repeat(2, 1))[0][0]) == -1.0
    other = known()
    other.restore(state)
    np.testing.assert_array_equal(other.state()["sum"], state["sum"])
    with pytest.raises(StoreDamagedError, match="object memory"):
        other.restore({**state, "sum": state["sum"][:1]})
