"""DAVIS-style folders, the procedural split, baselines, and the whole benchmark run."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.vos.__main__ import main
from benchmarks.vos.baselines import CopyMask, FlowMask, Tracker
from benchmarks.vos.procedural import SCENES, procedural_split
from benchmarks.vos.runs import run
from benchmarks.vos.scoring import mean_marks
from benchmarks.vos.textures import packaged
from benchmarks.vos.videos import MaskedVideo, Truth, find_videos
from streammem.heads.label_pictures import write_labels

SIZE = (40, 60)


def labelled(i: int) -> np.ndarray:
    labels = np.zeros(SIZE, np.int32)
    labels[10:20, 5 + i : 20 + i], labels[25:35, 30:45] = 1, 2
    return labels


def save_frames(pictures: Path, masks: Path, frames: int = 4) -> None:
    pictures.mkdir(parents=True)
    masks.mkdir(parents=True)
    for i in range(frames):
        grey = np.repeat(labelled(i)[..., None] * 80, 3, axis=2).astype(np.uint8)
        cv2.imwrite(str(pictures / f"{i:05d}.jpg"), grey)
        write_labels(masks / f"{i:05d}.png", labelled(i))


@pytest.mark.parametrize(
    ("pictures", "masks"),
    [
        ("JPEGImages/480p/one", "Annotations/480p/one"),
        ("JPEGImages/one", "Annotations/one"),
        ("one/Images", "one/Masks"),
        ("one/JPEGImages", "one/Annotations"),
    ],
)
def test_known_layouts(tmp_path: Path, pictures: str, masks: str) -> None:
    save_frames(tmp_path / pictures, tmp_path / masks)
    (video,) = find_videos(tmp_path)
    assert (video.name, video.length, video.scored()) == ("one", 4, [1, 2])
    assert np.array_equal(video.first(), labelled(0)) and video.frame(3).shape == (*SIZE, 3)


def test_a_folder_that_is_one_sequence(tmp_path: Path) -> None:
    save_frames(tmp_path / "one" / "Images", tmp_path / "one" / "Masks")
    assert [video.name for video in find_videos(tmp_path / "one")] == ["one"]


def test_names_are_chosen_and_missing_ones_said(tmp_path: Path) -> None:
    for name in ("b", "a"):
        save_frames(tmp_path / "JPEGImages" / name, tmp_path / "Annotations" / name)
    assert [video.name for video in find_videos(tmp_path)] == ["a", "b"]
    assert [video.name for video in find_videos(tmp_path, ["b"])] == ["b"]
    with pytest.raises(FileNotFoundError, match=r"no sequences \['c'\]"):
        find_videos(tmp_path, ["c"])
    with pytest.raises(FileNotFoundError, match="expected JPEGImages"):
        find_videos(tmp_path / "JPEGImages")


def test_frames_without_a_mask_do_not_count(tmp_path: Path) -> None:
    save_frames(tmp_path / "Images", tmp_path / "Masks", frames=6)
    (tmp_path / "Masks" / "00003.png").unlink()
    assert find_videos(tmp_path)[0].scored() == [1, 2, 4]


def test_white_is_an_object_only_where_all_masks_are_black_and_white(tmp_path: Path) -> None:
    save_frames(tmp_path / "Images", tmp_path / "Masks")
    for i in range(4):
        Image.fromarray(np.uint8(labelled(i) == 1) * 255).save(tmp_path / "Masks" / f"{i:05d}.png")
    video = find_videos(tmp_path)[0]
    assert np.unique(video.first()).tolist() == [0, 1] and "white is object 1" in video.note
    Image.fromarray(np.uint8(labelled(0))).save(tmp_path / "Masks" / "00000.png")
    truth = find_videos(tmp_path)[0].truth(1)
    assert truth is not None and truth.void.any() and not truth.labels.any()


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "length", "size"), [("car-shadow", 40, (480, 854)), ("bmx-trees", 80, (240, 432))]
)
def test_clips_of_the_data_folder(data_clips: Path, name: str, length: int, size: tuple[int, int]) -> None:
    (video,) = find_videos(data_clips, [name])
    assert video.length == length and len(video.scored()) == length - 2
    assert video.first().shape == video.frame(0).shape[:2] == size
    assert np.unique(video.first()).tolist() == [0, 1]


def small_split(seed: int = 0) -> list[MaskedVideo]:
    return procedural_split(seed=seed, frames=6, size=(96, 160), textures="painted", scenes=SCENES[:2])


def test_one_seed_makes_one_split() -> None:
    first, again, other = small_split(), small_split(), small_split(1)
    for a, b, c in zip(first, again, other, strict=True):
        assert np.array_equal(a.frame(5), b.frame(5)) and not np.array_equal(a.frame(5), c.frame(5))


def test_scenes_have_their_objects_and_their_trouble() -> None:
    split = procedural_split(frames=40, size=(60, 108), textures="painted")
    for scene, video in zip(SCENES, split, strict=True):
        assert np.unique(video.first()).tolist() == list(range(scene.objects + 1))
        assert len(video.scored()) == 38
    areas = {
        video.name: np.array([[np.count_nonzero(_labels(video, i) == k) for k in (1, 2)] for i in range(40)])
        for video in split
    }
    gone = areas["leaving"][:, 1] == 0
    assert gone.any() and not gone[0] and not gone[-1]
    assert areas["pillars"][:, 0].min() < 0.5 * areas["pillars"][0, 0]
    light = [video.frame(39).mean() / video.frame(0).mean() for video in split if video.name == "dusk"]
    assert light[0] < 0.6


def _labels(video: MaskedVideo, i: int) -> np.ndarray:
    truth = video.truth(i)
    assert truth is not None
    return truth.labels


def test_packaged_pictures_are_there() -> None:
    pictures = packaged()
    assert len(pictures) == 11 and all(
        picture.std() > 10 and min(picture.shape[:2]) > 100 for picture in pictures
    )


def moving_square(step: int, frames: int = 6) -> MaskedVideo:
    """A textured square over a plain ground, moving to the right."""
    texture = np.random.default_rng(0).integers(0, 256, (24, 24, 3)).astype(np.uint8)
    texture = cv2.GaussianBlur(texture, (0, 0), 1.5)

    def labels(i: int) -> np.ndarray:
        labels = np.zeros((80, 120), np.int32)
        labels[30:54, 20 + step * i : 44 + step * i] = 3
        return labels

    def frame(i: int) -> np.ndarray:
        rgb = np.full((80, 120, 3), 128, np.uint8)
        rgb[labels(i) > 0] = texture.reshape(-1, 3)
        return rgb

    def truth(i: int) -> Truth:
        return Truth(labels=labels(i), void=np.zeros((80, 120), bool))

    return MaskedVideo(name="square", length=frames, frame=frame, truth=truth)


@pytest.mark.parametrize("kind", [CopyMask, FlowMask])
def test_baselines_keep_what_does_not_move(kind: type[Tracker]) -> None:
    done = run("x", kind(), moving_square(0))
    assert (done.objects, done.scored, done.frames) == ((3,), (1, 2, 3, 4), 5)
    assert mean_marks(done.marks())[0] > 0.99


def test_flow_follows_what_moves_and_copy_does_not() -> None:
    video = moving_square(4)
    flow, copy = (mean_marks(run("x", kind(), video).marks())[1] for kind in (FlowMask, CopyMask))
    assert flow > 0.9
    # Copied: 24 wide, i frames later 24 - 4i shared and 24 + 4i in all.
    assert copy == pytest.approx(np.mean([(24 - 4 * i) / (24 + 4 * i) for i in range(1, 5)]))


def test_a_tracker_can_start_again() -> None:
    for tracker in (CopyMask(), FlowMask()):
        first = run("x", tracker, moving_square(2)).j
        assert np.array_equal(run("x", tracker, moving_square(2)).j, first)
        tracker.start(np.zeros((20, 16, 3), np.uint8), np.ones((20, 16), np.int32))
        assert tracker.step(np.zeros((20, 16, 3), np.uint8)).tolist() == [[1] * 16] * 20


def test_too_short_or_empty_sequences_are_refused() -> None:
    with pytest.raises(ValueError, match="three frames"):
        run("x", CopyMask(), moving_square(1, frames=2))
    nothing = Truth(labels=np.zeros((4, 4), np.int32), void=np.zeros((4, 4), bool))
    empty = MaskedVideo(
        name="e", length=3, frame=lambda i: np.zeros((4, 4, 3), np.uint8), truth=lambda i: nothing
    )
    with pytest.raises(ValueError, match="no object to follow"):
        run("x", CopyMask(), empty)


def test_the_benchmark_runs_on_folders_and_writes_everything(tmp_path: Path) -> None:
    save_frames(tmp_path / "in" / "Images", tmp_path / "in" / "Masks")
    (clips,) = main(
        ["--split", "clips", "--data", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--masks"]
    )
    assert [*clips.runs] == ["copy", "flow", "streammem"]
    record = json.loads((tmp_path / "out" / "vos.json").read_text())
    copy = record["splits"][0]["trackers"][0]
    assert copy["sequences"][0]["objects"][1] == {"id": 2, "J&F": 1.0, "J": 1.0, "F": 1.0}
    assert copy["J"] == pytest.approx((copy["sequences"][0]["objects"][0]["J"] + 1) / 2, abs=1e-3)
    assert (tmp_path / "out" / "vos.png").stat().st_size > 1000
    assert len(list((tmp_path / "out" / "masks" / "flow" / "in").iterdir())) == 4


@pytest.mark.parametrize("bad", [["--tracker", "magic"], ["--tracker", ","], ["--split", "davis"]])
def test_unknown_names_are_refused(bad: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(bad)
    assert "choose from" in capsys.readouterr().err
