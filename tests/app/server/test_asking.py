"""Questions with plain answers; the same as Python's."""

import pytest
from live_worker import kinds, scene, story, take, worker

from streammem.app.records import dump, event_record
from streammem.errors import ObservationError, SpaceError


@pytest.fixture(scope="module")
def watched():
    one, news = worker()
    take(one, *story([0, 1, 2, 0]))
    return one, news


def test_finds_by_picture_what_python_finds(watched) -> None:
    one, _ = watched
    found = one.answer("find", {"image": scene(1), "top_k": 3})
    hits = [hit for hit in one.memory.find(image=scene(1), top_k=3) if hit.score >= 0.5]
    assert [card["exemplar"] for card in found["hits"]] == [hit.exemplar for hit in hits] != []
    assert found["seen"] == 0.5 and found["best_score"] == found["hits"][0]["score"]
    card = found["hits"][0]
    assert card["picture"] == card["snapshot"] is not None and (card["box"] is None or len(card["box"]) == 4)
    dump(found)


def test_says_how_close_it_was_where_nothing_was_seen(watched) -> None:
    one, _ = watched
    found = one.answer("find", {"image": scene(4)})
    assert found["hits"] == [] and 0 <= found["best_score"] < 0.5
    assert one.answer("find", {"image": scene(0), "stream": "yard"}) == {
        "hits": [],
        "best_score": None,
        "seen": 0.5,
    }


def test_finds_by_time(watched) -> None:
    one, _ = watched
    (card, *_) = one.answer("find", {"at_s": 4.0})["hits"]
    assert card["interval"][0] <= 4.0 <= card["interval"][1]
    assert one.answer("find", {"at_s": 4.0, "during": [6.0, None]})["hits"] == []


def test_last_seen_and_count(watched) -> None:
    one, _ = watched
    assert one.answer("count", {"image": scene(0)}) == 2
    last = one.answer("last_seen", {"image": scene(0)})
    assert last["t_s"] >= 0 and last["interval"][1] > 9
    assert one.answer("last_seen", {"image": scene(5)}) is None
    assert one.answer("count", {"image": scene(0), "during": [None, 4.0]}) == 1


def test_events_and_pictures_by_number(watched) -> None:
    one, _ = watched
    for event in one.memory.timeline():
        assert one.answer("event", {"id": event.id}) == event_record(event)
        jpeg = one.answer("picture", {"event": event.id})
        assert jpeg == one.memory.jpeg(event)
        small = one.answer("picture", {"event": event.id, "width": 40})
        assert small[:2] == b"\xff\xd8" and len(small) < len(jpeg)
    assert one.answer("picture", {"event": event.id, "width": 4000}) == jpeg
    snapshot = one.memory.timeline()[0].exemplars[0]
    assert one.answer("picture", {"snapshot": snapshot}) == one.answer("picture", {"event": 0})
    assert one.answer("event", {"id": 10**6}) is None and one.answer("picture", {"snapshot": 10**6}) is None


@pytest.mark.parametrize(
    ("verb", "arguments", "text"),
    [
        ("find", {}, "exactly|by one of"),
        ("find", {"image": scene(0), "top_k": 0}, "1 to 100"),
        ("find", {"at_s": 1.0, "during": [1.0]}, r"\[start, end\]"),
        ("find", {"at_s": 1.0, "during": [2.0, 1.0]}, "forward"),
        ("last_seen", {}, "by one of"),
        ("count", {"image": scene(0), "object": 1}, "by one of"),
        ("find", {"object": 3}, "follow"),
        ("picture", {}, "one snapshot or of one event"),
        ("picture", {"snapshot": 1, "width": 0}, "1 to 4096"),
    ],
)
def test_refuses_with_a_reason(watched, verb: str, arguments: dict, text: str) -> None:
    with pytest.raises(ObservationError, match=text):
        watched[0].answer(verb, arguments)


def test_words_need_an_encoder_that_has_them(watched) -> None:
    with pytest.raises(SpaceError, match="lite"):
        watched[0].answer("find", {"text": "bicycle"})


def test_a_new_memory_has_seen_nothing() -> None:
    one, news = worker()
    assert one.answer("find", {"image": scene(0)})["hits"] == [] and kinds(news, "engine") == []
    assert one.answer("timeline", {}) == {"span": None, "buckets": []}
    one.warm_up()
    assert not one.rehearse()
