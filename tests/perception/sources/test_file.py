"""Video files: the container's own times, exact seeks, and what happens to bad ones."""

import functools
import itertools
import subprocess
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from streammem.errors import SourceNotFoundError, UnsupportedSourceError
from streammem.perception.sources import open_source

EVEN = [n * 0.04 for n in range(80)]


def times(path: Path, **options: object) -> list[float]:
    with open_source(path, **options) as source:
        return [each.t_s for each in source]


@functools.cache
def clip_times(path: Path) -> list[float]:
    """The times of a real clip, read once."""
    return times(path, size=32, audio=False)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_variable_times_are_the_written_ones(tmp_path: Path, film, uneven, suffix: str) -> None:
    written = uneven(60)
    assert times(film(tmp_path / f"film.{suffix}", written)) == pytest.approx(written, abs=1e-9)


@pytest.mark.parametrize("pace", ["even", "uneven"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
def test_seek_is_what_a_full_pass_would_have_left(
    tmp_path: Path, film, uneven, suffix: str, pace: str
) -> None:
    if (suffix, pace) == ("avi", "uneven"):
        pytest.skip("AVI has one rate")
    written = EVEN if pace == "even" else uneven(80)
    codec = {"avi": "mpeg4"}.get(suffix, "libx264")
    path = film(tmp_path / f"film.{suffix}", written, codec=codec, gop=30)
    with open_source(path) as source:
        whole = list(source)
    rng = np.random.default_rng(1)
    wanted = [*rng.uniform(0, whole[-1].t_s, 6), 0.0, whole[31].t_s, whole[-1].t_s]
    for start_s in wanted:
        with open_source(path, start_s=float(start_s)) as source:
            found = list(source)
        rest = [each for each in whole if each.t_s >= start_s]
        assert [each.t_s for each in found] == [each.t_s for each in rest]
        assert np.array_equal(found[0].rgb, rest[0].rgb)
        assert found[0].index == 0


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_seek_past_the_end_is_empty_and_no_fault(tmp_path: Path, film, suffix: str) -> None:
    path = film(tmp_path / f"film.{suffix}", EVEN)
    for start_s in (EVEN[-1] + 0.001, 99.0):
        with open_source(path, start_s=start_s) as source:
            assert list(source) == []
            assert not source.skipped


def test_offset_of_the_container_is_taken_off_and_that_of_its_pictures_kept(tmp_path: Path, film) -> None:
    late = film(tmp_path / "late.mkv", [0.5, 0.6, 0.7], sound=True)  # the sound begins at 0
    assert times(late) == pytest.approx([0.5, 0.6, 0.7])
    shifted = film(tmp_path / "shifted.ts", [7.5, 7.6, 7.7])  # nothing before 7.5
    assert times(shifted) == pytest.approx([0.0, 0.1, 0.2])


def test_bare_stream_without_times_is_counted_at_its_rate(tmp_path: Path, film) -> None:
    path = tmp_path / "film.m4v"
    film(path, [n / 1000 for n in range(10)], codec="mpeg4", b_frames=0)
    found = times(path)
    assert len(found) >= 9 and all(a < b for a, b in itertools.pairwise(found))


def test_thinning_picks_by_time(tmp_path: Path, film, uneven) -> None:
    written = uneven(80)
    found = times(film(tmp_path / "film.mp4", written), fps=4.0)
    slots = [int(t * 4 + 1e-6) for t in found]
    assert len(set(slots)) == len(slots)
    assert set(slots) == {int(t * 4 + 1e-6) for t in written}
    assert set(found) <= set(written)


@pytest.mark.parametrize("backend", ["pyav", "decord"])
def test_seek_and_thinning_do_not_mind_their_order(tmp_path: Path, film, uneven, backend: str) -> None:
    path = film(tmp_path / "film.mp4", uneven(80))
    whole = times(path, fps=2.5, backend=backend)
    for start_s in (0.1, 1.0, whole[5], whole[5] + 1e-4, 3.3):
        assert times(path, fps=2.5, start_s=start_s, backend=backend) == [t for t in whole if t >= start_s]


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_phones_are_turned_upright(tmp_path: Path, film, rotation: int) -> None:
    path = film(tmp_path / "phone.mp4", [0.0, 0.1], rotation=rotation)
    with open_source(path, size=48) as source:
        small = next(iter(source)).rgb
    with open_source(path) as source:
        upright = next(iter(source)).rgb
    turned = rotation != 180
    assert upright.shape == ((64, 48, 3) if turned else (48, 64, 3))
    assert small.shape == ((48, 36, 3) if turned else (36, 48, 3))
    player = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            str(path),
            "-frames:v",
            "1",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-",
        ],
        capture_output=True,
        check=True,
    ).stdout
    shown = np.frombuffer(player, np.uint8).reshape(upright.shape)
    assert np.abs(shown.astype(int) - upright).mean() < 2


