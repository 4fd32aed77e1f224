"""The landmark graph: loops close, jumps do not join, routes are shortest, bytes stay within the budget."""

import math

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import (
    BudgetError,
    ObservationError,
    OrderError,
    PlaceError,
    PoseError,
    StoreDamagedError,
)
from streammem.poses import inverse
from streammem.spatial.landmarks import Landmarks, LandmarksConfig, Visit

ROOMY = 1 << 20


def pose(x: float, y: float = 0.0, turn_deg: float = 0.0) -> np.ndarray:
    c, s = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    return np.array([[c, -s, 0, x], [s, c, 0, y], [0, 0, 1, 0], [0, 0, 0, 1]], np.float64)


def graph(budget: int = ROOMY, **config: float) -> Landmarks:
    return Landmarks(LandmarksConfig(**config), budget)


def walk(places: Landmarks, points: list[tuple[float, ...]], start_s: float = 0.0) -> list[Visit]:
    return [
        places.visit(frame=at, t_s=start_s + at, world_from_camera=pose(*point))
        for at, point in enumerate(points)
    ]


def square(places: Landmarks) -> list[Visit]:
    """Round a square of 4 m, a frame every 0.5 m."""
    side = np.arange(0, 4, 0.5)
    points = [(x, 0.0) for x in side] + [(4.0, y) for y in side] + [(4 - x, 4.0) for x in side]
    return walk(places, [*points, *((0.0, 4 - y) for y in side), (0.0, 0.0)])


def test_places_by_distance_and_by_turn() -> None:
    places = graph()
    visits = walk(places, [(0,), (0.5,), (0.71,), (0.8,), (0.8, 0, 50), (0.8, 0, 75), (0.8, 0, 100)])
    assert [visit.place for visit in visits] == [1, 1, 2, 2, 2, 3, 3]
    assert [visit.new for visit in visits] == [True, False, True, False, False, True, False]
    assert places.edges[0].tolist() == [[1, 2], [2, 3]]
    assert places.edges[1] == pytest.approx([0.71, 0.09 + 0.3 * math.radians(75)])
    assert places.place(2).visits == 1 and places.place(2).last_s == 4.0


