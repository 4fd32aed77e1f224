"""`streammem convert` as people use it."""

import json
import os
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from streammem.app.cli import run
from streammem.app.exits import Exit
from streammem.perception.networks import XMemConfig, XMemNetwork, load_network
from streammem.perception.networks.checkpoints import FIRST

Weights = dict[str, Tensor]


@pytest.fixture(scope="module")
def weights() -> Weights:
    """XMem with few channels behind the backbones."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return XMemNetwork(XMemConfig(key_dim=8, value_dim=128, hidden_dim=16)).state_dict()


def saved(folder: Path, weights: Weights) -> tuple[str, str]:
    """A checkpoint, and where it is to go."""
    torch.save(weights, folder / "w.pth")
    return str(folder / "w.pth"), str(folder / "w.safetensors")


def no_memory(weights: Weights) -> Weights:
    """The same without sensory memory."""
    left = {k: v for k, v in weights.items() if "hidden_update" not in k and "hidden_reinforce" not in k}
    for name in ("conv1", "downsample"):
        key = f"decoder.fuser.block1.{name}.weight"
        left[key] = left[key][:, :-16]
    return left


@pytest.mark.parametrize(
    ("change", "sensory", "single", "says"),
    [
        (dict, True, False, "sensory memory of 16 numbers"),
        (no_memory, False, False, "sensory memory none"),
        (lambda w: w | {FIRST: w[FIRST][:, :4]}, True, True, "objects: one (the network takes several"),
    ],
)
def test_writes_the_same_tensors_and_says_what_they_are(
    tmp_path: Path, weights: Weights, capsys: pytest.CaptureFixture[str], change, sensory, single, says: str
) -> None:
    changed = change(weights)
    source, out = saved(tmp_path, changed)
    assert run(["convert", source, out, "--json"]) == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert (said["source"], said["out"], said["nbytes"]) == (source, out, Path(out).stat().st_size)
    assert (said["sensory"], said["single_object"], said["tensors"]) == (sensory, single, len(changed))
    assert (said["key_dim"], said["value_dim"], said["hidden_dim"]) == (8, 128, 16 * sensory)
    again = load_file(out)
    assert again.keys() == changed.keys() and all(torch.equal(again[k], v) for k, v in changed.items())
    assert load_network(out).key_dim == 8
    assert run(["convert", source, out, "--force"]) == Exit.OK
    assert says in capsys.readouterr().out
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text().split("## JSON")[1]
    assert set(said) <= set(re.findall(r"`(\w+)`", page))


def test_a_file_that_is_there_is_kept_unless_told(
    tmp_path: Path, weights: Weights, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = saved(tmp_path, weights)
    Path(out).write_bytes(b"mine")
    assert run(["convert", source, out]) == Exit.USAGE
    assert "--force" in capsys.readouterr().err and Path(out).read_bytes() == b"mine"
    assert run(["convert", source, out, "--force"]) == Exit.OK
    assert len(load_file(out)) == len(weights)


def test_every_fault_is_listed_and_what_was_there_is_kept(
    tmp_path: Path, weights: Weights, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {k: v for k, v in weights.items() if not k.startswith("decoder.pred.")}
    changed |= {"fc.weight": torch.zeros(1), "key_proj.d_proj.bias": torch.zeros(3)}
    source, out = saved(tmp_path, changed)
    Path(out).write_bytes(b"mine")
    assert run(["convert", source, out, "--force"]) == Exit.SOURCE
    said = capsys.readouterr().err
    assert "2 missing: decoder.pred.bias, decoder.pred.weight" in said
    assert "1 not of this network: fc.weight" in said
    assert "1 of another shape: key_proj.d_proj.bias is (3,) for (1,)" in said
    assert Path(out).read_bytes() == b"mine" and len(list(tmp_path.iterdir())) == 2


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_file_that_would_run_code_runs_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = saved(tmp_path, {"x": Hostile(tmp_path / "owned")})  # type: ignore[dict-item]  # what is refused
    track = ["track", str(tmp_path), "--point", "1,1", "--weights", source, "--out", str(tmp_path / "out")]
    for command in (["convert", source, out], track):
        assert run(command) == Exit.SOURCE
        assert "never code" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["w.pth"]


@pytest.mark.parametrize(
    ("source", "out", "code", "says"),
    [
        ("none.pth", "w.safetensors", Exit.SOURCE, "none.pth"),
        ("none.pth", "w.bin", Exit.USAGE, ".safetensors"),
        ("none.pth", "absent/w.safetensors", Exit.USAGE, "make it first"),
        ("none.pth", "folder.safetensors", Exit.USAGE, "is a folder"),
    ],
)
def test_what_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, out: str, code: Exit, says: str
) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    assert run(["convert", str(tmp_path / source), str(tmp_path / out), "--force"]) == code
    assert says in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "--help"]) == Exit.OK
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("XMem.safetensors", "--force", "--json", "never code", "--weights"))
