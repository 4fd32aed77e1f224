"""The feature memory against a brute-force one: objects come and go, frames leave, bytes and state are exact."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from memory.brute_features import Brute, made_frame, made_value

from streammem.errors import BudgetError, ObservationError, OrderError, StoreDamagedError
from streammem.memory.feature import FeatureConfig, FeatureMemory, FeatureShape

SHAPE = FeatureShape(rows=2, columns=3, key_dim=4, value_dim=5, hidden_dim=2)
SMALL = {"top_k": 5, "working_max": 4, "working_min": 2, "references": 1, "prototypes": 3, "long_term": 8}
Op = tuple[str, int]


def made(shape: FeatureShape = SHAPE, **knobs: object) -> FeatureMemory:
    return FeatureMemory(FeatureConfig(**{**SMALL, "budget": 200_000, **knobs}), shape)  # type: ignore[arg-type]  # by name


class Pair:
    """Both memories, told the same."""

    def __init__(self, **knobs: object) -> None:
        self.ours = made(**knobs)  # type: ignore[arg-type]  # by name
        self.brute = Brute(self.ours.config)
        self.frame, self.born = 0, 0

    def do(self, op: Op) -> None:
        what, number = op
        if what == "add" and len(self.brute.objects) < 4:
            self.born += 1
            self.ours.add_objects([self.born])
            self.brute.objects.append(self.born)
        elif what == "remove" and self.brute.objects:
            gone = self.brute.objects[number % len(self.brute.objects)]
            self.ours.remove_object(gone)
            self.brute.remove(gone)
        elif what in {"write", "stay"}:  # bits of the number say who is lost
            self.write(
                [o for place, o in enumerate(self.brute.objects) if not number >> place & 1], what == "stay"
            )
        elif what == "read":
            self.read(number)

    def write(self, objects: list[int], permanent: bool = False) -> None:
        self.frame += 1
        key, shrinkage, selection = made_frame(self.ours.shape, self.frame)
        values = {o: made_value(self.ours.shape, 100 * self.frame + o) for o in objects}
        self.ours.write(
            key, shrinkage, selection, values, t_s=self.frame / 10, frame=self.frame, permanent=permanent
        )
        self.brute.write(key, shrinkage, selection, values, self.frame, permanent)

    def read(self, seed: int) -> None:
        key, _, selection = made_frame(self.ours.shape, 5000 + seed)
        found = self.ours.read(key, selection)
        assert torch.allclose(
            found.double(), self.brute.read(key, selection, self.ours.shape.value_dim), atol=2e-5
        )

    def check(self) -> None:
        ours, brute = self.ours, self.brute
        assert ours.objects == tuple(brute.objects)
        assert ours.sizes() == (len(brute.frames) * ours.shape.cells, len(brute.prototypes))
        held = [int(ours.working.frames["frame"][slot]) for slot in ours.working.slots()]
        assert held == [kept.number for kept in brute.frames]
        assert ours.nbytes() == sum(a.nbytes for a in ours.state().values())
        assert ours.nbytes() <= ours.reserved() <= ours.budget


def same(a: FeatureMemory, b: FeatureMemory) -> bool:
    x, y = a.state(), b.state()
    return x.keys() == y.keys() and all(x[name].tobytes() == y[name].tobytes() for name in x)


KINDS = ["add", "remove", "write", "write", "write", "write", "stay", "read", "read"]
OPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 15)), max_size=30)


@given(OPS, st.sampled_from([{}, {"long_term": 0}, {"working_min": 1}, {"references": 0}, {"top_k": 100}]))
def test_agrees_with_brute_force(ops: list[Op], knobs: dict[str, object]) -> None:
    pair = Pair(**knobs)
    for op in [("add", 0), ("write", 0), ("read", 0), *ops, ("read", 1)]:
        pair.do(op)
        pair.check()
    assert pair.ours.objects == tuple(pair.brute.objects) and pair.frame >= 1


@given(OPS, st.integers(0, 30))
def test_goes_on_from_a_state_bit_for_bit(ops: list[Op], cut: int) -> None:
    pair, start = Pair(), [("add", 0), ("write", 0), ("add", 0), ("write", 1), ("read", 0)]
    for op in [*start, *ops[:cut]]:
        pair.do(op)
    pair.ours.sensory.renew(torch.randn(pair.ours.sensory.hidden.shape))
    second = made()
    second.restore(pair.ours.state())
    assert same(pair.ours, second) and second.nbytes() == pair.ours.nbytes()
    first = pair.ours
    twin = Pair()
    twin.ours, twin.brute, twin.frame, twin.born = second, Brute(first.config), pair.frame, pair.born
    twin.brute.objects = list(pair.brute.objects)
    for op in [op for op in ops[cut:] if op[0] != "read"]:
        pair.do(op)
        twin.do(op)
        key, _, selection = made_frame(SHAPE, 77)
        assert torch.equal(first.read(key, selection), second.read(key, selection))
    assert same(first, second)


def test_late_object_reads_its_own_frames_only_after_consolidation() -> None:
    # The original reads its values under the keys of other frames here.
    pair = Pair(working_max=6, working_min=3, prototypes=10, long_term=40)
    pair.do(("add", 0))
    for _ in range(2):
        pair.write([1])
        pair.read(pair.frame)
    pair.do(("add", 0))
    for _ in range(12):
        pair.write([1, 2])
        pair.read(pair.frame)
        pair.check()
    late = pair.ours.table.valid[2]
    assert 0 < int(late.sum()) < int(pair.ours.table.valid[1].sum())
    assert (pair.ours.table.values[2][~late] == 0).all()


def test_a_frame_counts_only_for_those_it_was_written_for() -> None:
    memory = made()
    memory.add_objects([3, 9])
    key, shrinkage, selection = made_frame(SHAPE, 0)
    memory.write(key, shrinkage, selection, {3: torch.ones(6, 5), 9: torch.ones(6, 5)}, t_s=0, frame=0)
    memory.write(key, shrinkage, selection, {3: torch.full((6, 5), 5.0)}, t_s=1, frame=1)
    read = memory.read(key, selection)
    assert torch.allclose(read[1], torch.ones(6, 5)) and (read[0] > 1.01).all()


def test_nothing_is_written_while_everybody_is_lost() -> None:
    memory = made()
    memory.add_objects([1])
    key, shrinkage, selection = made_frame(SHAPE, 0)
    memory.write(key, shrinkage, selection, {}, t_s=0, frame=0)
    assert memory.sizes() == (0, 0) and memory.counts()["stored"] == 0
    assert (memory.read(key, selection) == 0).all()


def test_a_read_that_does_not_count_leaves_the_memory_as_it_is() -> None:
    pair = Pair()
    pair.do(("add", 0))
    pair.write([1])
    before = pair.ours.state()
    key, _, selection = made_frame(SHAPE, 3)
    frozen = pair.ours.read(key, selection, count_usage=False)
    assert all(before[name].tobytes() == a.tobytes() for name, a in pair.ours.state().items())
    assert torch.equal(frozen, pair.ours.read(key, selection))


def test_far_keys_give_no_nan() -> None:
    memory = made()
    memory.add_objects([1])
    key, shrinkage, selection = made_frame(SHAPE, 0)
    memory.write(key * 1e4, shrinkage, selection, {1: torch.ones(6, 5)}, t_s=0, frame=0)
    assert torch.allclose(memory.read(-key * 1e4, selection), torch.ones(1, 6, 5))


def test_long_term_memory_that_is_just_full_evicts_nobody() -> None:
    # LT_max - P is a multiple of P: the original crashes here.
    pair = Pair(prototypes=3, long_term=6, working_max=3, working_min=2)
    pair.do(("add", 0))
    for _ in range(3):
        pair.write([1])
        pair.read(0)
    assert pair.ours.sizes() == (12, 3) and pair.ours.counts()["evicted"] == 0
    pair.write([1])
    assert pair.ours.sizes() == (12, 6) and pair.ours.counts()["evicted"] == 0


def test_permanent_frames_stay_until_newer_ones_take_their_place() -> None:
    pair = Pair(references=2)
    pair.do(("add", 0))
    for number in range(20):
        pair.write([1], permanent=number in {2, 5})
    stay = [int(pair.ours.working.frames["frame"][slot]) for slot in pair.ours.working.staying()]
    assert stay == [1, 3, 6]
    pair.write([1], permanent=True)
    stay = [int(pair.ours.working.frames["frame"][slot]) for slot in pair.ours.working.staying()]
    assert stay == [1, 6, 21]


def test_one_cell_is_a_frame() -> None:
    shape = FeatureShape(rows=1, columns=1, key_dim=2, value_dim=1)
    pair = Pair(shape=shape)
    pair.do(("add", 0))
    for _ in range(9):
        pair.write([1])
        pair.read(0)
        pair.check()
    assert pair.frame == 9 and pair.ours.sizes()[0] == len(pair.brute.frames) > 0


def test_frames_without_selection_do_where_nothing_becomes_a_prototype() -> None:
    memory = made(long_term=0)
    memory.add_objects([1])
    key, shrinkage, selection = made_frame(SHAPE, 0)
    memory.write(key, shrinkage, None, {1: torch.ones(6, 5)}, t_s=0, frame=0)
    assert torch.allclose(memory.read(key, selection), torch.ones(1, 6, 5))
    with pytest.raises(ObservationError, match="selection"):
        made().write(key, shrinkage, None, {}, t_s=0, frame=0)


def test_sensory_states_follow_their_objects() -> None:
    memory = made(objects=1)
    memory.add_objects([4, 5, 6])
    memory.sensory.renew(torch.arange(3.0)[:, None, None, None].expand(3, 2, 2, 3))
    memory.remove_object(5)
    memory.add_objects([7])
    assert memory.sensory.hidden[:, 0, 0, 0].tolist() == [0, 2, 0]


def test_hundreds_of_objects() -> None:
    memory = made(budget="40 MB", objects=300)
    memory.add_objects(range(300))
    key, shrinkage, selection = made_frame(SHAPE, 0)
    for frame in range(8):
        values = {number: torch.full((6, 5), float(number)) for number in range(frame * 20, 300)}
        memory.write(key, shrinkage, selection, values, t_s=frame, frame=frame)
        read = memory.read(key, selection)
    assert torch.allclose(read[:, 0, 0], torch.arange(300.0), rtol=1e-5)
    for number in range(0, 300, 2):
        memory.remove_object(number)
    assert torch.allclose(memory.read(key, selection)[:, 0, 0], torch.arange(1.0, 300, 2), rtol=1e-5)


def test_inside_and_outside_of_inference_mode() -> None:
    key, shrinkage, selection = made_frame(SHAPE, 0)
    value = made_value(SHAPE, 0).requires_grad_()
    with torch.inference_mode():
        memory = made()
        memory.add_objects([1])
        memory.write(key, shrinkage, selection, {1: value}, t_s=0, frame=0)
        inside = memory.read(key, selection)
    for frame in range(1, 9):
        memory.write(key.requires_grad_(), shrinkage, selection, {1: value}, t_s=frame, frame=frame)
        outside = memory.read(key, selection)
    assert not outside.requires_grad and inside.shape == outside.shape
    with torch.inference_mode():
        memory.restore(memory.state())
    memory.add_objects([2])
    memory.write(key, shrinkage, selection, {1: value, 2: value}, t_s=9, frame=9)


# -- budget ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 60_000), st.integers(1, 3))
def test_what_is_planned_fits_the_budget_or_is_refused(budget: int, objects: int) -> None:
    least = _least(objects)
    if budget < least:
        with pytest.raises(BudgetError, match="are the minimum"):
            made(budget=budget, objects=objects)
    else:
        memory = made(budget=budget, objects=objects)
        memory.add_objects(range(objects))
        assert memory.reserved() <= budget
    assert made(budget=least, objects=objects).reserved() <= least


def _least(objects: int) -> int:
    with pytest.raises(BudgetError) as refused:
        made(budget=1, objects=objects)
    named = re.search(r"([\d,]+) are the minimum", str(refused.value))
    assert named is not None
    return int(named[1].replace(",", ""))


def test_a_larger_budget_never_holds_less() -> None:
    rooms = [made(budget=budget).room for budget in range(8_000, 60_000, 1_000)]
    rows = [room.slots * SHAPE.cells + room.long_term for room in rooms]
    assert rows == sorted(rows)


def test_reserved_bytes_are_those_of_the_arrays() -> None:
    memory = made(objects=2)
    memory.add_objects([1, 2])
    table = memory.table
    columns = [table.key, table.shrinkage, table.selection, table.usage, table.life, table.match]
    columns += [*table.values.values(), *table.valid.values(), memory.sensory._hidden]
    books = memory.working.frames.capacity_bytes + memory.long_term.tokens.capacity_bytes
    small = memory._ledger.nbytes + 8 * 2
    assert memory.reserved() == sum(c.numel() * c.element_size() for c in columns) + books + small


def test_an_object_too_many_is_refused_and_changes_nothing() -> None:
    memory = made(budget=made(objects=2).room.nbytes(2))
    memory.add_objects([1])
    before = memory.state()
    for refused in (memory.check_objects, memory.add_objects):
        with pytest.raises(BudgetError, match="objects=3"):
            refused([2, 3])
    assert memory.objects == (1,) and before.keys() == memory.state().keys()
    memory.add_objects([2])


# -- refused -----------------------------------------------------------------------------------------------------


def test_an_object_is_there_once() -> None:
    memory = made()
    memory.add_objects([1])
    for numbers in ([1], [2, 2]):
        with pytest.raises(ObservationError, match="twice"):
            memory.add_objects(numbers)
    with pytest.raises(ObservationError, match="no object 7"):
        memory.remove_object(7)


@pytest.mark.parametrize("what", ["key", "shrinkage", "selection", "value"])
@pytest.mark.parametrize("fault", ["nan", "inf"])
def test_a_frame_that_cannot_be_stored_changes_nothing(what: str, fault: str) -> None:
    memory = made()
    memory.add_objects([1])
    key, shrinkage, selection = made_frame(SHAPE, 0)
    parts = {"key": key, "shrinkage": shrinkage, "selection": selection, "value": made_value(SHAPE, 0)}
    parts[what].view(-1)[3] = float(fault)
    before = memory.state()
    with pytest.raises(ObservationError, match=what):
        memory.write(
            parts["key"], parts["shrinkage"], parts["selection"], {1: parts["value"]}, t_s=0, frame=0
        )
    assert all(before[name].tobytes() == a.tobytes() for name, a in memory.state().items())


def test_a_frame_of_another_size_is_refused() -> None:
    memory = made()
    memory.add_objects([1])
    key, shrinkage, selection = (part[:5] for part in made_frame(SHAPE, 0))
    with pytest.raises(ObservationError, match=r"key should have the shape \(6, 4\)"):
        memory.write(key, shrinkage, selection, {1: made_value(SHAPE, 0)[:5]}, t_s=0, frame=0)


def test_values_of_strangers_and_frames_out_of_order_are_refused() -> None:
    pair = Pair()
    pair.do(("add", 0))
    pair.write([1])
    key, shrinkage, selection = made_frame(SHAPE, 0)
    with pytest.raises(ObservationError, match="add_objects"):
        pair.ours.write(key, shrinkage, selection, {8: made_value(SHAPE, 0)}, t_s=2, frame=2)
    with pytest.raises(OrderError, match="order"):
        pair.ours.write(key, shrinkage, selection, {1: made_value(SHAPE, 0)}, t_s=2, frame=1)


def test_queries_of_another_shape_or_not_finite_are_refused() -> None:
    memory = made()
    key, _, selection = made_frame(SHAPE, 0)
    with pytest.raises(ObservationError, match="finite"):
        memory.read(key[:, :3], selection[:, :3])
    with pytest.raises(ObservationError, match="finite"):
        memory.read(key * float("nan"), selection)


@pytest.mark.parametrize("knob", ["top_k", "working_min", "references", "prototypes", "long_term", "objects"])
def test_settings_below_their_least_are_refused(knob: str) -> None:
    with pytest.raises(ObservationError, match=knob):
        FeatureConfig(**{knob: -1})  # type: ignore[arg-type]  # by name


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ObservationError, match="working_max"):
        FeatureConfig(working_max=5, working_min=5)
    with pytest.raises(ObservationError, match="long_term"):
        FeatureConfig(prototypes=10, long_term=19)
    with pytest.raises(ObservationError, match="cells"):
        FeatureShape(rows=0, columns=1, key_dim=1, value_dim=1)


def test_a_damaged_state_is_refused_and_changes_nothing() -> None:
    pair = Pair()
    pair.do(("add", 0))
    pair.write([1])
    state = dict(pair.ours.state())
    for name in state:
        other = made()
        other.add_objects([5])
        with pytest.raises(StoreDamagedError):
            other.restore({key: a for key, a in state.items() if key != name})
        with pytest.raises((StoreDamagedError, BudgetError)):
            other.restore({**state, name: np.zeros((99, 7), np.int16)})
        assert other.objects == (5,)
    with pytest.raises(StoreDamagedError, match="not one of each"):
        made().restore({**state, "objects": np.array([1, 1])})
    with pytest.raises(BudgetError, match="larger"):
        made().restore({**state, "objects": np.arange(1000)})