def test_places_by_look() -> None:
    places, looks = graph(dim=2, least_cosine=0.5), np.eye(2, dtype=np.float32)
    seen = [
        places.visit(frame=at, t_s=at, world_from_camera=pose(0), descriptor=looks[at // 2])
        for at in range(4)
    ]
    assert [visit.place for visit in seen] == [1, 1, 2, 2]
    assert [id for id, _ in places.recall(looks[0] * 3)] == [1, 2] and graph().recall(looks[0]) == []
    assert places.locate(pose(0.1), looks[1]) == 2 and places.locate(pose(5)) is None


def test_a_loop_closes_and_the_route_takes_the_shorter_way() -> None:
    places = graph()
    visits = square(places)
    assert visits[-1].place == 1 and visits[-1].linked and not visits[-1].new
    far = visits[-5].place
    route = places.route(1, far)
    assert route is not None and route.places[0] == 1 and route.places[-1] == far
    assert route.length_m < 4 and route.cost == pytest.approx(route.length_m)
    assert np.linalg.norm(np.diff(route.points, axis=0), axis=1).sum() == pytest.approx(route.length_m)


def test_routes_from_and_to_points_and_what_is_in_sight() -> None:
    places = graph()
    walk(places, [(float(x),) for x in range(6)])
    route = places.route((0.0, 1.0, 0.0), np.array([5.0, -2.0, 0.0]))
    assert route is not None and route.places == (1, 2, 3, 4, 5, 6) and route.length_m == pytest.approx(8.0)
    assert route.points[0].tolist() == [0, 1, 0] and route.points[-1].tolist() == [5, -2, 0]
    assert places.approach((5.0, 1.0, 0.0)) == 6
    assert places.approach((5.0, 1.0, 0.0), lambda points: points[:, 0] < 2.5) == 3
    assert places.approach((5.0, 1.0, 0.0), lambda points: points[:, 0] > 99) == 6
    assert places.route(3, 3).length_m == 0


def test_jumps_and_gaps_start_a_new_island() -> None:
    places = graph()
    walk(places, [(0,), (1,)])
    assert places.visit(frame=2, t_s=1.1, world_from_camera=pose(30)).jumped
    assert places.visit(frame=3, t_s=2.1, world_from_camera=pose(31)).linked
    assert places.visit(frame=4, t_s=20.0, world_from_camera=pose(32)).jumped
    assert not places.visit(frame=5, t_s=40.0, world_from_camera=pose(32.1)).jumped
    assert places.visit(frame=6, t_s=40.5, world_from_camera=pose(33), gap=True).jumped
    assert places.counts["jumps"] == 3
    assert places.route(1, 4) is None and places.route((0.0, 0, 0), (33.0, 0, 0)) is None
    assert places.route(3, 4).places == (3, 4)


def test_cameras_that_go_about_at_the_same_time_share_places_and_keep_their_ways() -> None:
    both = Landmarks(LandmarksConfig(), ROOMY, streams=2)
    for at in range(9):  # one along x, the other along y, from the same corner, in turns
        both.visit(frame=at, t_s=at + 0.5, world_from_camera=pose(at * 0.5, 0.0), stream=0)
        both.visit(frame=at, t_s=at + 0.6, world_from_camera=pose(0.0, at * 0.5), stream=1)
    assert both.counts["jumps"] == 0
    there = both.route((4.0, 0.0, 0.0), (0.0, 4.0, 0.0))
    assert there is not None and there.length_m == pytest.approx(8.0, abs=0.6)
    again = Landmarks(LandmarksConfig(), ROOMY, streams=2)
    again.restore(both.state())
    late = {"frame": 9, "t_s": 9.5, "world_from_camera": pose(4.5, 0.0), "stream": 0}
    assert again.visit(**late) == both.visit(**late)
    with pytest.raises(OrderError):
        both.visit(frame=10, t_s=9.0, world_from_camera=pose(5.0), stream=0)
    with pytest.raises(StoreDamagedError, match="last"):
        Landmarks(LandmarksConfig(), ROOMY, streams=3).restore(both.state())


def test_corrected_keyframes_change_costs_and_the_next_frame_is_no_jump() -> None:
    places = graph()
    walk(places, [(0,), (1,), (2,)])
    moves = places.repose({3: pose(12), 2: pose(6, 0, 90)})
    assert moves[3] == pytest.approx(pose(12) @ inverse(pose(2)))
    assert places.edges[1] == pytest.approx([6 + 0.3 * math.pi / 2] * 2)
    after = places.visit(frame=3, t_s=3.0, world_from_camera=pose(12.3))
    assert after.place == 3 and not after.jumped
    with pytest.raises(PlaceError, match="never was a place 9"):
        places.repose({9: np.eye(4)})
    with pytest.raises(PoseError):
        places.repose({1: pose(3), 2: np.zeros((4, 4))})
    assert places.place(1).world_from_camera[0, 3] == 0


def as_networkx(places: Landmarks) -> networkx.Graph:
    net = networkx.Graph()
    net.add_nodes_from(place.id for place in places.all())
    net.add_weighted_edges_from(
        (*ends, cost) for ends, cost in zip(places.edges[0].tolist(), places.edges[1].tolist(), strict=True)
    )
    return net


steps = st.lists(
    st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.sampled_from([0, 0, 90, 180])), max_size=40
)


@settings(max_examples=25)
@given(steps)
def test_routes_are_shortest(moves: list[tuple[int, int, int]]) -> None:
    places = graph()
    walk(places, [(0,), *np.cumsum(np.array(moves).reshape(-1, 3), 0).tolist()])
    net, ids = as_networkx(places), [place.id for place in places.all()]
    costs = dict(networkx.all_pairs_dijkstra_path_length(net))
    for goal in ids:
        route = places.route(ids[0], goal)
        assert (route is not None) == (goal in costs[ids[0]])
        if route is not None:
            assert route.cost == pytest.approx(costs[ids[0]][goal])
            assert route.cost == pytest.approx(
                sum(net.edges[way]["weight"] for way in networkx.utils.pairwise(route.places))
            )


@settings(max_examples=25)
@given(steps, st.integers(2700, 9000))
def test_bytes_stay_within_the_budget_and_a_restored_graph_goes_on_alike(
    moves: list[tuple[int, int, int]], budget: int
) -> None:
    config = LandmarksConfig(dim=3, edges_per_place=2)
    places, twin = Landmarks(config, budget), Landmarks(config, budget)
    here, rng = np.zeros(3), np.random.default_rng(0)
    for at, move in enumerate(moves):
        here, look = here + move, rng.normal(size=3).astype(np.float32)
        for each in (places, twin):
            each.visit(frame=at, t_s=at, world_from_camera=pose(*here), descriptor=look, gap=at % 9 == 8)
            if at % 7 == 6:
                each.repose({each.current: pose(here[0] + 0.5, here[1])})
        state = places.state()
        assert places.nbytes() == sum(array.nbytes for array in state.values()) <= budget
        twin.restore(state)
        assert all(array.tobytes() == twin.state()[name].tobytes() for name, array in state.items())
        ends = {end for pair in places.edges[0].tolist() for end in pair}
        assert ends <= {place.id for place in places.all()} and places.current in {p.id for p in places.all()}


def test_a_full_graph_merges_places_without_changing_routes_between_the_others() -> None:
    small = graph(budget=3900)
    walk(small, [(float(x),) for x in range(40)])
    assert small.counts["merged"] == 40 - len(small) and 4 <= len(small) <= 12
    ids = [place.id for place in small.all()]
    spread = np.diff([place.world_from_camera[0, 3] for place in small.all()])
    assert spread.max() <= 4 * 40 / len(small)
    route = small.route(ids[0], ids[-1])
    assert route.cost == pytest.approx(ids[-1] - ids[0]) and route.length_m == pytest.approx(ids[-1] - ids[0])
    gone, into = walk(small, [(40.0,)], start_s=40.0)[0].merged[0]
    assert into in {place.id for place in small.all()}
    with pytest.raises(PlaceError, match="no place"):
        small.place(gone)
    assert small.repose({gone: np.eye(4)}) == {}
    before = small.edges[1].sum()
    small.repose({place.id: place.world_from_camera for place in small.all()})
    assert small.edges[1].sum() == pytest.approx(before)


def test_too_many_edges_lose_the_costliest_that_nothing_hangs_on() -> None:
    places = graph(budget=6000, edges_per_place=2, most_places=6, fastest_m_s=99.0)
    rng = np.random.default_rng(1)
    walk(places, [(4.0 * at, 0.0) for at in range(6)] + [(4.0 * at, 0.0) for at in rng.integers(0, 6, 200)])
    assert places.counts["edges"] > 0 and len(places.edges[1]) <= 12
    assert networkx.is_connected(as_networkx(places))


def test_what_is_wrong_is_said() -> None:
    places = graph(dim=4)
    assert places.route((0.0, 0, 0), (1.0, 0, 0)) is None and places.approach((0.0, 0, 0)) is None
    walk(places, [(0,)], start_s=5.0)
    for bad, error in (
        ({"t_s": 4.0}, OrderError),
        ({"t_s": math.nan}, OrderError),
        ({"world_from_camera": np.zeros((4, 4))}, PoseError),
        ({"descriptor": np.zeros(4, np.float32)}, ObservationError),
        ({"descriptor": np.ones(3, np.float32)}, ObservationError),
    ):
        with pytest.raises(error):
            places.visit(**({"frame": 1, "t_s": 6.0, "world_from_camera": np.eye(4)} | bad))
    with pytest.raises(PlaceError):
        places.route(1, 2)
    with pytest.raises(ObservationError, match="three finite metres"):
        places.approach((0.0, math.nan, 0))
    for wrong in ({"radius_m": 0.0}, {"turn_cost_m": -1.0}):
        with pytest.raises(ObservationError):
            LandmarksConfig(**wrong)
    with pytest.raises(BudgetError):
        LandmarksConfig(most_places=1)
    with pytest.raises(BudgetError, match="too few"):
        graph(100)
    with pytest.raises(StoreDamagedError, match="counts"):
        graph().restore({})
