import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import StoreDamagedError
from streammem.spatial.octree.slots import Slots

CPU = torch.device("cpu")


@settings(max_examples=15)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=30))
def test_slots_are_unique_and_freed_ones_come_first(steps: list[tuple[bool, int]]) -> None:
    slots, used = Slots(20, CPU), set()
    for take, count in steps:
        if take:
            high = slots.high
            new = slots.take(min(count, slots.room)).tolist()
            assert not used & set(new)
            assert slots.high - high == max(0, len(new) - (high - len(used)))
            used |= set(new)
        else:
            gone = sorted(used)[:count]
            slots.give(torch.tensor(gone, dtype=torch.int64))
            used -= set(gone)
        assert len(slots) == len(used) and slots.room == 20 - len(used)


@pytest.mark.parametrize(("stack", "high"), [([1, 1], 3), ([5], 3), ([-1], 3), ([0, 1, 2, 3], 3), ([], 99)])
def test_a_stack_that_cannot_be(stack: list[int], high: int) -> None:
    with pytest.raises(StoreDamagedError, match="same budget"):
        Slots(20, CPU).restore(np.array(stack, np.int32), high)
