"""Standing questions: the same answers as `find`, about what is in sight alone."""

from collections.abc import Iterator

import numpy as np
import pytest
from memory.things import passing, thing

import streammem as sm
from streammem.errors import ObservationError, SpaceError
from streammem.heads import standing
from streammem.types import Interval, Query

STORY = [None, 1, None, 2, None, 1, None]
FEW = sm.MemoryConfig(max_streams=2)


def steps(memory: sm.StreamMemory) -> Iterator[sm.Observation]:
    for observation in passing(STORY):
        memory.observe(observation)
        yield observation


@pytest.fixture
def memory() -> sm.StreamMemory:
    return sm.StreamMemory.open(None, encoder="classic", config=FEW, budget="1 MB")


@pytest.fixture(scope="module")
def deep(bikes) -> sm.StreamMemory:
    """Six seconds of a street, with words."""
    memory = sm.StreamMemory.open(None, config=FEW)
    for observation in sm.open_source(bikes):
        if observation.t_s >= 6:
            break
        if observation.index % 5 == 0:
            memory.observe(observation)
    return memory


def test_words_score_as_find_does(deep):
    question = deep.standing(text="bicycle")
    for t_s in np.arange(0.0, 6.0, 0.5).tolist():
        hits = {hit.exemplar: hit.score for hit in deep.find(text="bicycle", top_k=100)}
        said = question.ask("main", t_s)
        lately = [hit for hit in deep.find(text="bicycle", top_k=100) if hit.occurrences[-1].end_s >= t_s]
        assert said is not None and said.score == pytest.approx(max(hit.score for hit in lately))
        assert hits[said.exemplar] == pytest.approx(said.score)


def test_a_picture_scores_as_search_does(deep):
    picture = deep.picture(deep.find(text="bicycle")[0])
    assert picture is not None
    said = deep.standing(image=picture).ask("main", 0.0)
    best = max(
        line.probability(hit.score)
        for line in deep._recall().lines(text=None, image=picture)
        for hit in deep._stores.search(Query(what=line.what, space=line.space))
    )
    assert said is not None and said.score == pytest.approx(best) and said.score > 0.9
    assert said.snapshot is not None and said.interval.overlaps(Interval(0, 6.1))


def test_a_small_thing_is_seen_while_it_is_there(memory):
    question, seen = memory.standing(image=thing(1)), set()
    for observation in steps(memory):
        if question.score(question.sights("main", observation.t_s)) >= 0.5:
            seen.add(observation.index // 8)
    assert seen <= {1, 5} and len(seen) == 2  # its own passings alone


def test_evidence_of_a_small_thing_has_its_box_and_event(memory):
    question = memory.standing(image=thing(2))
    list(steps(memory))
    said = question.ask("main", 0.0)
    (found, *_) = memory.find(image=thing(2))
    assert said is not None and (said.store, said.exemplar) == (found.store, found.exemplar)
    assert said.space == "object" and said.box == found.box and said.event == found.event


def test_a_score_is_computed_once(memory, monkeypatch):
    question = memory.standing(image=thing(1))
    list(steps(memory))
    sights = question.sights("main", 0.0)
    before = question.score(sights)
    monkeypatch.setattr(question, "_compared", lambda sight: pytest.fail("compared again"))
    assert question.score(question.sights("main", 0.0)) == before


def test_what_is_remembered_stays_bounded(memory, monkeypatch):
    monkeypatch.setattr(standing, "MOST_KNOWN", 3)
    question = memory.standing(image=thing(1))
    for _ in steps(memory):
        question.ask("main", 0.0)
    assert len(question._known) <= 3


def test_nothing_in_sight_is_no_answer(memory):
    question = memory.standing(image=thing(1))
    assert question.ask("main", 0.0) is None and question.score([]) == 0.0
    list(steps(memory))
    assert question.ask("elsewhere", 0.0) is None and question.ask("main", 1e6) is None


def test_frames_that_wait_are_seen(deep):
    assert deep.standing(text="car").evidence([]) is None
    memory = sm.StreamMemory.open(None, encoder="classic", config=FEW, budget="1 MB")
    question = memory.standing(image=thing(1))
    memory._enter(next(passing([1])))
    assert question.sights("main", 0.0)


def test_asks_by_one_thing(memory):
    with pytest.raises(ObservationError, match="image= or by text="):
        memory.standing()
    with pytest.raises(ObservationError, match="image= or by text="):
        memory.standing(text="car", image=thing(1))
    with pytest.raises(SpaceError, match="classic"):
        memory.standing(text="car")
