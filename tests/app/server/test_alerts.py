"""Alerts: once a visit, a cool-down that only an alert spends, rules that come and go; on made-up and real pictures."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from memory.things import passing, thing

import streammem as sm
from streammem.app.server import alerts as module
from streammem.app.server.alerts import Alerts
from streammem.errors import ObservationError, SpaceError, VocabularyError
from streammem.heads.standing import Standing
from streammem.memory.sights import Sight
from streammem.types import BoundingBox, Changes, Evidence, Interval

NONE = Changes()
HIT = Evidence(
    t_s=1.0,
    score=0.9,
    space="text",
    store="episodic",
    exemplar=7,
    frame=3,
    interval=Interval(1, 2),
    occurrences=(Interval(1, 2),),
    box=BoundingBox(0.1, 0.2, 0.3, 0.4),
    snapshot=7,
)


class Question(Standing):
    """Sees what its memory was told."""

    def __init__(self, memory: "Scripted", text: str) -> None:
        self.memory, self.text = memory, text

    def sights(self, stream: str, since_s: float) -> list[Sight]:
        return [Sight("episodic", 0, (0,))]

    def score(self, sights) -> float:
        return self.memory.shows.get(self.text, 0.0)

    def evidence(self, sights) -> Evidence:
        return HIT


class Scripted(sm.StreamMemory):
    """No pictures: it shows what a test says."""

    def __init__(self) -> None:
        self.config, self.shows, self._store = sm.MemoryConfig(), {}, None

    def standing(self, *, image=None, text=None) -> Standing:
        if text == "unicorn":
            raise VocabularyError("no unicorn")
        return Question(self, text or "example")


def run(memory: Scripted, alerts: Alerts, times, shown, stream: str = "door") -> list[float]:
    """Times at which something fired, where `shown(t_s)` is how sure the memory is of a cat."""
    fired = []
    for t_s in times:
        memory.shows["cat"] = shown(t_s)
        fired += [alert["t_s"] for alert in alerts.check(stream, float(t_s), NONE)]
    return fired


def watching(**rule) -> tuple[Scripted, Alerts]:
    memory = Scripted()
    alerts = Alerts([], memory, clock=lambda: 1e9)
    alerts.add({"text": "cat", "cooldown_s": 0, **rule})
    return memory, alerts


def test_an_alert_says_what_when_and_where():
    memory, alerts = watching(name="The cat", webhook="phone")
    memory.shows["cat"] = 0.9
    (alert,) = alerts.check("door", 12.3456, NONE)
    (rule,) = alerts.rules()
    assert alert.pop("id") and alert == {
        "type": "alert",
        "rule": rule["id"],
        "name": "The cat",
        "webhook": "phone",
        "stream": "door",
        "t_s": 12.346,
        "score": 0.9,
        "box": [0.1, 0.2, 0.3, 0.4],
        "snapshot": 7,
        "picture_s": 1.0,
        "unix_s": 1e9,
    }
    assert rule["fired_s"] == {"door": 12.3456}


def test_a_lasting_sight_is_told_once():
    memory, alerts = watching()
    assert run(memory, alerts, np.arange(0, 600, 0.1), lambda t_s: 1.0) == [0]


def test_flicker_is_one_visit():
    memory, alerts = watching()
    assert run(memory, alerts, np.arange(0, 60, 0.1), lambda t_s: float(t_s % 2 < 0.5)) == [0]


def test_each_visit_is_told():
    memory, alerts = watching()
    assert run(memory, alerts, range(100), lambda t_s: float(t_s % 20 < 5)) == [0, 20, 40, 60, 80]


def test_the_cool_down_begins_with_an_alert_and_only_then():
    memory, alerts = watching(cooldown_s=30)
    assert run(memory, alerts, range(100), lambda t_s: float(t_s % 20 < 5)) == [0, 40, 80]


def test_a_visit_that_outlasts_the_cool_down_is_told_when_it_is_over():
    memory, alerts = watching(cooldown_s=30)
    assert run(memory, alerts, range(100), lambda t_s: float(t_s < 5 or t_s >= 20)) == [0, 30]


def test_rare_frames_are_one_visit_and_a_pause_ends_it():
    memory, alerts = watching()
    assert run(memory, alerts, range(0, 300, 30), lambda t_s: 1.0) == [0]
    memory, alerts = watching()
    assert run(memory, alerts, [0, 1, 2, 3600, 3601], lambda t_s: 1.0) == [0, 3600]


def test_only_what_is_sure_enough():
    memory, alerts = watching(threshold=0.8)
    assert run(memory, alerts, range(10), lambda t_s: 0.79 if t_s < 5 else 0.8) == [5]


def test_streams_have_their_own_visits():
    memory, alerts = watching(cooldown_s=1000)
    memory.shows["cat"] = 1.0
    fired = [alerts.check(name, 1.0, NONE) for name in ("door", "door", "yard")]
    assert [len(each) for each in fired] == [1, 0, 1]
    memory, alerts = watching(stream="yard")
    assert run(memory, alerts, range(3), lambda t_s: 1.0) == []
    assert run(memory, alerts, range(3), lambda t_s: 1.0, stream="yard") == [0]


def test_rules_come_and_go():
    memory, alerts = watching()
    made = alerts.add({"text": "dog", "stream": "yard"})
    assert [rule["name"] for rule in alerts.rules()] == ["cat", "dog"]
    assert alerts.rules()[1] == made and made["problem"] is None
    assert alerts.remove(made["id"]) and not alerts.remove(made["id"])
    assert [rule["name"] for rule in alerts.rules()] == ["cat"]
    memory.shows["dog"] = 1.0
    assert alerts.check("yard", 1.0, NONE) == []


def test_rules_outlive_a_restart_with_their_cool_down():
    memory, alerts = watching(cooldown_s=60)
    assert run(memory, alerts, range(3), lambda t_s: 1.0) == [0]
    again = Alerts(alerts.rules(), memory)
    assert again.rules() == alerts.rules()
    assert run(memory, again, [10, 59, 60, 61], lambda t_s: 1.0) == [60]


def test_a_rule_that_cannot_be_watched_for_any_more_is_kept_and_says_why(caplog):
    memory = Scripted()
    kept = {"id": "a", "name": "Horn", "text": "unicorn"}
    alerts = Alerts([kept, {"name": "broken"}, {"text": "cat"}], memory)
    horn, cat = alerts.rules()
    assert horn["problem"] == "no unicorn" and cat["problem"] is None
    assert "not readable" in caplog.text
    assert Alerts(alerts.rules(), memory).rules() == alerts.rules()
    assert run(memory, alerts, [1], lambda t_s: 1.0) == [1]


def test_refuses_what_it_cannot_watch_for(monkeypatch):
    _, alerts = watching(id="one")
    with pytest.raises(VocabularyError):
        alerts.add({"text": "unicorn"})
    with pytest.raises(ObservationError, match="already"):
        alerts.add({"text": "dog", "id": "one"})
    with pytest.raises(ObservationError, match="no picture"):
        alerts.add({"example": base64.b64encode(b"nothing").decode()})
    monkeypatch.setattr(module, "MOST_RULES", 1)
    with pytest.raises(ObservationError, match="remove one first"):
        alerts.add({"text": "dog"})
    assert len(alerts.rules()) == 1


def test_an_example_is_told_of_at_each_of_its_passings():
    memory = sm.StreamMemory.open(
        None, encoder="classic", config=sm.MemoryConfig(max_streams=2), budget="1 MB"
    )
    alerts = Alerts([], memory)
    example = base64.b64encode(cv2.imencode(".jpg", thing(1)[..., ::-1])[1].tobytes()).decode()
    alerts.add({"name": "that", "example": example, "cooldown_s": 0})
    with pytest.raises(SpaceError):
        alerts.add({"text": "cat"})
    fired = []
    for observation in passing([None, 1, None, 2, None, 1, None]):
        fired += alerts.check("main", observation.t_s, memory.observe(observation))
    assert [int(alert["t_s"]) // 4 for alert in fired] == [1, 5]  # of the seven turns
    assert all(alert["box"] is not None and alert["score"] >= 0.5 for alert in fired)


def fired_in(clip: Path, until_s: float, every: int, *words: str) -> list[tuple[str, int, bool]]:
    memory = sm.StreamMemory.open(None)
    alerts = Alerts([], memory)
    for text in words:
        alerts.add({"text": text, "cooldown_s": 0})
    fired = []
    for observation in sm.open_source(clip):
        if observation.t_s > until_s:
            break
        if observation.index % every:
            continue
        fired += alerts.check("main", observation.t_s, memory.observe(observation))
    return [(alert["name"], round(alert["t_s"]), alert["snapshot"] is not None) for alert in fired]


def test_a_bicycle_in_a_real_street_is_told_once(bikes):
    assert fired_in(bikes, 7, 1, "bicycle", "elephant") == [("bicycle", 5, True)]


@pytest.mark.data
def test_each_car_on_a_real_road_is_told_once(data_clips):
    told = fired_in(data_clips / "car-detection" / "video.mp4", 17, 3, "car", "bicycle")
    assert told == [("car", 6, True), ("car", 15, True)]
