"""Videos are written, read back by PyAV, and finished or removed whatever goes wrong."""

import stat
from pathlib import Path

import av
import numpy as np
import pytest

from streammem.app.exits import UsageError
from streammem.app.video_writer import VideoWriter
from streammem.errors import ObservationError, OrderError
from streammem.perception.sources import open_source


def picture(i: int, height: int = 48, width: int = 64) -> np.ndarray:
    """A bright square that moves to the right over a blue slope."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 2] = np.linspace(40, 200, width).astype(np.uint8)
    rgb[10:30, 2 * i : 2 * i + 20] = (230, 200, 40)
    return rgb


def read(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        return [(float(f.pts * f.time_base), f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".mov", ".MP4"])
def test_there_and_back(tmp_path: Path, ending: str) -> None:
    with VideoWriter(tmp_path / f"out{ending}", fps=10, quality=10) as writer:
        for i in range(12):
            writer.write(picture(i))
    frames = read(writer.path)
    assert [round(t_s, 3) for t_s, _ in frames] == [round(i / 10, 3) for i in range(12)]
    for i, (_, rgb) in enumerate(frames):
        assert np.abs(rgb.astype(int) - picture(i)).mean() < 6
    assert [path.name for path in tmp_path.iterdir()] == [f"out{ending}"]


def test_each_frame_keeps_its_own_time(tmp_path: Path) -> None:
    times = [5.0, 5.04, 5.5, 5.501, 7.25]
    with VideoWriter(tmp_path / "out.mp4", fps=25) as writer:
        for i, t_s in enumerate(times):
            writer.write(picture(i), t_s)
    assert [t_s for t_s, _ in read(writer.path)] == pytest.approx([t_s - 5.0 for t_s in times], abs=2e-5)


def test_our_own_source_reads_it(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", fps=20) as writer:
        for i in range(5):
            writer.write(picture(i))
    with open_source(tmp_path / "out.mp4") as source:
        assert [round(each.t_s, 3) for each in source] == [0.0, 0.05, 0.1, 0.15, 0.2]


@pytest.mark.parametrize(
    ("size", "stored"),
    [((47, 63), (48, 64)), ((48, 63), (48, 64)), ((1, 1), (16, 16)), ((2, 300), (16, 300))],
)
def test_odd_and_tiny_sizes_are_padded(
    tmp_path: Path, size: tuple[int, int], stored: tuple[int, int]
) -> None:
    rgb = np.full((*size, 3), 120, np.uint8)
    with VideoWriter(tmp_path / "out.mp4") as writer:
        writer.write(rgb)
        writer.write(rgb)
    frames = read(writer.path)
    assert [rgb.shape[:2] for _, rgb in frames] == [stored, stored]
    assert all(np.abs(rgb.astype(int) - 120).max() < 8 for _, rgb in frames)


def test_frames_that_change_size_are_fitted_with_bars(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4") as writer:
        writer.write(np.full((48, 64, 3), 200, np.uint8))
        writer.write(np.full((96, 64, 3), 200, np.uint8))
    first, second = (rgb for _, rgb in read(writer.path))
    assert first.shape == second.shape == (48, 64, 3)
    assert second[:, :12].max() < 30 and second[:, 26:38].min() > 180


def test_an_error_in_the_block_leaves_what_was_written_playable(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="tracker"), VideoWriter(tmp_path / "out.mp4") as writer:
        for i in range(4):
            writer.write(picture(i))
        raise RuntimeError("the tracker broke")
    assert len(read(tmp_path / "out.mp4")) == 4


def test_without_frames_there_is_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"old")
    writer = VideoWriter(tmp_path / "out.mp4")
    writer.write(picture(0))
    assert (tmp_path / "out.mp4").read_bytes() == b"old"
    writer.close()
    writer.close()
    assert len(read(tmp_path / "out.mp4")) == 1


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="cannot be written"),
        VideoWriter(tmp_path / "no" / "out.mp4") as writer,
    ):
        writer.write(picture(0))


def test_a_failing_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out.mp4").write_bytes(b"old")
    writer = VideoWriter(tmp_path / "out.mp4")
    writer.write(picture(0))

    def full(self: VideoWriter, frame: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(VideoWriter, "_mux", full)
    with pytest.raises(OSError, match="No space left"):
        writer.write(picture(1))
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    assert (tmp_path / "out.mp4").read_bytes() == b"old"
    with pytest.raises(ObservationError, match="finished"):
        writer.write(picture(2))


def test_an_end_that_cannot_be_written_is_noted_on_the_first_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="tracker") as caught, VideoWriter(tmp_path / "out.mp4") as writer:
        writer.write(picture(0))
        monkeypatch.setattr(Path, "replace", _refuse)
        raise RuntimeError("the tracker broke")
    assert "cannot be finished" in caught.value.__notes__[0] and list(tmp_path.iterdir()) == []


def _refuse(self: Path, target: Path) -> Path:
    raise PermissionError("no")


def test_time_moves_forward(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4") as writer:
        writer.write(picture(0), 1.0)
        for bad in (1.0, 0.5, float("nan")):
            with pytest.raises(OrderError):
                writer.write(picture(1), bad)
        writer.write(picture(1), 1.5)
    assert len(read(writer.path)) == 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("out.avi", {}),
        ("out", {}),
        ("a.mp4", {"fps": 0}),
        ("a.mp4", {"fps": float("inf")}),
        ("a.mp4", {"quality": 52}),
    ],
)
def test_settings_that_make_no_video_are_refused(tmp_path: Path, name: str, options: dict) -> None:
    with pytest.raises(UsageError):
        VideoWriter(tmp_path / name, **options)


def test_a_frame_without_pixels_is_refused(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4") as writer, pytest.raises(ObservationError, match="no pixel"):
        writer.write(np.zeros((0, 5, 3), np.uint8))


def test_the_file_is_readable_by_others_as_usual(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with VideoWriter(tmp_path / "out.mp4") as writer:
        writer.write(picture(0))
    assert stat.S_IMODE(writer.path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