def test_size_may_change_on_the_way(tmp_path: Path, film) -> None:
    one = film(tmp_path / "one.ts", [0.0, 0.1, 0.2])
    two = film(tmp_path / "two.ts", [0.3, 0.4, 0.5], width=96, height=64)
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    with open_source(both) as source:
        shapes = [each.rgb.shape for each in source]
    assert shapes[0] == (48, 64, 3) and shapes[-1] == (64, 96, 3)


def test_time_that_runs_back_is_skipped_and_counted(tmp_path: Path, film) -> None:
    one = film(tmp_path / "one.ts", [0.0, 0.1, 0.2, 0.3])
    twice = tmp_path / "twice.ts"
    twice.write_bytes(one.read_bytes() * 2)  # the same clock again
    with open_source(twice) as source:
        found = [each.t_s for each in source]
        assert found == sorted(set(found))
        assert source.skipped["order"] >= 1


def test_cut_off_film_gives_all_that_is_left(tmp_path: Path, film, caplog: pytest.LogCaptureFixture) -> None:
    whole = film(tmp_path / "whole.mp4", EVEN, gop=10)
    indexed = tmp_path / "indexed.mp4"  # the index in front, as for the web
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(whole), "-c", "copy", "-movflags", "+faststart", str(indexed)],
        check=True,
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(indexed.read_bytes()[: int(indexed.stat().st_size * 0.6)])
    with open_source(cut) as source:
        found = [each.t_s for each in source]
        assert 20 < len(found) < 80 and found == pytest.approx(EVEN[: len(found)])
        assert source.skipped["truncated"] == 1
    assert "truncated" in caplog.text


def test_damage_in_the_middle_costs_only_what_it_hit(tmp_path: Path, film) -> None:
    path = film(tmp_path / "film.ts", EVEN, gop=5, b_frames=0)
    bytes_ = bytearray(path.read_bytes())
    middle = len(bytes_) // 2
    bytes_[middle : middle + 4000] = np.random.default_rng(0).bytes(4000)
    path.write_bytes(bytes_)
    found = times(path)
    assert len(found) > 40 and found[-1] == pytest.approx(EVEN[-1])


def bad_files(folder: Path) -> dict[str, Path]:
    paths = {name: folder / f"{name}.mp4" for name in ("empty", "text", "noise", "index lost")}
    paths["empty"].touch()
    paths["text"].write_text("this is no film\n" * 100)
    paths["noise"].write_bytes(np.random.default_rng(0).bytes(50_000))
    return paths


