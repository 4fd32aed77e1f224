"""Intervals of exemplars: sorted, disjoint, handed over whole. Events: merged where least surprising."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streammem.memory.events import Events
from streammem.memory.occurrences import Occurrences

SPANS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 30)), min_size=1, max_size=12)


def disjoint(spans: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Spans joined where they are at most `gap` apart."""
    joined: list[tuple[int, int]] = []
    for start, length in sorted(spans):
        if joined and start - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], start + length))
        else:
            joined.append((start, start + length))
    return joined


def fill(table: Occurrences, owner: int, spans: list[tuple[int, int]]) -> None:
    for start, end in spans:
        table.open(owner, start, end)


def spans_of(table: Occurrences, owner: int) -> list[tuple[int, int]]:
    return [table.span(int(row)) for row in table.rows(owner)]


@given(SPANS, SPANS, st.integers(0, 20))
def test_heir_has_both_and_nothing_overlaps(mine: list, other: list, gap: int) -> None:
    table = Occurrences(100)
    mine, other = disjoint(mine, gap), disjoint(other, gap)
    fill(table, 3, mine)
    fill(table, 7, other)
    vanished = table.move(3, 7, gap)
    both = disjoint([(start, end - start) for start, end in mine + other], gap)
    assert spans_of(table, 7) == both and spans_of(table, 3) == []
    assert vanished == len(mine) + len(other) - len(both) and len(table.table) == len(both)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99)), min_size=1, max_size=30))
def test_many_owners_in_one_pass(entries: list[tuple[int, int]]) -> None:
    table = Occurrences(30)
    for owner, start in entries:
        table.open(owner, start, start + 1)
    owners = np.unique([owner for owner, _ in entries])
    found = table.rows_of(owners)
    assert {o: r.tolist() for o, r in found.items()} == {int(o): table.rows(int(o)).tolist() for o in owners}


def test_room_is_made_by_whoever_has_most() -> None:
    table = Occurrences(6)
    fill(table, 1, [(0, 5), (10, 11), (20, 29)])
    fill(table, 2, [(0, 1), (50, 51)])
    assert table.make_room(np.array([0])) == 1
    assert spans_of(table, 1) == [(0, 5), (20, 29)] and len(spans_of(table, 2)) == 2


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=5, max_size=40))
def test_full_events_merge_and_still_cover(steps: list[tuple[int, float]]) -> None:
    events, last = Events(5), {}
    for id, (stream, surprise) in enumerate(steps):
        if stream in last:
            events.table["end"][last[stream]] = 10 * id
        if events.table.full:
            events.make_room()
        last[stream] = events.open(id, stream, 10 * id, surprise)
    for stream in last:
        rows = events.rows(stream)
        starts, ends = events.table["start"][rows], events.table["end"][rows]
        assert (starts[1:] == ends[:-1]).all() and rows[-1] == last[stream]
        assert starts[0] == 10 * next(i for i, (s, _) in enumerate(steps) if s == stream)
