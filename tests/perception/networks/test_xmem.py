import copy

import numpy as np
import pytest
import torch
from torch.nn import functional

from streammem.errors import ObservationError
from streammem.perception.networks import (
    InferenceNetwork,
    SegmentationNetwork,
    XMemConfig,
    XMemNetwork,
    aggregate,
    inference,
    load_network,
)
from streammem.perception.networks.folding import fold_norms, fuse_keys, split_shared, use_products

HEIGHT, WIDTH = 48, 64
CELLS = (HEIGHT // 16, WIDTH // 16)


@pytest.fixture(scope="module")
def given(small):
    """A frame, masks, readouts and hidden states of three objects."""
    rng = torch.Generator().manual_seed(1)
    return {
        "image": torch.randn(3, HEIGHT, WIDTH, generator=rng),
        "masks": torch.rand(3, HEIGHT, WIDTH, generator=rng) / 3,
        "readout": torch.randn(3, small.value_dim, *CELLS, generator=rng),
        "hidden": torch.randn(3, small.hidden_dim, *CELLS, generator=rng).tanh(),
    }


def everything(network, given, objects=slice(None)):
    """All outputs by name."""
    features = network.encode_key(given["image"], shrinkage=True, selection=True)
    hidden = given["hidden"][objects] if network.hidden_dim else None
    value, deep = network.encode_value(given["image"], features, hidden, given["masks"][objects], deep=True)
    renewed, probability = network.decode(features, given["readout"][objects], hidden, update=True)
    found = {"key": features.key, "shrinkage": features.shrinkage, "selection": features.selection}
    found |= {
        "f16": features.f16,
        "f8": features.f8,
        "f4": features.f4,
        "value": value,
        "probability": probability,
    }
    return found | ({"deep": deep, "renewed": renewed} if hidden is not None else {})


def assert_same(found, expected, relative):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].shape == value.shape
        error = (found[name] - value).abs().max() / value.abs().max()
        assert error <= relative, f"{name}: {error:.1e}"


@pytest.mark.parametrize("rewrite", [fold_norms, fuse_keys, split_shared, use_products])
def test_each_rewrite_leaves_the_outputs_equal(small, given, rewrite):
    network = copy.deepcopy(small)
    rewrite(network)
    with torch.inference_mode():
        expected, found = everything(small, given), everything(network, given)
    assert_same(found, expected, 2e-5)


def test_the_inference_form_equals_the_plain_one(small, given):
    with torch.inference_mode():
        expected = everything(small, given)
    assert_same(everything(InferenceNetwork(small), given), expected, 2e-5)


@pytest.mark.parametrize(
    "config",
    [
        XMemConfig(key_dim=8, value_dim=32, hidden_dim=0),
        XMemConfig(key_dim=8, value_dim=32, hidden_dim=16, single_object=True),
    ],
    ids=["no sensory memory", "single object"],
)
def test_variants(config):
    network = InferenceNetwork(XMemNetwork(config))
    assert isinstance(network, SegmentationNetwork)
    rng = torch.Generator().manual_seed(0)
    image = torch.randn(3, 32, 32, generator=rng)
    hidden = torch.zeros(2, 16, 2, 2) if config.hidden_dim else None
    features = network.encode_key(image, shrinkage=False, selection=False)
    assert features.shrinkage is None and features.selection is None
    value, deep = network.encode_value(
        image, features, hidden, torch.rand(2, 32, 32, generator=rng), deep=True
    )
    renewed, probability = network.decode(features, value, hidden, update=True)
    assert value.shape == (2, 32, 2, 2) and probability.shape == (2, 32, 32)
    assert (deep is None) == (renewed is None) == (config.hidden_dim == 0)


