"""The one who owns the memory: what it tells of each frame, what it refuses, what it outlives."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from live_worker import frame, kinds, scene, square_at, story, take, worker

from streammem.errors import ObservationError, OrderError, StoreClockError, StoreFullError
from streammem.heads import following
from streammem.perception.networks import open_network
from streammem.store import ArrayStore
from streammem.types import Observation

NETWORK = open_network()


@pytest.fixture(autouse=True)
def _one_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(following, "open_network", lambda *_, **__: NETWORK)
    yield


def test_tells_what_it_saw_in_each_frame() -> None:
    one, news = worker()
    one.take(frame(4), time.monotonic_ns() - 10**9, dropped=3)
    (seen,) = kinds(news, "seen")
    assert (seen["stream"], seen["seq"], seen["t_s"], seen["boxes"]) == ("door", 4, 2.0, [])
    assert 1.0 <= time.time() - seen["captured_s"] < 60 and not seen["encoded"]
    stats = one.answer("stats", {})
    assert stats["engine"]["frames"] == {"door": 1} and stats["engine"]["dropped"] == {"door": 3}
    assert stats["engine"]["lag_s"]["door"] >= 1.0 and stats["streams"][0]["frames"] == 1


def test_tells_events_as_they_open_and_close() -> None:
    one, news = worker()
    take(one, *story([0, 1, 2]))
    told = kinds(news, "events")
    opened = [event["id"] for item in told for event in item["opened"]]
    assert opened == [event.id for event in one.memory.timeline()] and len(opened) >= 2
    assert [event["id"] for item in told for event in item["closed"]] == opened[:-1]
    seen = [item["event"] for item in kinds(news, "seen")]
    assert seen == sorted(seen) and seen[-1] == opened[-1]


def test_a_refused_frame_is_counted_and_told_once() -> None:
    one, news = worker()
    take(one, frame(5), frame(5, 1), frame(4), frame(6))
    assert one.answer("stats", {})["engine"]["refused"] == {"door": 2}
    assert [item["seq"] for item in kinds(news, "seen")] == [5, 6]
    assert all("was not taken in" in item["message"] for item in kinds(news, "engine"))


def test_outlives_what_nobody_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    one, news = worker()
    with monkeypatch.context() as broken:
        broken.setattr(one.memory, "observe", lambda _: 1 / 0)
        take(one, frame(0))
    with monkeypatch.context() as broken:
        broken.setattr(one.alerts, "check", lambda *_: 1 / 0)
        take(one, frame(1))
    assert one.meters.record()["refused"] == {"door": 1} and len(kinds(news, "seen")) == 1


@pytest.mark.parametrize(
    "fault", [StoreClockError("the clock is behind"), StoreFullError("the disk is full")]
)
def test_tells_that_commits_wait_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    one, news = worker(tmp_path / "live.zarr", commit_every_s=1e-9)
    one.memory.holds = (StoreClockError, StoreFullError)

    def refuse(*_: object, **__: object) -> None:
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(ArrayStore, "commit", refuse)
        take(one, *story([0, 1]))
    assert [item["message"] for item in kinds(news, "engine")] == [f"commits wait: {fault}"]
    take(one, frame(50, 2))
    assert one.memory.held is None
    one.memory.close()
    again, _ = worker(tmp_path / "live.zarr", commit_every_s=1e-9)
    assert again.greeting()["streams"] == {"door": 25.0}
    again.memory.close()


def test_takes_frames_that_come_with_a_question() -> None:
    one, news = worker()
    first = one.answer("observe", {"stream": "robot", "t_s": 1.0, "rgb": scene(0)})
    one.answer("observe", {"stream": "robot", "t_s": 2.0, "rgb": scene(1)})
    assert first["opened"] and [item["seq"] for item in kinds(news, "seen")] == [0, 1]
    assert one.memory.info().streams[0].missed == 0
    with pytest.raises(OrderError, match="follows one"):
        one.answer("observe", {"stream": "robot", "t_s": 2.0, "rgb": scene(1)})


def test_greets_with_what_was_seen_and_what_it_can() -> None:
    one, _ = worker(follow=True)
    take(one, frame(0), frame(1), frame(0, stream="yard"))
    assert one.greeting() == {
        "streams": {"door": 0.5, "yard": 0.0},
        "followed": [],
        "capabilities": {"follow": True, "text": False, "encoder": "classic"},
    }
    assert not worker()[0].greeting()["capabilities"]["follow"]


def test_follows_what_is_in_a_box_and_says_where_it_is() -> None:
    one, news = worker(follow=True)
    take(one, square_at(0))
    record = one.answer("follow", {"stream": "door", "box": [8 / 96, 16 / 64, 36 / 96, 48 / 64]})
    assert record["object"] == 1 and record["method"] == "grabcut"
    take(one, *(square_at(t) for t in range(1, 6)))
    (box,) = kinds(news, "seen")[-1]["boxes"]
    assert box["object"] == 1 and box["state"] == "present" and box["outline"]
    assert box["box"] == pytest.approx([20 / 96, 20 / 64, 44 / 96, 44 / 64], abs=0.05)
    assert one.answer("followed", {})[0]["stream"] == "door"
    assert one.answer("last_seen", {"object": 1})["t_s"] == pytest.approx(0.5)
    one.answer("unfollow", {"object": 1})
    assert one.answer("followed", {}) == [] and one.memory.tracked == (None, ())
    take(one, square_at(6))
    assert one.answer("follow", {"stream": "door", "box": [0.1, 0.2, 0.6, 0.8]})["object"] == 2


def test_what_cannot_be_followed_is_refused_and_nothing_changes() -> None:
    one, _ = worker(follow=True)
    take(one, square_at(0), square_at(0, stream="yard"))
    whole = {"stream": "door", "box": [0.1, 0.2, 0.5, 0.8]}
    with pytest.raises(ObservationError, match="no frame of 'hall'"):
        one.answer("follow", {**whole, "stream": "hall"})
    with pytest.raises(ObservationError, match="not followed"):
        one.answer("unfollow", {"object": 1})
    one.answer("follow", whole)
    with pytest.raises(ObservationError, match="one stream at a time"):
        one.answer("follow", {**whole, "stream": "yard"})
    plain, _ = worker()
    take(plain, square_at(0))
    with pytest.raises(ObservationError, match="follows no objects"):
        plain.answer("follow", whole)


def test_objects_are_let_go_where_the_picture_changes_beyond_them() -> None:
    one, news = worker(follow=True)
    take(one, square_at(0))
    one.answer("follow", {"stream": "door", "box": [8 / 96, 16 / 64, 36 / 96, 48 / 64]})
    for t in range(1, 8):  # nothing of it is left to go on from
        take(one, Observation(index=t, t_s=t / 10, rgb=np.zeros((64, 96, 3), np.uint8), stream="door"))
    take(one, Observation(index=8, t_s=0.8, rgb=np.zeros((96, 128, 3), np.uint8), stream="door"))
    assert kinds(news, "seen")[-1]["seq"] == 8 and one.answer("followed", {}) == []
    assert any("not followed any more" in item["message"] for item in kinds(news, "engine"))


def test_goes_on_following_after_a_restart(tmp_path: Path) -> None:
    one, _ = worker(tmp_path / "live.zarr", follow=True)
    take(one, square_at(0))
    one.answer("follow", {"stream": "door", "box": [8 / 96, 16 / 64, 36 / 96, 48 / 64]})
    take(one, square_at(1))
    one.memory.close()
    again, news = worker(tmp_path / "live.zarr", follow=True)
    assert [each["object"] for each in again.greeting()["followed"]] == [1]
    take(again, square_at(2))
    assert kinds(news, "seen")[0]["boxes"][0]["state"] == "present"
    again.memory.close()


def test_alerts_are_told() -> None:
    one, news = worker()
    done, jpeg = cv2.imencode(".jpg", scene(2)[..., ::-1])
    example = base64.b64encode(jpeg.tobytes()).decode()
    rule = one.answer("alert_add", {"rule": {"name": "a scene", "example": example}})
    take(one, *story([0, 1, 2]))
    (alert,) = kinds(news, "alert")
    assert done and (alert["rule"], alert["stream"]) == (rule["id"], "door")
    assert one.answer("alert_remove", {"id": rule["id"]}) and one.answer("alerts", {}) == []


def test_knows_no_other_verb() -> None:
    with pytest.raises(ObservationError, match="no verb 'format', there are find"):
        worker()[0].answer("format", {})
