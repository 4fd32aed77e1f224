"""Alerts over many visits: as many as there are, and nothing that grows with them."""

import base64
import gc
import tracemalloc
from typing import Any

import cv2
import numpy as np
from memory.things import texture

import streammem as sm
from streammem.app.server.alerts import Alerts
from streammem.heads import standing

TURN, SCENES = 6, 5
NONE = sm.Changes()


def scene(number: int) -> np.ndarray:
    return texture(number, (54, 96), cells=4)


def rule(number: int) -> dict[str, Any]:
    png = cv2.imencode(".png", scene(number)[..., ::-1])[1].tobytes()
    example = base64.b64encode(png).decode()
    return {"name": str(number), "example": example, "threshold": 0.9, "cooldown_s": 0}


def small_memory() -> sm.StreamMemory:
    config = sm.MemoryConfig(max_streams=2, objects=None)
    return sm.StreamMemory.open(None, encoder="classic", config=config, budget="400 kB")


def test_as_many_alerts_as_visits(monkeypatch):
    monkeypatch.setattr(standing, "MOST_KNOWN", 4)
    memory, fired = small_memory(), []
    alerts = Alerts([rule(0), rule(3)], memory)
    for index in range(30 * TURN):
        turn = index // TURN
        observation = sm.Observation(index=index, t_s=index / 2, rgb=scene(turn % SCENES))
        changes = memory.observe(observation)
        fired += [(alert["name"], turn) for alert in alerts.check("main", observation.t_s, changes)]
    assert fired == [(str(turn % SCENES), turn) for turn in range(30) if turn % SCENES in (0, 3)]
    for watch in alerts._watches.values():
        assert watch.question is not None and len(watch.question._known) <= 4
        assert list(watch.visits) == ["main"] and list(watch.rule.fired_s) == ["main"]


def test_a_lasting_sight_leaves_nothing_behind():
    memory = small_memory()
    memory.observe(sm.Observation(index=0, t_s=10_000.0, rgb=scene(0)))
    alerts = Alerts([rule(0), rule(1)], memory)

    def check(first: int, last: int) -> int:
        return sum(len(alerts.check("main", at / 10, NONE)) for at in range(first, last))

    fired = check(0, 100)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        fired += check(100, 1000)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert fired == 1 and after - before < 20_000
