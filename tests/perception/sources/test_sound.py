"""Sound that travels with the frames."""

import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest

from streammem.perception.sources import open_source
from streammem.perception.sources.reader import heir
from streammem.perception.sources.sound import RATE_HZ, joined
from streammem.types import AudioChunk, Observation


def chunk(t_s: float, n: int, value: float = 0.0) -> AudioChunk:
    return AudioChunk(samples=np.full(n, value, np.float32), t_s=t_s)


def test_chunks_follow_each_other_and_end_at_their_frames(bunny: Path) -> None:
    with open_source(bunny, size=32) as source:
        seen = [(each.t_s, each.audio) for each in source]
    for (_, before), (_, after) in itertools.pairwise([each for each in seen if each[1] is not None]):
        assert after.t_s == pytest.approx(before.t_s + before.duration_s, abs=1e-6)
    for t_s, sound in seen[1:-1]:
        assert sound.t_s + sound.duration_s == pytest.approx(t_s, abs=1 / RATE_HZ)
        assert sound.samples.dtype == np.float32 and np.abs(sound.samples).max() <= 1


def test_together_they_are_the_whole_track(bunny: Path) -> None:
    with open_source(bunny, size=32) as source:
        heard = np.concatenate([each.audio.samples for each in source if each.audio is not None])
    player = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(bunny), "-vn", "-ac", "1", "-ar", "16000", "-f", "f32le", "-"],
        capture_output=True,
        check=True,
    ).stdout
    wanted = np.frombuffer(player, np.float32)
    n = min(len(heard), len(wanted))
    assert abs(len(heard) - len(wanted)) < 0.05 * RATE_HZ
    assert np.corrcoef(heard[:n], wanted[:n])[0, 1] > 0.999


def test_thinning_loses_no_sound(bunny: Path) -> None:
    def samples(**options: object) -> np.ndarray:
        with open_source(bunny, size=32, **options) as source:
            return np.concatenate([each.audio.samples for each in source if each.audio is not None])

    assert np.array_equal(samples(), samples(fps=3.0))


def test_seek_cuts_the_sound_at_the_same_place(tmp_path: Path, film) -> None:
    path = film(tmp_path / "film.mp4", [n * 0.04 for n in range(60)], sound=True)
    with open_source(path) as source:
        whole = np.concatenate([each.audio.samples for each in source if each.audio is not None])
    with open_source(path, start_s=1.0) as source:
        seen = list(source)
    first = next(each.audio for each in seen if each.audio is not None)
    assert first.t_s == pytest.approx(1.0, abs=1e-4)
    rest = np.concatenate([each.audio.samples for each in seen if each.audio is not None])
    at = round(first.t_s * RATE_HZ)
    assert np.corrcoef(rest[:8000], whole[at : at + 8000])[0, 1] > 0.999


def test_sound_can_be_left_out(bunny: Path) -> None:
    with open_source(bunny, size=32, audio=False, stop_s=0.5) as source:
        assert all(each.audio is None for each in source)


def test_two_tracks_of_each_kind_are_one_of_each(data_clips: Path) -> None:
    with open_source(data_clips / "nasa" / "nasa_13013.mp4", size=32, stop_s=2.0) as source:
        seen = list(source)
    assert sum(len(each.audio.samples) for each in seen if each.audio is not None) > 1.8 * RATE_HZ


def test_what_a_dropped_frame_leaves_goes_on_with_the_next() -> None:
    rgb = np.zeros((2, 2, 3), np.uint8)
    dropped = Observation(index=1, t_s=1.0, rgb=rgb, audio=chunk(0.9, 1600), gap_s=0.5)
    after = heir(dropped, Observation(index=2, t_s=1.1, rgb=rgb, audio=chunk(1.0, 1600)))
    assert after.audio.t_s == pytest.approx(0.9) and len(after.audio.samples) == 3200
    assert (after.index, after.gap_s) == (2, 0.5)


def test_only_the_last_seconds_are_kept_of_frames_that_nobody_takes() -> None:
    both = joined(chunk(0.0, 16_000, 1.0), chunk(1.0, 16_000, 2.0), most_s=1.5)
    assert both.t_s == pytest.approx(0.5) and len(both.samples) == 24_000
    assert both.samples[0] == 1.0 and both.samples[-1] == 2.0


def test_hole_in_the_sound_is_silence(tmp_path: Path, film) -> None:
    one = film(tmp_path / "one.ts", [n * 0.04 for n in range(25)], sound=True)
    two = film(tmp_path / "two.ts", [3 + n * 0.04 for n in range(25)])
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    with open_source(both) as source:
        heard = [each.audio for each in source if each.audio is not None]
    assert all(b.t_s == pytest.approx(a.t_s + a.duration_s, abs=1e-6) for a, b in itertools.pairwise(heard))
