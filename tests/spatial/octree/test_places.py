import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.spatial.octree.places import runs_of, spread_out


@settings(max_examples=50)
@given(st.lists(st.integers(0, 2), max_size=30), st.integers(0, 2**29 - 1))
def test_runs_put_out_again_are_what_they_were(numbers: list[int], marks: int) -> None:
    values = torch.tensor(numbers, dtype=torch.int64)
    cuts = torch.tensor([marks >> i & 1 for i in range(max(len(numbers) - 1, 0))], dtype=torch.bool)
    for given_cuts in (None, cuts):
        first, length = runs_of(values, given_cuts)
        assert torch.equal(spread_out(values[first], length), values) and int(length.sum()) == len(values)
        if given_cuts is not None:
            assert set((cuts.nonzero()[:, 0] + 1).tolist()) <= set(first.tolist())
