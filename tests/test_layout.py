"""Mapping, links and guards: the folders at the top are importable under one name each, however one builds."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from house import PLACES, ROOT, modules

BESIDE = [folder for folder in PLACES if folder != "streammem"]


def test_package_list_is_complete() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    present = sorted(name for name, path in modules() if path.name == "__init__.py")
    assert sorted(listed) == present


@pytest.mark.parametrize("folder", BESIDE)
def test_bare_name_is_refused_with_the_right_one(folder: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {folder}"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"import streammem.{folder}" in done.stderr


@pytest.mark.parametrize("folder", BESIDE)
def test_links_serve_editors(folder: str) -> None:
    link = ROOT / "streammem" / folder
    if not link.is_symlink():
        pytest.skip("this checkout has its links as plain files")
    assert link.readlink() == Path(f"../{folder}")


@pytest.mark.parametrize("links", [True, False], ids=["links", "links as plain files"])
def test_wheel_holds_every_module_once(tmp_path: Path, links: bool) -> None:
    checkout = tmp_path / "checkout"
    kept = [*PLACES, "pyproject.toml", "README.md", "LICENSE"]
    checkout.mkdir()
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, checkout / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(source, checkout / name)
    for folder in BESIDE:
        link = checkout / "streammem" / folder
        if not links:
            link.unlink()
            link.write_text(f"../{folder}")  # what a checkout without symbolic links has
    build = "import setuptools.build_meta as b, sys; b.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", build, str(tmp_path)],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    found = sorted(name for name in inside if name.endswith(".py"))
    wanted = sorted(
        f"{name.replace('.', '/')}{'/__init__' if path.name == '__init__.py' else ''}.py"
        for name, path in modules()
    )
    assert found == wanted
    assert "streammem/py.typed" in inside
    assert any(name.startswith("streammem/perception/encoders/data/") for name in inside)
