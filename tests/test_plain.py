"""Configurations survive JSON."""

import dataclasses
import json
from dataclasses import dataclass, field

import pytest

from streammem.config import MemoryConfig
from streammem.heads.tracking import TrackingConfig
from streammem.memory.object_config import ObjectConfig
from streammem.memory.spatial_config import SpatialConfig
from streammem.plain import from_plain
from streammem.spatial.frontiers import FrontiersConfig


@dataclass(frozen=True, kw_only=True)
class Inner:
    at: tuple[float, ...] = (1.0, 2.0)


@dataclass(frozen=True, kw_only=True)
class Outer:
    inner: Inner = field(default_factory=Inner)
    other: Inner | None = None
    name: str = "x"


@pytest.mark.parametrize(
    "config",
    [
        Outer(),
        Outer(inner=Inner(at=()), other=Inner(at=(3.0,))),
        TrackingConfig(),
        ObjectConfig(),
        SpatialConfig.drawn(voxel_m=0.1, up=(0.0, -1.0, 0.0)),
        FrontiersConfig(heights_m=(0.1, 2.0)),
    ],
)
def test_there_and_back(config: object) -> None:
    saved = json.loads(json.dumps(dataclasses.asdict(config)))  # type: ignore[call-overload]  # a config is a dataclass
    assert from_plain(type(config), saved) == config


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        from_plain(Outer, {"colour": 1})


def test_a_bad_value_is_the_dataclass_s_error() -> None:
    with pytest.raises(ValueError, match="share"):
        from_plain(TrackingConfig, {"share": 7})


def test_memory_configurations_are_plain_data() -> None:
    saved = dataclasses.asdict(MemoryConfig(tracking=TrackingConfig(), spatial=SpatialConfig(share=0.4)))
    again = json.loads(json.dumps(saved))
    assert again.keys() == saved.keys() and again["spatial"]["shares"] == saved["spatial"]["shares"]
