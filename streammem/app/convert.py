"""`streammem convert`: a checkpoint of XMem as safetensors, checked before and after."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open

from streammem.app.exits import Exit, UsageError
from streammem.app.records import Record, print_json
from streammem.app.terminal import megabytes, say
from streammem.perception.networks.checkpoints import FIRST, SINGLE, convert_checkpoint, read_network

__all__ = ["run_convert"]


def run_convert(checkpoint: Path, out: Path, *, force: bool, as_json: bool) -> int:
    """Convert, read back what was written, and say what it is."""
    _check(out, force=force)
    record = _record(checkpoint, convert_checkpoint(checkpoint, out))
    if as_json:
        print_json(record)
    else:
        _sum_up(record)
    return Exit.OK


def _check(out: Path, *, force: bool) -> None:
    """Raises: UsageError: if nothing can or may be written there."""
    if out.suffix != ".safetensors":
        raise UsageError(f"the converted file is a .safetensors file, {out} is not called so")
    if not out.parent.is_dir():
        raise UsageError(f"there is no folder {out.parent} to write {out.name} to: make it first")
    if out.is_dir():
        raise UsageError(f"{out} is a folder: give the name of a file")
    if out.exists() and not force:
        raise UsageError(f"{out} is there already: give another name, or --force to write over it")


def _record(checkpoint: Path, out: Path) -> Record:
    with safe_open(out, framework="pt") as written:
        tensors = len(written.keys())
        single_object = written.get_slice(FIRST).get_shape()[1] == SINGLE
    network = read_network(out, single_object=single_object)
    return {
        "source": str(checkpoint),
        "out": str(out),
        "nbytes": out.stat().st_size,
        "tensors": tensors,
        "sensory": network.hidden_dim > 0,
        "single_object": network.single_object,
        "key_dim": network.key_dim,
        "value_dim": network.value_dim,
        "hidden_dim": network.hidden_dim,
    }


def _sum_up(record: Record) -> None:
    sensory = f"of {record['hidden_dim']} numbers" if record["sensory"] else "none"
    objects = "one (the network takes several all the same)" if record["single_object"] else "one or several"
    say(
        f"Wrote {record['out']}: {megabytes(record['nbytes'])}, {record['tensors']} tensors, read back whole."
    )
    say(f"  key {record['key_dim']}, value {record['value_dim']}, sensory memory {sensory}")
    say(f"  trained for objects: {objects}")
    say(f"Use it:  streammem track VIDEO --mask first.png --weights {record['out']}", style="bold")
