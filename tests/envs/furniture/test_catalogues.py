"""Catalogues as a wardrobe: drawn, kept, replaced where they fail. The real ones where they are installed."""

import logging
import os
from pathlib import Path

import numpy as np
import pytest
from tiny_catalogue import LIST, TABLE, write_catalogue

from streammem.envs.apartment.categories import CATEGORIES
from streammem.envs.apartment.designs import Designs
from streammem.envs.furniture import catalogues as module
from streammem.envs.furniture.catalogues import Catalogues
from streammem.envs.furniture.kinds import EXTRAS, KINDS
from streammem.errors import ObservationError, SourceNotFoundError, UnsupportedSourceError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    module._model.cache_clear()


@pytest.fixture
def tiny(tmp_path: Path) -> Catalogues:
    write_catalogue(tmp_path / "tiny.sh3f")
    return Catalogues.open(tmp_path)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_it_is_a_wardrobe(tiny: Catalogues) -> None:
    assert isinstance(tiny, Designs)
    assert [category for category in CATEGORIES if tiny.has(category)] == ["table", "cup", "ball"]


def test_a_table_is_as_large_as_declared_and_carries_things(tiny: Catalogues) -> None:
    model = tiny.design("table", rng())
    assert model.size == pytest.approx((1.2, 0.8, 0.75), abs=1e-5)
    (support,) = model.supports
    assert support.z == pytest.approx(0.75, abs=1e-3)
    assert support.high[0] - support.low[0] > 1.1


def test_equal_generators_give_the_same_model(tiny: Catalogues) -> None:
    assert tiny.design("ball", rng(3)) is tiny.design("ball", rng(3))


def test_a_second_reading_comes_from_the_cache(tiny: Catalogues, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tiny.design("ball", rng())
    module._model.cache_clear()
    monkeypatch.setattr(module, "read_model", None)
    again = tiny.design("ball", rng())
    assert again is not first
    assert np.array_equal(again.parts[0].mesh.vertices, first.parts[0].mesh.vertices)


def test_a_broken_model_is_counted_and_the_procedural_one_serves(
    tiny: Catalogues, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        model = tiny.design("cup", rng())
    assert model.category == "cup"
    assert list(tiny.broken) == ["/tiny/cup/thing.obj"]
    assert "Cup is left out" in caplog.text
    caplog.clear()
    tiny.design("cup", rng())
    assert caplog.text == ""


def test_what_it_lacks_is_procedural_and_what_nobody_knows_an_error(tiny: Catalogues) -> None:
    assert tiny.design("sofa", rng()).category == "sofa"
    with pytest.raises(ObservationError, match="cat"):
        tiny.design("cat", rng())
    with pytest.raises(ObservationError, match="unicorn"):
        tiny.design("unicorn", rng())


def test_equal_files_furnish_alike_and_others_do_not(tmp_path: Path) -> None:
    for name, table in (("a", TABLE), ("b", TABLE), ("c", TABLE + "#\n")):
        (tmp_path / name).mkdir()
        write_catalogue(tmp_path / name / "tiny.sh3f", tiny__table__thing_dot_obj=table)
    a, b, c = (Catalogues.open(tmp_path / name) for name in "abc")
    assert a == b
    assert hash(a) == hash(b)
    assert a.name == b.name != c.name
    assert a != c


def test_a_television_stands_on_its_stand(tmp_path: Path) -> None:
    rows = "name#8=TV\nmodel#8=/tiny/ball/thing.obj\nwidth#8=80\ndepth#8=10\nheight#8=50\n"
    stand = "name#9=TV stand\nmodel#9=/tiny/ball/thing.obj\nwidth#9=120\ndepth#9=40\nheight#9=45\n"
    for name, text in (("alone", rows), ("both", rows + stand)):
        write_catalogue(tmp_path / f"{name}.sh3f", PluginFurnitureCatalog_dot_properties=f"{LIST}\n{text}")
    assert not Catalogues.open(tmp_path / "alone.sh3f").has("tv")
    model = Catalogues.open(tmp_path / "both.sh3f").design("tv", rng())
    assert model.size == pytest.approx((1.2, 0.4, 0.95), abs=1e-5)


def test_folders_without_catalogues_are_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SourceNotFoundError, match="no folder"):
        Catalogues.open(tmp_path / "nowhere")
    (tmp_path / "bad.sh3f").write_bytes(b"no zip")
    with pytest.raises(UnsupportedSourceError, match=r"needs \.sh3f files"):
        Catalogues.open(tmp_path)
    assert "no readable zip" in caplog.text


def test_without_its_packages_the_error_names_the_extra(
    tiny: Catalogues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"streammem\[furniture\]"):
        Catalogues.open(tmp_path)


def test_every_kind_is_a_category_and_extras_are_new_ones() -> None:
    assert set(KINDS) <= set(CATEGORIES) | set(EXTRAS)
    assert not set(CATEGORIES) & set(EXTRAS)
    assert set(EXTRAS) <= set(KINDS)


@pytest.fixture(scope="module")
def real() -> Catalogues:
    """The installed catalogues; skips where there are none."""
    for place in (os.environ.get("STREAMMEM_FURNITURE"), "/usr/share/sweethome3d/furniture"):
        if place and Path(place).is_dir():
            return Catalogues.open(place)
    pytest.skip(
        "no furniture catalogues: install sweethome3d-furniture or set STREAMMEM_FURNITURE to a folder"
    )


def test_the_real_catalogues_serve_most_categories(real: Catalogues) -> None:
    assert sum(len(catalogue.entries) for catalogue in real.catalogues) > 500
    assert {c for c in CATEGORIES if not real.has(c)} <= {
        "cabinet", "counter", "rug", "picture", "clock", "window", "door", "person",
    }  # fmt: skip
    assert set(real.extras) == set(EXTRAS.values())


@pytest.mark.parametrize("category", ["chair", "cup", "tv"])
def test_real_models_are_small_sound_and_upright(real: Catalogues, category: str) -> None:
    model = real.design(category, rng(1))
    mesh = model.parts[0].mesh
    assert 100 < len(mesh.triangles) < 1500
    assert mesh.vertices[:, 2].min() == pytest.approx(0, abs=1e-5)
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1, abs=1e-4)
