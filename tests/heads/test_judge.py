"""What is made of the network's word: on looks made by hand, and on a scene with a cut."""

import numpy as np
import pytest
import torch

from streammem.errors import ObservationError, StoreDamagedError
from streammem.heads.anchors import AnchorConfig
from streammem.heads.judge import Judge, JudgeConfig
from streammem.heads.presence import IdentityConfig
from streammem.heads.propagation import Look, PropagationConfig
from streammem.heads.segmentation import SegmentationConfig, SegmentationHead
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks.lite_tracker import LiteTracker
from streammem.perception.networks.opening import packaged_tracker
from streammem.perception.networks.protocol import KeyFeatures
from streammem.types import Observation

STRIDE, ROWS, COLUMNS, DIM = 4, 10, 16, 6
SIZE = (ROWS * STRIDE, COLUMNS * STRIDE)
OBJECT, GROUND, TWIN = torch.eye(DIM)[:3]


class Network(LiteTracker):
    """Only its sizes are asked for."""

    key_dim, stride = DIM, STRIDE

    def __init__(self, *, calibrated: bool = True) -> None:
        torch.nn.Module.__init__(self)
        self.calibrated = calibrated


NETWORK = Network()


def look(*boxes, sure=0.95, key=None, cut=False, due=True):
    """Objects 1 to n in boxes (left, top, right, bottom); what is in a box looks like OBJECT."""
    said = torch.full((len(boxes) + 1, *SIZE), (1 - sure) / max(len(boxes), 1))
    said[0] = sure
    keys = GROUND.repeat(ROWS, COLUMNS, 1)
    for at, parts in enumerate(boxes, start=1):
        for left, top, right, bottom in parts if isinstance(parts, list) else [parts]:
            said[:, top:bottom, left:right] = (1 - sure) / len(boxes)
            said[at, top:bottom, left:right] = sure
            keys[top // STRIDE : bottom // STRIDE, left // STRIDE : right // STRIDE] = OBJECT
    said /= said.sum(0)
    empty = torch.zeros(1, ROWS, COLUMNS)
    features = KeyFeatures(
        key=(keys if key is None else key).permute(2, 0, 1),
        shrinkage=None,
        selection=None,
        f16=empty,
        f8=empty,
        f4=empty,
    )
    return Look(image=torch.zeros(3, *SIZE), features=features, said=said, due=due, deep=due, cut=cut)


def judged(config=None):
    made = Judge(config or JudgeConfig(), NETWORK, torch.device("cpu"))
    made.judge(look((8, 8, 20, 20)), [1], [1], t_s=0.0, frame=0)
    return made


def test_a_sure_mask_stands_as_it_is():
    made, seen = judged(), look((8, 8, 20, 20))
    verdict = made.judge(seen, [1], [], t_s=0.1, frame=1)
    torch.testing.assert_close(verdict.said, seen.said)
    assert verdict.seen.all()
    assert verdict.score[0] == pytest.approx(0.95, abs=1e-3)
    assert made.nbytes() == sum(array.nbytes for array in made.state().values()) == made.object_bytes


def test_what_is_out_of_sight_has_no_mask_unless_it_shall():
    faint = look((8, 8, 20, 20), sure=0.55)
    verdict = judged().judge(faint, [1], [], t_s=0.1, frame=1)
    assert not verdict.seen.any()
    assert float(verdict.said[1].max()) == 0.0
    torch.testing.assert_close(verdict.said.sum(0), torch.ones(SIZE))
    shown = judged(JudgeConfig(hide_unseen=False)).judge(faint, [1], [], t_s=0.1, frame=1)
    torch.testing.assert_close(shown.said, faint.said)


def test_a_part_out_of_reach_is_dropped_and_the_rest_sums_to_one():
    made = judged()
    for t in range(1, 6):
        made.judge(look((8, 8, 20, 20)), [1], [], t_s=t / 10, frame=t)
    strayed = look([(8, 8, 20, 20), (52, 28, 60, 36)])
    verdict = made.judge(strayed, [1], [], t_s=0.6, frame=6)
    assert float(verdict.said[1, 28:36, 52:60].max()) == 0.0
    assert float(verdict.said[1, 8:20, 8:20].min()) > 0.9
    torch.testing.assert_close(verdict.said.sum(0), torch.ones(SIZE))
    left = judged(JudgeConfig(motion=False)).judge(strayed, [1], [], t_s=0.1, frame=1)
    assert float(left.said[1, 28:36, 52:60].min()) > 0.9


def test_after_a_cut_only_what_looks_the_same_is_taken():
    same, other = judged(), judged()
    assert not same.judge(look((8, 8, 20, 20), cut=True), [1], [], t_s=0.1, frame=1).seen[0]
    stranger = GROUND.repeat(ROWS, COLUMNS, 1)
    stranger[2:5, 2:5] = TWIN
    for t in range(2, 8):
        mine = same.judge(look((8, 8, 20, 20)), [1], [], t_s=t / 10, frame=t)
        wrong = look((8, 8, 20, 20), key=stranger, cut=t == 2)
        theirs = other.judge(wrong, [1], [], t_s=t / 10, frame=t)
        assert not theirs.seen.any()
    assert mine.seen.all()


def test_other_networks_are_believed_as_long_as_nobody_has_fitted_a_curve_to_them():
    strange = Network(calibrated=False)
    for config, trusting in ((JudgeConfig(), True), (JudgeConfig(identity=IdentityConfig()), False)):
        made = Judge(config, strange, torch.device("cpu"))
        made.judge(look((8, 8, 20, 20)), [1], [1], t_s=0.0, frame=0)
        verdict = made.judge(look((8, 8, 20, 20), cut=True), [1], [], t_s=0.1, frame=1)
        assert verdict.seen[0] == trusting


def test_a_look_alike_makes_an_anchor_once():
    made = judged()
    for t in range(1, 4):
        assert not made.judge(look((8, 8, 20, 20)), [1], [], t_s=t / 10, frame=t).anchor
    twin = look((8, 8, 20, 20))
    twin.features.key[:, 2:5, 11:14] = OBJECT[:, None, None]
    anchors = [made.judge(twin, [1], [], t_s=t / 10, frame=t).anchor for t in range(4, 40)]
    assert anchors[0]
    assert sum(anchors) <= 2  # from then on the memory knows that it is something else
    without = judged(JudgeConfig(anchors=None))
    assert not any(without.judge(twin, [1], [], t_s=t / 10, frame=t).anchor for t in range(1, 9))


def test_objects_come_and_go_and_a_state_goes_on():
    made = judged()
    two = look((8, 8, 20, 20), (36, 20, 48, 32))
    made.judge(two, [1, 7], [7], t_s=0.1, frame=1)
    other = Judge(JudgeConfig(), NETWORK, torch.device("cpu"))
    other.restore(made.state())
    for t in range(2, 6):
        verdicts = [each.judge(two, [1, 7], [], t_s=t / 10, frame=t) for each in (made, other)]
        np.testing.assert_array_equal(verdicts[0].alike, verdicts[1].alike)
    for name, array in made.state().items():
        np.testing.assert_array_equal(array, other.state()[name])
    made.judge(look((36, 20, 48, 32)), [7], [], t_s=0.7, frame=7)
    assert made.nbytes() == made.object_bytes
    with pytest.raises(StoreDamagedError):
        other.restore({})


def test_configuration_is_checked():
    with pytest.raises(ObservationError, match="sure"):
        JudgeConfig(sure=1.0)
    with pytest.raises(ObservationError, match="apart"):
        AnchorConfig(apart=-1)


def picture(t, scene):
    """A patterned square over a patterned ground."""
    rng = np.random.default_rng(scene)
    ground = rng.integers(0, 256, (8, 12, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    if scene == 0:
        pattern = np.random.default_rng(99).integers(0, 256, (5, 5, 3), np.uint8)
        ground[40:80, 40 + t : 80 + t] = pattern.repeat(8, 0).repeat(8, 1)
    return Observation(index=t, t_s=t / 10, rgb=ground)


def test_another_scene_hides_the_object_and_it_is_found_again():
    memory = FeatureConfig(working_max=4, working_min=2, prototypes=8, long_term=32, budget="20 MB")
    config = SegmentationConfig(propagation=PropagationConfig(memory=memory))
    head = SegmentationHead(packaged_tracker(), config)
    first = np.zeros((128, 192), np.int32)
    first[40:80, 40:80] = 3
    states, shares, stored = [], [], []
    for t in range(50):
        found = head.step(picture(t, 1 if 12 <= t < 36 else 0), first if t == 0 else None)
        states.append(found.states[0])
        shares.append((found.labels == 3).mean())
        stored.append(head._loop.memory.counts()["stored"])
    assert set(states[:12]) == {"present"}
    assert set(states[12:30]) == {"occluded"}
    assert set(states[32:36]) == {"lost"}
    assert max(shares[12:36]) == 0.0
    assert stored[35] == stored[11]
    assert set(states[42:]) == {"present"}
    assert min(shares[42:]) > 0.03
