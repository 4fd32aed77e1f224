"""The public names: what `__all__` lists is what tests/api.json promises."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

PROMISED = json.loads((Path(__file__).parent / "api.json").read_text())


@pytest.mark.parametrize("package", sorted(PROMISED))
def test_public_names_are_the_promised_ones(package: str) -> None:
    module = import_module(package)
    assert sorted(module.__all__) == PROMISED[package], "edit tests/api.json if this change is meant"
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_unknown_name_says_what_there_is() -> None:
    import streammem

    with pytest.raises(AttributeError, match=r"it has .*StreamMemory"):
        _ = streammem.Memory


def test_import_is_instant() -> None:
    code = (
        "import streammem, sys; heavy = {'torch', 'cv2', 'timm', 'zarr'} & set(sys.modules); assert not heavy"
    )
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