def test_objects_do_not_see_each_other_but_for_their_masks(small, given):
    """Decoding n objects at once is decoding each; a value sees the others only as the sum of their masks."""
    network = InferenceNetwork(small)
    together = everything(network, given)
    for i in range(3):
        alone = everything(network, given, slice(i, i + 1))
        for name in ("probability", "renewed"):
            torch.testing.assert_close(together[name][i : i + 1], alone[name], atol=1e-5, rtol=1e-4)
    features = network.encode_key(given["image"], shrinkage=False, selection=False)
    first, second, third = given["masks"]
    merged, _ = network.encode_value(
        given["image"], features, given["hidden"][:2], torch.stack([first, second + third]), deep=False
    )
    torch.testing.assert_close(together["value"][0], merged[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_objects_go_through_in_groups(small, given, at_once):
    network = copy.deepcopy(small)
    network.objects_at_once = at_once
    with torch.inference_mode():
        assert_same(everything(network, given), everything(small, given), 1e-5)


def test_no_objects_give_nothing(small, given):
    found = everything(InferenceNetwork(small), given, slice(0, 0))
    assert found["value"].shape == (0, 128, *CELLS) and found["renewed"].shape == (0, 16, *CELLS)
    assert found["probability"].shape == (0, HEIGHT, WIDTH)


def test_hidden_states_stay_unless_they_are_to_be_renewed(small, given):
    network = InferenceNetwork(small)
    features = network.encode_key(given["image"], shrinkage=False, selection=False)
    _, deep = network.encode_value(given["image"], features, given["hidden"], given["masks"], deep=False)
    renewed, _ = network.decode(features, given["readout"], given["hidden"], update=False)
    assert torch.equal(deep, given["hidden"]) and torch.equal(renewed, given["hidden"])


def test_bad_sizes_say_what_to_do(small, given):
    with pytest.raises(ObservationError, match="47x64 .* pad it with zeros to 48x64"):
        small.encode_key(given["image"][:, :47], shrinkage=False, selection=False)
    with pytest.raises(ObservationError, match="0x0"):
        small.encode_key(torch.zeros(3, 0, 0), shrinkage=False, selection=False)
    features = small.encode_key(given["image"], shrinkage=False, selection=False)
    with pytest.raises(ObservationError, match=r"masks of \(47, 64\) for a frame of \(48, 64\)"):
        small.encode_value(given["image"], features, given["hidden"], given["masks"][:, :47], deep=False)
    for readout in (given["readout"][:, :5], given["readout"][..., :3]):
        with pytest.raises(ObservationError, match="readouts of shape"):
            small.decode(features, readout, given["hidden"], update=False)
    for hidden in (None, given["hidden"][:2]):
        with pytest.raises(ObservationError, match="hidden state of shape"):
            small.decode(features, given["readout"], hidden, update=False)


@pytest.mark.parametrize("dims", [{"key_dim": 0}, {"value_dim": 15}, {"hidden_dim": -1}])
def test_impossible_dimensions_are_refused(dims):
    with pytest.raises(ValueError, match="at least"):
        XMemConfig(**dims)


@pytest.mark.parametrize(
    ("features", "arithmetic", "tolerance"),
    [
        ({"amx_bf16"}, torch.bfloat16, 0.08),
        ({"avx512_bf16", "AuthenticAMD"}, torch.bfloat16, 0.08),
        ({"avx512_vnni", "GenuineIntel", "avx512_bf16"}, torch.int8, 0.08),
    ],
)
def test_fast_mode_is_close(small, given, monkeypatch, features, arithmetic, tolerance):
    monkeypatch.setattr(inference, "_cpu_features", lambda: frozenset(features))
    network = InferenceNetwork(small, fast=True)
    assert network.arithmetic == arithmetic
    with torch.inference_mode():
        expected = everything(small, given)
    found = everything(network, given)
    assert all(
        found[name].dtype == torch.float32 for name in ("key", "shrinkage", "selection", "value", "renewed")
    )
    assert_same(found, expected, tolerance)


def test_fast_mode_says_where_it_is_not_faster(small, monkeypatch, caplog):
    monkeypatch.setattr(inference, "_cpu_features", lambda: frozenset({"avx512_bf16", "GenuineIntel"}))
    assert InferenceNetwork(small, fast=True).arithmetic == torch.float32
    assert "no faster arithmetic" in caplog.text


def test_compiling_without_a_compiler_says_so_and_goes_on(small, given, monkeypatch, caplog):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CXX", raising=False)
    network = InferenceNetwork(small, compiled=True)
    assert not network.compiled and "no C++ compiler" in caplog.text
    assert network.encode_key(given["image"], shrinkage=False, selection=False).key.shape == (8, *CELLS)


@pytest.fixture(scope="module")
def probe(kit):
    return {name: torch.from_numpy(value) for name, value in np.load(kit / "probe_clip1.npz").items()}


def test_the_originals_tensors(kit, recipe_weights, probe):
    """Errors of the original between two of its own runs in other layouts are of this size (docs/segmentation.md)."""
    network = load_network(recipe_weights)
    clip = np.load(kit / "clip1_in.npz")
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])

    def padded(x):
        rows, columns = -x.shape[1] % 16, -x.shape[2] % 16
        return functional.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))

    first, second = (
        padded(((torch.from_numpy(clip["frames"][i]) / 255 - mean) / std).permute(2, 0, 1))
        for i in clip["order"][:2]
    )
    masks = torch.stack([torch.from_numpy(clip["event_mask"][0] == label).float() for label in (1, 2)])
    features = network.encode_key(first, shrinkage=True, selection=True)
    hidden = torch.zeros(2, 64, *features.key.shape[1:])
    value, hidden = network.encode_value(first, features, hidden, aggregate(padded(masks))[1:], deep=True)
    later = network.encode_key(second, shrinkage=False, selection=True)
    renewed, probability = network.decode(later, probe["t1.memory_readout"], hidden, update=True)
    expected = {
        "t0.key_proj(key,shrinkage,selection).0": (features.key, 3e-5),
        "t0.key_proj(key,shrinkage,selection).1": (features.shrinkage, 1e-5),
        "t0.key_proj(key,shrinkage,selection).2": (features.selection, 1e-5),
        "t0.value_encoder(value,hidden).0": (value, 2e-4),
        "t0.value_encoder(value,hidden).1": (hidden, 3e-5),
        "t1.key_proj(key,shrinkage,selection).0": (later.key, 4e-5),
        "t1.key_proj(key,shrinkage,selection).2": (later.selection, 1e-5),
        "t1.decoder(hidden,logits).0": (renewed, 2e-5),
    }
    for name, (found, tolerance) in expected.items():
        torch.testing.assert_close(found, probe[name].view_as(found), atol=tolerance, rtol=0)
    wanted = probe["t1.decoder(hidden,logits).1"][0].sigmoid()
    torch.testing.assert_close(probability, wanted, atol=1e-5, rtol=0)
