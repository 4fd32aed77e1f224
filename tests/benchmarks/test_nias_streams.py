"""Composition: everything follows from the seed, and the script says what the pictures show."""

import itertools

import numpy as np
import pytest

from benchmarks.nias.clips import Clip, ClipSet, fingerprint, load_clips, procedural
from benchmarks.nias.object_streams import object_probes, object_stream
from benchmarks.nias.probes import ProbeConfig, picture_probes
from benchmarks.nias.streams import StreamConfig, frames_stream

SHORT = StreamConfig.of_length(0.03)


def flat(name: str, grey: int, n: int = 40) -> Clip:
    return Clip(name=name, frames=np.full((n, 90, 160, 3), grey, np.uint8), rate_hz=10.0, real=True)


def test_a_seed_makes_the_same_pictures_in_any_order() -> None:
    one, two = (frames_stream(SHORT, ClipSet(), 5) for _ in range(2))
    later = two.picture(90)
    assert (one.picture(3) == two.picture(3)).all()
    assert (one.picture(90) == later).all()
    assert (one.picture(3) != frames_stream(SHORT, ClipSet(), 6).picture(3)).any()


def test_needles_are_where_the_script_says() -> None:
    clips = ClipSet(needles=(flat("white", 250),), backgrounds=())
    config = StreamConfig(hours=0.02, needles=1, absent=0, noise=0.5, brightness=0.0)
    stream = frames_stream(config, clips, 0)
    shown = stream.truth(stream.present[0])
    bright = [stream.picture(i).min() > 235 for i in range(len(stream.times))]
    inside = [any(span.start_s <= t_s < span.end_s for span in shown) for t_s in stream.times]
    assert shown
    assert bright == inside


def test_needles_keep_apart_and_absent_ones_stay_away() -> None:
    stream = frames_stream(StreamConfig(hours=0.5), ClipSet(), 1)
    spans = [shown.interval for shown in stream.needles]
    assert all(b.start_s - a.end_s >= 9.0 for a, b in itertools.pairwise(spans))
    assert not {clip.name for clip in stream.absent} & {shown.clip.name for shown in stream.needles}
    assert len(stream.absent) == 8


def test_probes_are_of_moments_that_were_not_shown() -> None:
    ramp = np.broadcast_to(np.arange(100, dtype=np.uint8)[:, None, None, None], (100, 90, 160, 3))
    clip = Clip(name="ramp", frames=ramp, rate_hz=10.0, real=True)
    config = StreamConfig(hours=0.02, needles=1, absent=0, noise=0.0, brightness=0.0)
    stream = frames_stream(config, ClipSet(needles=(clip,)), 0)
    seen = {
        int(stream.picture(i)[45, 80, 0])
        for i, t_s in enumerate(stream.times)
        if stream.at(t_s).clip.name == "ramp"
    }
    probes = picture_probes(stream, ProbeConfig(a_clip=20, brightness=0.0))
    assert seen
    assert not seen & {int(probe.picture[45, 80, 0]) for probe in probes}


def test_too_many_needles_say_so() -> None:
    with pytest.raises(ValueError, match="fewer needles or more hours"):
        frames_stream(StreamConfig(hours=0.01), ClipSet(), 0)


def test_a_clip_is_played_to_and_fro() -> None:
    clip = flat("clip", 0, n=4)
    assert [clip.index(step / 10) for step in range(8)] == [0, 1, 2, 3, 2, 1, 0, 1]


def test_a_folder_of_clips_is_read(tmp_path) -> None:
    import cv2

    for i in range(6):
        for kind, grey in (("Images", 200), ("Masks", 255)):
            place = tmp_path / "thing" / kind
            place.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place / f"{i:03}.png"), np.full((36, 64, 3), grey, np.uint8))
    before = fingerprint(tmp_path)
    clips = load_clips(tmp_path, (32, 18))
    assert [(clip.name, clip.frames.shape, clip.masks.all()) for clip in clips.needles] == [
        ("thing", (6, 18, 32, 3), True)
    ]
    cv2.imwrite(str(tmp_path / "thing" / "Images" / "006.png"), np.zeros((36, 64, 3), np.uint8))
    assert fingerprint(tmp_path) != before


def test_packaged_clips_are_found_without_a_folder(bikes) -> None:
    from benchmarks.nias.clips import _packaged

    assert bikes in _packaged()


def test_objects_are_where_their_boxes_say() -> None:
    config = StreamConfig(
        hours=0.02, needles=3, absent=1, appearances=(1,), shares=(1.0,), apart_s=2.0, noise=0.0
    )
    shown = object_stream(config, ClipSet(), 2)
    spans = [showing.interval for showing in shown.stream.needles]
    for i, t_s in enumerate(shown.times):
        box = shown.picture(i)[1]
        assert (box is not None) == any(span.start_s <= t_s < span.end_s for span in spans)
        assert box is None or 0.02 < box.area < 0.2
    probes = list(object_probes(shown, a_thing=1))
    assert [bool(probe.truth) for probe in probes] == [False, True, True]
    assert all(probe.boxes for probe in probes if probe.truth)


def test_procedural_scenes_move() -> None:
    clip = procedural("scene", np.random.default_rng(0), (64, 36), 2.0)
    assert len(clip.frames) == 20
    assert (clip.frames[0] != clip.frames[19]).any()
