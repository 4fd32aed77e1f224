"""`streammem report`: the memory as one page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import webbrowser
from importlib.resources import files
from pathlib import Path

from streammem import __version__
from streammem.app.album import Album, spread
from streammem.app.exits import Exit, UsageError
from streammem.app.map_report import map_content
from streammem.app.records import Record, event_record, evidence_record, info_record
from streammem.app.seen import everything_seen
from streammem.app.terminal import megabytes, say
from streammem.app.words import Sighting, words_seen
from streammem.stream import StreamMemory
from streammem.types import Event, Evidence

__all__ = ["page", "run_report"]

_MOST_THINGS = 24
_MOST_WORDS = 12
_MB = 1_000_000


def run_report(
    store: Path, *, output: Path | None, words: list[str] | None, pictures_mb: float, show: bool
) -> int:
    """Write the page and say where it is."""
    if not pictures_mb >= 0:
        raise UsageError(f"--pictures-mb must be at least 0, got {pictures_mb:g}")
    target = output or Path(f"{store.name.removesuffix('.zarr') or 'report'}.html")
    with StreamMemory.open(store, mode="r") as memory:
        text = page(memory, words=words, picture_bytes=int(pictures_mb * _MB))
    target.write_text(text, encoding="utf-8")
    say(f"Wrote {target} ({megabytes(len(text.encode()))}); open it in a browser.")
    if show:
        webbrowser.open(target.resolve().as_uri())
    return Exit.OK


def page(memory: StreamMemory, *, words: list[str] | None = None, picture_bytes: int = 8 * _MB) -> str:
    """The whole page as HTML. Everything that users named travels as data and is shown as text."""
    content = _content(memory, words, Album(picture_bytes))
    template = files("streammem.app").joinpath("report.html").read_text(encoding="utf-8")
    style = _inside(template, "style")
    script = _inside(template, "script")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    fields = {
        "title": html.escape(f"{_title(content)} · streammem"),
        "policy": html.escape(policy, quote=True),
        "memory": _as_data(content),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: fields[found[1]], template)


def _inside(template: str, tag: str) -> str:
    """The text of the template's only bare <tag>; its digest is what the page's policy lets run."""
    return template.split(f"<{tag}>", 1)[1].split(f"</{tag}>", 1)[0]


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _as_data(content: Record) -> str:
    """JSON in which no character can end the element that holds it."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _title(content: Record) -> str:
    names = [stream["name"] for stream in content["info"]["streams"]]
    if len(names) == 1:
        return str(names[0])
    return f"{len(names)} streams" if names else "An empty memory"


def _content(memory: StreamMemory, words: list[str] | None, album: Album) -> Record:
    events = memory.timeline()
    seen = everything_seen(memory, events)
    sightings = words_seen(memory, words)
    often = sorted(seen, key=lambda hit: (-len(hit.occurrences), -_seconds(hit), hit.t_s))[:_MOST_THINGS]
    # The order decides who gets a picture when room runs out: map, words, things, then events evenly in time.
    drawn = map_content(memory, album)
    word_records = [
        _word(memory, album, sighting) for sighting in sightings[: len(words or ()) or _MOST_WORDS]
    ]
    thing_records = [_thing(memory, album, hit, sightings) for hit in often]
    pictures = {place: album.add(memory.jpeg(event)) for place, event in spread(events)}
    info = info_record(memory.info())
    info["path"] = None if info["path"] is None else Path(info["path"]).name  # a page is for passing on
    return {
        "made_by": f"streammem {__version__}",
        "info": info,
        "events": [_event(event, pictures[place]) for place, event in enumerate(events)],
        "words": word_records,
        "things": thing_records,
        "map": drawn,
        "pictures": album.pictures,
        "left_out": album.left_out,
        "picture_bytes": album.limit,
    }


def _event(event: Event, picture: int | None) -> Record:
    return {**event_record(event), "picture": picture}


def _thing(memory: StreamMemory, album: Album, hit: Evidence, sightings: list[Sighting]) -> Record:
    named = [
        (other.score, sighting.word)
        for sighting in sightings
        for other in sighting.hits
        if other.exemplar == hit.exemplar
    ]
    words = [word for _, word in sorted(named, reverse=True)[:2]]
    return {
        **evidence_record(hit),
        "picture": album.add(memory.jpeg(hit)),
        "seconds": round(_seconds(hit), 3),
        "words": words,
    }


def _word(memory: StreamMemory, album: Album, sighting: Sighting) -> Record:
    return {
        **evidence_record(sighting.best),
        "picture": album.add(memory.jpeg(sighting.best)),
        "word": sighting.word,
        "times": len(sighting.visits),
        "occurrences": [[span.start_s, span.end_s] for span in sighting.visits],
    }


def _seconds(hit: Evidence) -> float:
    return sum(span.duration_s for span in hit.occurrences)
