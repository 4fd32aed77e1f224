import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.spatial.octree.blocks import BlockTable

CPU = torch.device("cpu")
steps = st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 60), max_size=12)), max_size=12)


@settings(max_examples=15)
@given(steps)
def test_it_is_a_dictionary_with_sorted_keys(steps: list[tuple[bool, set[int]]]) -> None:
    table, model = BlockTable(61, CPU), {}
    for add, keys in steps:
        chosen = torch.tensor(sorted(keys - set(model) if add else keys & set(model)), dtype=torch.int64)
        if add:
            slots = table.add(chosen, 1.0, 0)
            table["log_odds"][slots, 0] = 7
            model |= dict(zip(chosen.tolist(), slots.tolist(), strict=True))
        else:
            table.remove(table.find(chosen))
            for key in chosen.tolist():
                del model[key]
        assert table.keys.tolist() == sorted(model)
        assert table.live.tolist() == [model[key] for key in sorted(model)]
        assert table.find(torch.arange(61)).tolist() == [model.get(key, -1) for key in range(61)]
        assert int((table["log_odds"] != 0).sum()) == len(model)


def test_state_has_the_bytes_that_it_says() -> None:
    table = BlockTable(40, CPU)
    table.add(torch.arange(5, 30), 1.0, 0)
    table.remove(table.find(torch.tensor([7, 8])))
    assert sum(array.nbytes for array in table.state().values()) == table.nbytes()
    again = BlockTable(40, CPU)
    again.restore(table.state())
    assert torch.equal(again.keys, table.keys) and torch.equal(again.live, table.live)
