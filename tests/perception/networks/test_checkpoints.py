import os
import re

import pytest
import torch
from safetensors.torch import load_file, save_file

from streammem.errors import CheckpointError
from streammem.perception.networks import convert_checkpoint, load_network, read_network
from streammem.perception.networks.checkpoints import FIRST


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def without(weights, *prefixes):
    return {key: value for key, value in weights.items() if not key.startswith(prefixes)}


def test_names_and_shapes_are_the_originals(kit, recipe_weights):
    network = read_network(recipe_weights)
    assert {k: v.shape for k, v in network.state_dict().items()} == {
        k: v.shape for k, v in recipe_weights.items()
    }
    assert len(recipe_weights) == 412
    assert (network.key_dim, network.value_dim, network.hidden_dim) == (64, 512, 64)


@pytest.mark.parametrize("wrap", [lambda w: w, lambda w: {"it": 3, "network": w}, lambda w: {"model": w}])
def test_dimensions_come_from_the_file(tmp_path, small, small_weights, wrap):
    torch.save(wrap(small_weights), tmp_path / "w.pth")
    network = load_network(tmp_path / "w.pth")
    assert (network.key_dim, network.value_dim, network.hidden_dim) == (8, 128, 16)
    assert not network.single_object


def test_converted_and_back_is_equal_bit_for_bit(tmp_path, small_weights):
    torch.save(small_weights, tmp_path / "w.pth")
    place = convert_checkpoint(tmp_path / "w.pth", tmp_path / "w.safetensors")
    again = load_file(place)
    assert again.keys() == small_weights.keys()
    assert all(torch.equal(again[key], value) for key, value in small_weights.items())
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []
    network = read_network(place)
    assert all(torch.equal(value, small_weights[key]) for key, value in network.state_dict().items())


def test_a_conversion_that_fails_leaves_nothing(tmp_path, small_weights):
    torch.save(without(small_weights, "key_proj."), tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="6 missing"):
        convert_checkpoint(tmp_path / "w.pth", tmp_path / "w.safetensors")
    torch.save(small_weights, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="not called so"):
        convert_checkpoint(tmp_path / "w.pth", tmp_path / "w.bin")
    with pytest.raises(CheckpointError, match="cannot write"):
        convert_checkpoint(tmp_path / "w.pth", tmp_path / "absent" / "w.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["w.pth"]


def test_without_sensory_memory(small_weights):
    weights = without(small_weights, "decoder.hidden_update", "value_encoder.hidden_reinforce")
    for name in ("conv1", "downsample"):
        key = f"decoder.fuser.block1.{name}.weight"
        weights[key] = weights[key][:, :-16]
    assert read_network(weights).hidden_dim == 0


def test_a_single_object_checkpoint_takes_several_by_a_channel_of_zeros(small_weights):
    weights = small_weights | {FIRST: small_weights[FIRST][:, :4]}
    several, single = read_network(weights), read_network(weights, single_object=True)
    assert single.single_object and not several.single_object
    assert torch.equal(several.state_dict()[FIRST][:, :4], weights[FIRST])
    assert not several.state_dict()[FIRST][:, 4].any()
    rng = torch.Generator().manual_seed(0)
    image, masks = torch.randn(3, 32, 32, generator=rng), torch.rand(2, 32, 32, generator=rng)
    hidden = torch.zeros(2, 16, 2, 2)
    with torch.inference_mode():
        features = single.encode_key(image, shrinkage=False, selection=False)
        (a, _), (b, _) = (
            n.encode_value(image, features, hidden, masks, deep=False) for n in (single, several)
        )
    torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_five_channels_are_no_single_object(small_weights):
    with pytest.raises(CheckpointError, match=re.escape(f"{FIRST} is (64, 5, 7, 7) for (64, 4, 7, 7)")):
        read_network(small_weights, single_object=True)


def test_every_fault_is_in_one_error(small_weights):
    weights = without(small_weights, "decoder.pred.", "key_encoder.res2.0.bn1.weight")
    weights |= {"fc.weight": torch.zeros(1), "fc.bias": torch.zeros(1)}
    weights["decoder.up_8_4.skip_conv.bias"] = torch.zeros(3)
    weights["key_proj.d_proj.bias"] = torch.zeros(1, dtype=torch.int64)
    weights["key_encoder.bn1.bias"] = torch.full((64,), float("nan"))
    weights["key_encoder.bn1.running_var"] = torch.full((64,), -1.0)
    with pytest.raises(CheckpointError) as caught:
        read_network(weights)
    text = str(caught.value)
    for part in (
        "3 missing: decoder.pred.bias, decoder.pred.weight, key_encoder.res2.0.bn1.weight",
        "2 not of this network: fc.bias, fc.weight",
        "1 of another shape: decoder.up_8_4.skip_conv.bias is (3,) for (256,)",
        "1 of another kind: key_proj.d_proj.bias is torch.int64",
        "2 not finite, or negative variances: key_encoder.bn1.bias, key_encoder.bn1.running_var",
    ):
        assert part in text


def test_nothing_at_all_is_listed_whole(small_weights):
    with pytest.raises(CheckpointError, match=r"40\d missing: decoder\.fuser"):
        read_network({})


@pytest.mark.parametrize("shape", [(), (0, 1024, 3, 3), (8,), (8, 0, 3, 3)])
def test_absurd_shapes_are_faults_too(small_weights, shape):
    with pytest.raises(CheckpointError, match="of another shape"):
        read_network(small_weights | {"key_proj.key_proj.weight": torch.zeros(shape)})


def test_half_precision_weights_load(small_weights):
    weights = {k: v.half() if v.is_floating_point() else v for k, v in small_weights.items()}
    assert all(p.dtype == torch.float32 for p in read_network(weights).parameters())


def test_a_file_that_would_run_code_runs_none(tmp_path, small_weights):
    torch.save(
        {**without(small_weights, "decoder", "key_encoder"), "x": Hostile(tmp_path / "owned")},
        tmp_path / "w.pth",
    )
    for attempt in (load_network, lambda path: convert_checkpoint(path, tmp_path / "w.safetensors")):
        with pytest.raises(CheckpointError, match="never code"):
            attempt(tmp_path / "w.pth")
    assert not (tmp_path / "owned").exists() and not (tmp_path / "w.safetensors").exists()


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
def test_missing_and_damaged_files(tmp_path, name):
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        load_network(tmp_path / name)
    (tmp_path / name).write_bytes(b"\x80\x02]q\x00.")
    with pytest.raises(CheckpointError):
        load_network(tmp_path / name)


def test_safetensors_load(tmp_path, small_weights):
    save_file(small_weights, tmp_path / "w.safetensors")
    assert load_network(tmp_path / "w.safetensors").value_dim == 128
