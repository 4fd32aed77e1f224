"""Who is in sight: what trust does, frame by frame, and what is said about it."""

import numpy as np
import pytest
import torch

from streammem.heads.presence import IdentityConfig, Presence

DIM, CELLS = 4, 12
THING, OTHER = torch.eye(DIM)[0], torch.eye(DIM)[1]
NO, YES = np.array([False]), np.array([True])


CURVE = IdentityConfig()


def presence(identity=CURVE):
    made = Presence(
        DIM, sure=0.6, smallest=1e-3, lost_after_s=1.0, identity=identity, device=torch.device("cpu")
    )
    made.rows.follow([5])
    made.summaries.follow([5])
    made.summaries.write(cells(THING), shares(), torch.tensor([True]))
    return made


def cells(look):
    key = OTHER.repeat(CELLS, 1)
    key[:4] = look
    return key


def shares():
    found = torch.zeros(1, CELLS)
    found[0, :4] = 1.0
    return found


def judge(made, t, look=THING, *, score=0.95, area=0.1, marked=NO, doubted=NO):
    return made.judge(
        t, cells(look), shares(), np.array([score]), np.array([area]), marked=marked, doubted=doubted
    )


def test_what_looks_like_itself_stays_in_sight():
    made = presence()
    for t in range(5):
        seen, alike = judge(made, t)
        assert seen.all()
        assert alike[0] > 0.9
    assert made.sights(4.0) == ("present",)


@pytest.mark.parametrize("weak", [{"score": 0.5}, {"area": 1e-4}])
def test_a_weak_mask_is_out_of_sight_then_lost(weak):
    made = presence()
    judge(made, 0.0)
    judge(made, 1.0, **weak)
    assert made.sights(1.0) == ("occluded",)
    judge(made, 2.0, **weak)
    assert made.sights(2.0) == ("lost",)


def test_a_sure_mask_of_something_else_is_doubted_after_some_frames():
    made = presence()
    said = [bool(judge(made, t, OTHER, score=0.7)[0][0]) for t in range(15)]
    assert said[0]
    assert not said[-1]
    assert said == sorted(said, reverse=True)


def test_after_a_doubt_it_takes_frames_to_be_trusted_again():
    made = presence()
    said = [bool(judge(made, 0, doubted=YES)[0][0])]
    said += [bool(judge(made, t)[0][0]) for t in range(1, 6)]
    assert not said[0]
    assert said[-1]
    assert said == sorted(said)
    assert 1 <= said.index(True) <= 2


def test_after_a_doubt_something_else_is_not_taken_for_it():
    made = presence()
    judge(made, 0, OTHER, doubted=YES)
    assert not any(judge(made, t, OTHER)[0][0] for t in range(1, 20))


def test_a_hand_decides():
    made = presence()
    judge(made, 0, OTHER, doubted=YES)
    seen, alike = judge(made, 1, OTHER, marked=YES)
    assert seen.all()
    assert alike[0] == 1.0
    assert made.sights(1.0) == ("present",)


def test_without_identity_any_sure_mask_will_do():
    made = presence(identity=None)
    for t in range(6):
        assert judge(made, t, OTHER, doubted=YES)[0].all()
