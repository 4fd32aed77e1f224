import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from streammem.errors import CheckpointError, SpaceError
from streammem.perception.encoders import open_encoder
from streammem.perception.encoders.checkpoint import fit_weights, read_weights


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize(
    "wrap", [lambda w: w, lambda w: {"state_dict": w}, lambda w: {"epoch": 3, "model": w}]
)
def test_wrapped_and_parallel_weights_are_unwrapped(tmp_path, wrap):
    net = nn.Linear(3, 2)
    torch.save(wrap({f"module.{k}": v for k, v in net.state_dict().items()}), tmp_path / "w.pth")
    read = read_weights(tmp_path / "w.pth")
    assert all(torch.equal(read[name], value) for name, value in net.state_dict().items())


def test_a_file_that_would_run_code_runs_none(tmp_path):
    torch.save({"weight": Hostile(tmp_path / "owned")}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="never code"):
        read_weights(tmp_path / "w.pth")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"no weights", bytes(64), b"\xff" * 64, b"PK\x03\x04" + bytes(40)])
def test_damaged_files_are_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        read_weights(tmp_path / name)


def test_a_cut_file_is_refused(tmp_path):
    for name, save in (("w.pth", torch.save), ("w.safetensors", save_file)):
        save({"weight": torch.zeros(1000)}, tmp_path / name)
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:2000])
        with pytest.raises(CheckpointError, match="damaged"):
            read_weights(tmp_path / name)


@pytest.mark.parametrize("content", [torch.zeros(3), [torch.zeros(3)], {"lr": 0.1}])
def test_files_without_named_tensors_are_refused(tmp_path, content):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="mapping of names to tensors"):
        read_weights(tmp_path / "w.pth")


def test_no_file(tmp_path):
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        read_weights(tmp_path / "none.pth")


def test_faults_of_weights_are_named():
    net = nn.Linear(3, 2)
    with pytest.raises(
        CheckpointError, match=r"1 of 2 tensors missing.*bias is missing; weight is \(2, 4\) for \(2, 3\)"
    ):
        fit_weights(net, {"weight": torch.zeros(2, 4)}, "w.pth")


def test_a_classifier_too_many_is_left_out():
    net = nn.Linear(3, 2)
    fit_weights(
        net, {"weight": torch.ones(2, 3), "bias": torch.ones(2), "head.weight": torch.ones(9)}, "w.pth"
    )
    assert net.weight.detach().eq(1).all()


def test_timm_wants_weights_from_one_place(tmp_path):
    for options in ({}, {"pretrained": True, "checkpoint": tmp_path / "w.pth"}):
        with pytest.raises(CheckpointError, match="one of them"):
            open_encoder("timm:test_vit", **options)


def test_timm_weights_of_another_model(tmp_path):
    save_file({"conv.weight": torch.zeros(3)}, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match="does not fit VisionTransformer"):
        open_encoder("timm:test_vit", checkpoint=tmp_path / "w.safetensors")


def test_timm_input_size_is_free(tmp_path):
    import timm

    for model, size, grid in (("test_vit", (96, 160), (6, 10)), ("test_convnext", (96, 160), (3, 5))):
        options = {"img_size": size} if model == "test_vit" else {}
        save_file(timm.create_model(model, **options).state_dict(), tmp_path / "w.safetensors")
        encoder = open_encoder(f"timm:{model}", checkpoint=tmp_path / "w.safetensors", size=size)
        assert encoder.spaces["patch"].grid == grid


def test_timm_model_without_words_says_who_has_them(tmp_path):
    import timm

    save_file(timm.create_model("test_vit").state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(SpaceError, match="'lite'"):
        open_encoder("timm:test_vit", checkpoint=tmp_path / "w.safetensors").encode_words("dog")


def test_timm_model_that_is_not():
    with pytest.raises(SpaceError, match="resnet18"):
        open_encoder("timm:resnet81", pretrained=True)


@pytest.mark.parametrize("name", ["", "clasic", "timm:", "clip:", "lite@big", "lite@0x", "onnx:resnet18"])
def test_names_that_are_not_encoders(name):
    with pytest.raises(SpaceError, match="there is no encoder"):
        open_encoder(name)


def test_clip_without_its_extra_says_how_to_get_it(monkeypatch):
    from streammem.perception.encoders import clip

    monkeypatch.setattr(clip, "installed", None)
    with pytest.raises(SpaceError, match=r"pip install 'streammem\[clip\]'"):
        open_encoder("clip:ViT-B-32", checkpoint="w.safetensors")


def test_opening_the_defaults_imports_no_timm():
    code = "import sys; from streammem.perception.encoders import open_encoder as o; o('classic'); o('lite')"
    code += ".encode_words('dog'); sys.exit('timm' in sys.modules or 'open_clip' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
