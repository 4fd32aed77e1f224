"""The training rollout: what it reads, what it wants, and that its gradients reach everything that is trained."""

import numpy as np
import pytest
import torch

from streammem.perception.networks.lite_tracker import LiteTracker
from streammem.perception.networks.protocol import KeyFeatures
from streammem.perception.training.rollout import Seen, loss, read, rollout


@pytest.fixture
def clip():
    g = torch.Generator().manual_seed(0)
    labels = torch.zeros(3, 32, 48, dtype=torch.long)
    labels[:, 4:20, 4:20], labels[:, 10:30, 30:44], labels[1:, 0:3, 0:3] = 2, 5, 7
    return Seen(
        f4=torch.rand(3, 24, 8, 12, generator=g).half(),
        f8=torch.rand(3, 40, 4, 6, generator=g).half(),
        f16=torch.rand(3, 112, 2, 3, generator=g).half(),
        labels=labels,
    )


def features(g, cells=(2, 3)):
    key, e = torch.randn(64, *cells, generator=g), torch.rand(64, *cells, generator=g)
    s = 1 + torch.rand(1, *cells, generator=g)
    f = torch.zeros(1, *cells)
    f4, f8 = torch.zeros(1, 8, 12), torch.zeros(1, 4, 6)
    return KeyFeatures(key=key, shrinkage=s, selection=e, f16=f, f8=f8, f4=f4)


def test_read_is_the_equation_term_by_term():
    g = torch.Generator().manual_seed(1)
    query, memory = features(g), [features(g), features(g)]
    values = [torch.randn(2, 5, 2, 3, generator=g) for _ in memory]
    found = read(query, memory, values)
    keys = torch.stack([m.key for m in memory], 1).double().reshape(64, -1)
    shrinkage = torch.stack([m.shrinkage for m in memory], 1).double().reshape(-1)
    value = torch.stack(values, 2).double().reshape(2, 5, -1)
    for i in range(2):
        for j in range(3):
            e, k = query.selection[:, i, j].double(), query.key[:, i, j].double()
            similarity = -shrinkage / 8 * (e[:, None] * (keys - k[:, None]) ** 2).sum(0)
            wanted = value @ torch.softmax(similarity, 0)
            np.testing.assert_allclose(found[:, :, i, j], wanted, atol=1e-5)


def test_only_things_of_the_first_frame_are_wanted(clip):
    said, wanted = rollout(LiteTracker(), clip, [0, 2])
    assert said[0].shape == (3, 32, 48)
    torch.testing.assert_close(said[0].exp().sum(0), torch.ones(32, 48))
    assert wanted[0].unique().tolist() == [0, 1, 2]
    assert (wanted[0] == 1).equal(clip.labels[2] == 2)


def test_gradients_reach_all_that_is_trained(clip):
    torch.manual_seed(0)
    net = LiteTracker()
    net.trunk.requires_grad_(requires_grad=False)
    for zero in (net.key.weight, net.predict.weight):
        torch.nn.init.normal_(zero, std=0.02)  # they start at zero, and hide what is behind them
    said, wanted = rollout(net, clip, [0, 1, 2])
    loss(said, wanted, 0.5).backward()
    without = {
        n for n, p in net.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())
    }
    assert not without


def test_loss_is_least_for_the_truth(clip):
    labels = (clip.labels[0] == 2).long()
    sure = torch.stack([labels == 0, labels == 1]).float().clamp(1e-6, 1 - 1e-6).log()
    wrong = sure.flip(0)
    assert float(loss([sure], [labels], 1.0)) < 1e-3 < float(loss([wrong], [labels], 1.0))
