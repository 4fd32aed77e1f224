"""The page's scripts without a browser: what they compute and say, by node where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")


@pytest.mark.skipif(
    NODE is None, reason="node is not installed: it runs the page's scripts without a browser"
)
@pytest.mark.parametrize("script", sorted(HERE.glob("*.test.mjs")), ids=lambda script: script.stem)
def test_scripts(script: Path) -> None:
    ran = subprocess.run(
        [str(NODE), "--test", str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
