"""Folders of pictures and video become grounds and cut-outs; what cannot serve is left out and logged."""

import logging

import cv2
import numpy as np
import pytest

from streammem.errors import ObservationError
from streammem.perception.training.assets import CUTOUT_PX, RUN, SIDE_PX, load_assets


@pytest.fixture
def folders(tmp_path):
    grounds, cutouts = tmp_path / "grounds", tmp_path / "cutouts"
    for folder in (grounds, cutouts / "deeper"):
        folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    cv2.imwrite(str(grounds / "large.jpg"), rng.integers(0, 255, (1000, 1500, 3), np.uint8))
    thing = np.zeros((600, 500, 4), np.uint8)
    cv2.circle(thing, (250, 300), 200, (10, 20, 250, 255), -1)
    cv2.imwrite(str(cutouts / "deeper" / "disc.png"), thing)
    return grounds, cutouts


def test_pictures_are_rgb_and_no_larger_than_needed(folders):
    assets = load_assets([folders[0]], [folders[1]])
    ((ground,),) = assets.grounds
    assert min(ground.shape[:2]) == SIDE_PX
    (disc,) = assets.cutouts
    assert max(disc.shape[:2]) == CUTOUT_PX
    middle = disc[disc.shape[0] // 2, disc.shape[1] // 2]
    assert middle.tolist() == [250, 20, 10, 255]


def test_video_gives_runs_of_frames(folders):
    writer = cv2.VideoWriter(str(folders[0] / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    for i in range(60):
        writer.write(np.full((240, 320, 3), 4 * i, np.uint8))
    writer.release()
    runs = [run for run in load_assets([folders[0]], [folders[1]]).grounds if len(run) > 1]
    assert runs
    assert all(len(run) <= RUN and run[0].mean() <= run[-1].mean() for run in runs)


def test_what_cannot_serve_is_left_out(folders, caplog):
    (folders[0] / "broken.jpg").write_bytes(b"no picture")
    cv2.imwrite(str(folders[1] / "opaque.png"), np.full((100, 100, 4), 255, np.uint8))
    cv2.imwrite(str(folders[1] / "grey.png"), np.full((100, 100), 255, np.uint8))
    with caplog.at_level(logging.WARNING):
        assets = load_assets([folders[0]], [folders[1]])
    assert (len(assets.grounds), len(assets.cutouts)) == (1, 1)
    assert "broken.jpg" in caplog.text


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ObservationError, match="not a folder"):
        load_assets([tmp_path / "nowhere"], [tmp_path])
