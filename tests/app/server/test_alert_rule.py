"""A rule: there and back through JSON, defaults, and what it refuses."""

import json

import pytest

from streammem.app.server.alert_rule import AlertRule
from streammem.errors import ObservationError


def test_there_and_back_through_json():
    rule = AlertRule(
        id="a",
        name="door",
        example=b"\xff\xd8 jpeg",
        threshold=0.7,
        cooldown_s=5,
        stream="yard",
        webhook="phone",
        created_unix_s=1.5,
        fired_s={"yard": 12.25},
    )
    assert AlertRule.from_record(json.loads(json.dumps(rule.to_record()))) == rule


def test_words_are_enough():
    rule = AlertRule.from_record({"text": "bicycle", "stream": None})
    assert (rule.name, rule.threshold, rule.cooldown_s) == ("bicycle", 0.5, 60.0)
    assert rule.id and rule.id != AlertRule.from_record({"text": "bicycle"}).id
    assert rule.created_unix_s > 1e9 and rule.fired_s == {}
    assert AlertRule.from_record({"example": b"jpeg"}).name == "this"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"text": None}, "words or for an example"),
        ({"example": b"x"}, "words or for an example"),
        ({"text": "  "}, "1 to 200"),
        ({"text": "x" * 201}, "1 to 200"),
        ({"text": 7}, "text must be text"),
        ({"name": ""}, "1 to 80"),
        ({"name": ["x"]}, "name must be text"),
        ({"threshold": 0}, "above 0"),
        ({"threshold": 1.01}, "above 0"),
        ({"threshold": float("nan")}, "finite number"),
        ({"threshold": "0.5"}, "finite number"),
        ({"threshold": True}, "finite number"),
        ({"cooldown_s": -1}, "seconds"),
        ({"cooldown_s": float("inf")}, "finite number"),
        ({"stream": 3}, "stream must be text"),
        ({"fired_s": {"a": "b"}}, "times by stream"),
        ({"fired_s": []}, "times by stream"),
        ({"url": "http://x"}, "no url"),
        ({"text": None, "example": "?"}, "base64"),
        ({"text": None, "example": b"x" * 4_000_001}, "at most 4,000,000"),
    ],
)
def test_refuses(part, said):
    with pytest.raises(ObservationError, match=said):
        AlertRule.from_record({"text": "cat", "name": "cat"} | part)
