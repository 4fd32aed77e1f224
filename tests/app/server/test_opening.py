"""Which memory an engine opens."""

from pathlib import Path

import pytest

from streammem.app.server.opening import EngineSettings, open_memory
from streammem.config import MemoryConfig
from streammem.errors import ObservationError, StoreError, StoreFullError
from streammem.stream import StreamMemory


def test_a_new_store_has_room_and_follows(tmp_path: Path) -> None:
    settings = EngineSettings(store=tmp_path / "live.zarr", encoder="classic")
    with open_memory(settings) as memory:
        assert memory.budget == 256_000_000 and memory.config.tracking is not None
        assert StoreFullError in memory.holds
    with open_memory(settings) as again:
        assert again.config == memory.config


def test_a_store_goes_on_as_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "live.zarr"
    config = MemoryConfig(max_streams=3)
    StreamMemory.open(path, budget="4 MB", encoder="classic", config=config).close()
    with open_memory(EngineSettings(store=path)) as memory:
        assert memory.budget == 4_000_000 and memory.config == config
    with pytest.raises(StoreError, match="made with budget"):
        open_memory(EngineSettings(store=path, budget="8 MB"))


def test_without_a_store_and_without_tracking() -> None:
    memory = open_memory(EngineSettings(encoder="classic", budget="4 MB", track=False))
    assert memory.path is None and memory.config.tracking is None


def test_refuses_a_device_that_is_none() -> None:
    with pytest.raises(ObservationError, match="'cpu', 'cuda'"):
        EngineSettings(device="tpu")
