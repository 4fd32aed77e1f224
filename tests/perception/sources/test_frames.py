"""Folders, arrays and iterables."""

import doctest
import importlib
import inspect
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from streammem.errors import ObservationError, OrderError, UnsupportedSourceError
from streammem.perception.sources import SourceOptions, open_source
from streammem.perception.sources.pace import Pace, Verdict
from streammem.perception.sources.size import fitted
from streammem.types import Intrinsics, Observation


def write(folder: Path, *names: str) -> Path:
    for n, name in enumerate(names):
        Image.fromarray(np.full((6, 8, 3), n, np.uint8)).save(folder / name)
    return folder


def bomb(path: Path, side: int) -> Path:
    """A PNG that claims `side` x `side` pixels and holds none."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def test_pictures_come_in_natural_order_at_their_rate(tmp_path: Path) -> None:
    write(tmp_path, "f10.png", "f9.png", "f1.png", ".hidden.png")
    (tmp_path / "notes.txt").write_text("x")
    with open_source(tmp_path, frame_rate=2.0) as source:
        assert [(each.t_s, int(each.rgb[0, 0, 0])) for each in source] == [(0.0, 2), (0.5, 1), (1.0, 0)]


def test_folder_takes_times(tmp_path: Path) -> None:
    with open_source(write(tmp_path, "a.png", "b.png"), times=[1.0, 9.5]) as source:
        assert [each.t_s for each in source] == [1.0, 9.5]
        assert source.duration_s == 8.5


def test_damaged_picture_is_skipped_and_counted(tmp_path: Path) -> None:
    write(tmp_path, "a.png", "b.png", "c.png", "d.jpg")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:45])
    (tmp_path / "c.png").write_bytes(b"no picture")
    with open_source(tmp_path, frame_rate=1.0) as source:
        assert [(each.t_s, each.index) for each in source] == [(0.0, 0), (3.0, 3)]
        assert source.skipped["picture"] == 2


@pytest.mark.parametrize("side", [9_500, 12_000, 60_000])
def test_decompression_bomb_is_not_decoded(tmp_path: Path, side: int) -> None:
    with pytest.raises(UnsupportedSourceError, match="pixels"):
        open_source(bomb(tmp_path / "bomb.png", side))
    write(tmp_path, "a.png")
    with open_source(tmp_path) as source:
        assert len(list(source)) == 1 and source.skipped["picture"] == 1


def test_folder_without_pictures_says_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "Images").mkdir()
    with pytest.raises(UnsupportedSourceError, match=r"open one of its folders \(Images\)"):
        open_source(tmp_path)
    with pytest.raises(UnsupportedSourceError, match="holds no pictures"):
        open_source(tmp_path / "Images")


def test_one_picture_is_one_frame(tmp_path: Path) -> None:
    path = write(tmp_path, "a.png") / "a.png"
    with open_source(path.rename(tmp_path / "a.mp4")) as source:  # whatever it is called
        assert [each.t_s for each in source] == [0.0]
        assert source.fps is None


def test_damaged_single_picture_is_refused_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "a.png") / "a.png"
    path.write_bytes(path.read_bytes()[:45])
    with pytest.raises(UnsupportedSourceError, match="cannot be read"):
        open_source(path)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1"])
def test_other_pictures_become_rgb(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode == "CMYK" else "png"
    Image.new("RGB", (8, 6), (255, 255, 255)).convert(mode).save(tmp_path / f"a.{suffix}")
    with open_source(tmp_path) as source:
        rgb = next(iter(source)).rgb
    assert rgb.shape == (6, 8, 3) and rgb.min() >= 250


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((6, 8), 32_768, np.uint16))
    with open_source(tmp_path) as source:
        assert next(iter(source)).rgb[0, 0].tolist() == [128, 128, 128]


def test_photo_is_turned_as_its_camera_was(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 60)).save(tmp_path / "a.jpg", exif=exif)
    with open_source(tmp_path, size=20) as source:
        assert next(iter(source)).rgb.shape == (20, 15, 3)


def test_array_is_not_copied() -> None:
    frames = np.zeros((3, 4, 6, 3), np.uint8)
    with open_source(frames, frame_rate=10.0) as source:
        assert all(np.shares_memory(each.rgb, frames) for each in source)


@pytest.mark.parametrize(
    "frames",
    [np.full((2, 4, 6, 3), np.nan), np.zeros((2, 4, 6), np.uint8), np.zeros((0, 4, 6, 3), np.uint8)],
    ids=["NaN", "grey", "none"],
)
def test_wrong_array_is_refused(frames: np.ndarray) -> None:
    with pytest.raises(ObservationError, match="uint8 of shape"):
        open_source(frames, frame_rate=1.0)


def test_array_needs_a_clock() -> None:
    frames = np.zeros((3, 4, 6, 3), np.uint8)
    with pytest.raises(ObservationError, match="frame_rate"):
        open_source(frames)
    with pytest.raises(ObservationError, match="3 finite times"):
        open_source(frames, times=[0.0, 1.0])
    with pytest.raises(ObservationError, match="NaN"):
        open_source(frames, times=[0.0, float("nan"), 1.0])
    with pytest.raises(OrderError, match="frame 2 at 1"):
        open_source(frames, times=[0.0, 1.0, 1.0])


def test_iterable_out_of_order_is_skipped_stream_by_stream(picture) -> None:
    given_ = [("a", 0.0), ("b", 5.0), ("a", 1.0), ("a", 1.0), ("b", 4.0), ("a", 0.5), ("b", 6.0)]
    items = [Observation(index=n, t_s=t, rgb=picture(n), stream=s) for n, (s, t) in enumerate(given_)]
    with open_source(items) as source:
        assert [(each.stream, each.t_s) for each in source] == [
            ("a", 0.0),
            ("b", 5.0),
            ("a", 1.0),
            ("b", 6.0),
        ]
        assert source.skipped["order"] == 3


def test_iterable_of_something_else_is_refused(picture) -> None:
    with (
        open_source(picture(n) for n in range(2)) as source,
        pytest.raises(ObservationError, match="yields ndarray"),
    ):
        next(iter(source))


def test_no_source_at_all_is_refused() -> None:
    with pytest.raises(UnsupportedSourceError, match="float is no source"):
        inspect.unwrap(open_source)(1.5)  # past the checks that only tests have


def test_everything_aligned_with_a_picture_shrinks_with_it(picture) -> None:
    camera = Intrinsics(fx=50, fy=50, cx=31.5, cy=23.5, width=64, height=48)
    depth = np.arange(48 * 64, dtype=np.float32).reshape(48, 64)
    item = Observation(
        index=0, t_s=0.0, rgb=picture(1), depth_m=depth, labels=depth.astype(np.int32), intrinsics=camera
    )
    with open_source([item], size=32) as source:
        small = next(iter(source))
    assert small.rgb.shape[:2] == small.depth_m.shape == small.labels.shape == (24, 32)
    assert set(np.unique(small.depth_m)) <= set(np.unique(depth))
    assert (small.intrinsics.fx, small.intrinsics.cx, small.intrinsics.width) == (25, 15.5, 32)


@given(
    st.lists(st.floats(-10, 1000), max_size=40),
    st.one_of(st.none(), st.floats(0.1, 50)),
    st.one_of(st.none(), st.floats(-5, 500)),
)
def test_pace_keeps_what_rises_inside_the_span_at_most_so_often(
    given_s: list[float], fps: float | None, start_s: float | None
) -> None:
    pace = Pace(SourceOptions(fps=fps, start_s=start_s))
    kept = [t for t in given_s if pace.judge(t) is Verdict.KEEP]
    assert kept == sorted(set(kept))
    assert all(t >= start_s for t in kept) if start_s is not None else True
    if kept and fps is not None:
        assert len(kept) <= (kept[-1] - kept[0]) * fps + 1 + 1e-3


@pytest.mark.parametrize("name", ["live", "network", "opening", "pace", "folder", "size"])
def test_examples_in_the_documentation_hold(name: str) -> None:
    module = importlib.import_module(f"streammem.perception.sources.{name}")
    done = doctest.testmod(module)
    assert done.attempted > 0 and done.failed == 0


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 3000))
def test_fitted_keeps_the_shape_and_never_enlarges(width: int, height: int, side: int) -> None:
    w, h = fitted(width, height, side)
    assert max(w, h) == min(side, max(width, height)) and min(w, h) >= 1
    assert abs(w * height - h * width) <= max(width, height)
