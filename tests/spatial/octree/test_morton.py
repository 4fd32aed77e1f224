import torch
from hypothesis import given
from hypothesis import strategies as st

from streammem.spatial.octree.morton import HALF, decode, encode, grid_keys, in_range, local_cells

whole = st.integers(-HALF, HALF - 1)


@given(st.lists(st.tuples(whole, whole, whole), min_size=1, max_size=20))
def test_there_and_back(cells: list[tuple[int, int, int]]) -> None:
    given_ = torch.tensor(cells)
    assert torch.equal(decode(encode(given_)), given_)


@given(whole, whole, whole)
def test_bits_are_interleaved_x_lowest(x: int, y: int, z: int) -> None:
    wanted = sum(
        (((number + HALF) >> bit) & 1) << (3 * bit + axis)
        for axis, number in enumerate((x, y, z))
        for bit in range(21)
    )
    assert int(encode(torch.tensor([[x, y, z]]))) == wanted


@given(whole, whole, whole)
def test_parents_are_shifts(x: int, y: int, z: int) -> None:
    cell = torch.tensor([[x, y, z]])
    assert torch.equal(encode(cell) >> 3, encode(cell // 2 * 2) >> 3)
    assert torch.equal(encode(cell) >> 9, encode(cell // 8 * 8) >> 9)


def test_local_cells_are_the_order_of_keys() -> None:
    assert torch.equal(encode(local_cells(512, torch.device("cpu"))) & 511, torch.arange(512))


def test_what_has_a_key() -> None:
    cells = torch.tensor([[0, 0, 0], [-HALF, 0, 0], [HALF, 0, 0], [0, 0, -HALF - 1]])
    assert in_range(cells).tolist() == [True, True, False, False]


@given(st.integers(-(HALF >> 3), (HALF >> 3) - 5), st.sampled_from([-3, 0, 2045, 2046, -2050]))
def test_a_grid_of_blocks_has_the_keys_of_its_blocks(x: int, y: int) -> None:
    keys = grid_keys((x, y, -1), (2, 4, 3), torch.device("cpu"))
    cells = torch.cartesian_prod(torch.arange(x, x + 2), torch.arange(y, y + 4), torch.arange(-1, 2)) * 8
    assert torch.equal(keys.reshape(-1), encode(cells) >> 9)
