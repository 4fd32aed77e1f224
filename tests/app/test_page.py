"""The page: whole in itself, safe whatever users name their things, and readable when empty or huge."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from streammem.app.album import Album, spread
from streammem.app.report import page

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>&\u2028'\""


class Tags(HTMLParser):
    """Every tag and attribute, as a browser's parser sees them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.seen if tag == name]


def data(text: str) -> dict[str, Any]:
    return json.loads(re.search(r'<script type="application/json" id="memory">(.*?)</script>', text, re.S)[1])


def test_page_loads_nothing_from_elsewhere(hand_made: Callable) -> None:
    text = page(hand_made())
    assert not re.search(r"https?:|ftp:|wss?:|@import|url\(|srcset|<link|<iframe|<base", text, re.I)
    assert all("src" not in attributes and "href" not in attributes for _, attributes in Tags(text).seen)
    assert all(picture.startswith("data:image/jpeg;base64,") for picture in data(text)["pictures"])


def test_policy_lets_only_the_pages_own_script_and_style_run(hand_made: Callable) -> None:
    text = page(hand_made())
    tags = Tags(text)
    policy = next(
        m["content"] for m in tags.named("meta") if m.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert not [
        name for _, attributes in tags.seen for name in attributes if name.startswith("on") or name == "style"
    ]


def test_names_cannot_become_markup(hand_made: Callable) -> None:
    calm, evil = page(hand_made(streams=["calm"])), page(hand_made(streams=[EVIL]))
    assert [tag for tag, _ in Tags(evil).seen] == [tag for tag, _ in Tags(calm).seen]
    assert data(evil)["info"]["streams"][0]["name"] == EVIL
    assert "alert(1)>" not in evil.replace("alert(1)&gt;", "")
    assert re.search(r"<title>(.*?)</title>", evil, re.S)[1].count("<") == 0


def test_braces_in_names_are_no_template_fields(hand_made: Callable) -> None:
    assert data(page(hand_made(streams=["{{policy}}"])))["info"]["streams"][0]["name"] == "{{policy}}"


def test_empty_memory_has_a_page(hand_made: Callable) -> None:
    text = page(hand_made(count=0))
    assert data(text)["events"] == [] and "An empty memory" in text


def test_words_carry_box_visits_and_score(hand_made: Callable) -> None:
    (word,) = data(page(hand_made(count=7)))["words"]  # the dog scores too low to be shown
    assert word["word"] == "bicycle" and word["score"] == 0.97 and word["times"] == 3
    assert word["box"] == {"left": 0.1, "top": 0.2, "right": 0.6, "bottom": 0.9}


def test_things_come_by_how_often_they_were_seen(hand_made: Callable) -> None:
    times = [thing["times"] for thing in data(page(hand_made(count=30)))["things"]]
    assert times == sorted(times, reverse=True) and times[0] == 10 and len(times) == 24


def test_pictures_stay_within_their_bytes_and_the_page_says_so(hand_made: Callable) -> None:
    text = page(hand_made(count=40), picture_bytes=4_000)
    content = data(text)
    assert sum(map(len, content["pictures"])) <= 4_000
    assert content["left_out"] == 8 - len(content["pictures"]) > 0
    shown = {event["picture"] for event in content["events"]} - {None}
    assert shown <= set(range(len(content["pictures"])))


def test_page_does_not_tell_where_the_store_lies(hand_made: Callable) -> None:
    assert data(page(hand_made()))["info"]["path"] == "store<b>.zarr"


def test_album_keeps_each_picture_once(hand_made: Callable) -> None:
    album = Album(10_000)
    memory = hand_made()
    numbers = [album.add(memory.jpeg(event)) for event in memory.timeline() * 2]
    assert numbers == [0, 1, 2, 3] * 2 and len(album.pictures) == 4 and album.add(None) is None


@pytest.mark.parametrize("count", [0, 1, 2, 5, 16, 100])
def test_spread_visits_everything_once_and_evenly(count: int) -> None:
    places = [place for place, _ in spread(range(count))]
    assert sorted(places) == list(range(count))
    half = sorted(places[: count // 2])
    gaps = [b - a for a, b in pairwise(half)]
    assert max(gaps, default=0) <= 4


@pytest.mark.parametrize("control", ["button", "input"])
def test_controls_have_names(hand_made: Callable, control: str) -> None:
    text = page(hand_made())
    for attributes in Tags(text).named(control):
        inside = re.search(rf'id="{attributes["id"]}"[^>]*>([^<]*)<', text)
        assert attributes.get("aria-label") or (inside and inside[1].strip())
