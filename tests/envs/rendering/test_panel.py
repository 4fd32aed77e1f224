import numpy as np

from streammem.envs.rendering.panel import depth_picture, instance_picture, panel

RGB = np.full((30, 40, 3), 99, np.uint8)
DEPTH = np.linspace(0, 8, 1200, dtype=np.float32).reshape(30, 40)
IDS = np.arange(1200, dtype=np.int32).reshape(30, 40) % 50


def test_its_size_depends_on_sizes_alone():
    top = np.zeros((60, 90, 3), np.uint8)
    one = panel(RGB, DEPTH, IDS, top, ["a", "b"])
    two = panel(RGB * 2, DEPTH * 0, IDS + 3, top, ["something longer", ""])
    assert one.shape == two.shape
    assert one.dtype == np.uint8
    assert panel(RGB, DEPTH, IDS).shape[0] < one.shape[0]


def test_ids_keep_their_colours():
    one, two = instance_picture(IDS), instance_picture(IDS[:, ::-1].copy())
    np.testing.assert_array_equal(one, two[:, ::-1])
    assert len(np.unique(one.reshape(-1, 3), axis=0)) == 50
    assert not one[IDS == 0].any()


def test_near_is_bright_and_nothing_is_black():
    picture = depth_picture(np.array([[0, 0.5, 2, 5]], np.float32)).sum(axis=2)[0]
    assert picture[0] == 0
    assert (np.diff(picture[1:].astype(int)) < 0).all()