@pytest.mark.parametrize("backend", ["pyav", "decord"])
@pytest.mark.parametrize("name", ["empty", "text", "noise", "index lost"])
def test_what_is_no_film_is_refused(tmp_path: Path, film, name: str, backend: str) -> None:
    paths = bad_files(tmp_path)
    whole = film(tmp_path / "whole.mp4", EVEN).read_bytes()
    paths["index lost"].write_bytes(whole[: len(whole) // 2])
    text = "empty" if name == "empty" else "no video that FFmpeg can read"
    with pytest.raises(UnsupportedSourceError, match=text):
        open_source(paths[name], backend=backend)


def test_letters_are_not_drawn(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("hello\n" * 100)
    with pytest.raises(UnsupportedSourceError, match="no pictures"):
        open_source(notes)


def test_content_decides_not_the_name(tmp_path: Path, film) -> None:
    path = film(tmp_path / "film.mp4", [0.0, 0.1, 0.2])
    assert len(times(path.rename(tmp_path / "film.jpg"))) == 3


@pytest.mark.parametrize("cover", [False, True], ids=["plain", "with a cover"])
def test_song_is_refused_with_what_it_has(tmp_path: Path, cover: bool) -> None:
    song = tmp_path / "song.mp3"
    drawn = [
        "-f",
        "lavfi",
        "-i",
        "color=red:s=32x32:d=0.04",
        "-map",
        "0",
        "-map",
        "1",
        "-disposition:v",
        "attached_pic",
    ]
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "sine=d=1",
            *(drawn if cover else []),
            "-c:a",
            "libmp3lame",
            *(["-frames:v", "1", "-c:v", "png"] if cover else []),
            str(song),
        ],
        check=True,
    )
    with pytest.raises(UnsupportedSourceError, match="only sound"):
        open_source(song)


def test_film_without_a_frame_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    with pytest.raises(UnsupportedSourceError, match=r"without a single frame|no video"):
        open_source(path)


@pytest.mark.parametrize("name", ["", "x" * 300, "~nobody-of-this-name/a.mp4"], ids=["empty", "long", "home"])
def test_odd_names_are_not_found(name: str) -> None:
    with pytest.raises(SourceNotFoundError):
        open_source(name)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"nowhere\.mp4"):
        open_source(tmp_path / "nowhere.mp4")


def test_large_pictures_are_refused_unless_allowed(tmp_path: Path, film) -> None:
    path = film(tmp_path / "film.mp4", [0.0, 0.1])
    with pytest.raises(UnsupportedSourceError, match="64x48 pixels, more than pixel_limit=3071"):
        open_source(path, pixel_limit=3071)
    assert len(times(path, pixel_limit=3072)) == 2


def test_playlist_on_disk_opens_no_address(tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(UnsupportedSourceError):
        open_source(playlist)


def test_reading_waits_for_whoever_takes(tmp_path: Path, film) -> None:
    with open_source(film(tmp_path / "film.mp4", EVEN), buffer=3) as source:
        seen = iter(source)
        next(seen)
        assert sum(thread.name.startswith("source ") for thread in threading.enumerate()) == 1
        assert [each.index for each in seen] == list(range(1, 80))
        assert source.dropped == 0


@pytest.mark.data
def test_real_clips_keep_their_times(data_clips: Path) -> None:
    for name in (
        "traffic-camera/vfr.mp4",
        "traffic-camera/cfr.mp4",
        "nasa/nasa_13013.mp4",
        "pedestrians/vtest.avi",
    ):
        path = data_clips / name
        with av.open(str(path)) as container:
            stream = container.streams.best("video")
            base = stream.time_base
            wanted = sorted(
                float(packet.pts * base) for packet in container.demux(stream) if packet.pts is not None
            )
        assert clip_times(path) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("name", ["cfr", "vfr"])
def test_real_seeks_are_exact(data_clips: Path, name: str) -> None:
    path = data_clips / "traffic-camera" / f"{name}.mp4"
    whole = clip_times(path)
    for start_s in np.random.default_rng(2).uniform(0, whole[-1], 3):
        with open_source(path, start_s=float(start_s), size=32) as source:
            assert next(iter(source)).t_s == min(t for t in whole if t >= start_s)
