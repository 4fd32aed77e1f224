"""What every encoder keeps to, run on all of them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from streammem.errors import ObservationError, SpaceError
from streammem.interface import Encoder
from streammem.perception.encoders import open_encoder, require_space
from streammem.perception.encoders.pictures import check_picture


def picture(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


PICTURES = [picture(1, 1), *(picture(72 + 8 * i, 128 - 7 * i, i) for i in range(6)), picture(720, 1280)]


NO_PICTURES = [
    ((4, 4, 3), "float32"),
    ((4, 4, 3), "bool"),
    ((4, 4), "uint8"),
    ((4, 4, 4), "uint8"),
    ((0, 4, 3), "uint8"),
]


@pytest.mark.parametrize("wrong", NO_PICTURES, ids=str)
def test_what_is_no_picture_is_refused_with_what_it_is(wrong):
    with pytest.raises(ObservationError, match=rf"got {wrong[1]} of shape \({wrong[0][0]}, 4"):
        check_picture(np.zeros(*wrong))


def test_what_is_no_array_is_refused():
    with pytest.raises(ObservationError, match="got list"):
        check_picture([[[0, 0, 0]]])


class EncoderContract:
    """A subclass gives the encoder."""

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Encoder:
        raise AssertionError("a contract needs an encoder")

    @pytest.fixture(scope="class")
    @classmethod
    def alone(cls, encoder):
        return [encoder.encode([p])[0] for p in PICTURES]

    def test_is_an_encoder(self, encoder):
        assert isinstance(encoder, Encoder)

    def test_the_name_opens_the_same_encoder(self, encoder):
        twin = open_encoder(encoder.name)
        assert (twin.name, dict(twin.spaces)) == (encoder.name, dict(encoder.spaces))
        assert all(
            torch.equal(a, twin.encode(PICTURES[1:2])[0].spaces[space])
            for space, a in encoder.encode(PICTURES[1:2])[0].spaces.items()
        )

    def test_fills_its_spaces_with_the_shapes_it_says(self, encoder, alone):
        for features in alone:
            assert features.spaces.keys() == encoder.spaces.keys()
            for name, spec in encoder.spaces.items():
                rows = features.spaces[name]
                assert rows.shape == (spec.cells, spec.dim) and rows.dtype == torch.float32
                assert features.grids.get(name) == spec.grid

    def test_vectors_are_unit_and_distributions_sum_to_one(self, encoder, alone):
        for features in alone:
            for name, spec in encoder.spaces.items():
                rows = features.spaces[name].double()
                size = rows.norm(dim=-1) if spec.kind == "dense" else rows.sum(-1)
                assert rows.isfinite().all() and torch.allclose(size, torch.ones_like(size), atol=1e-5)

    @pytest.mark.parametrize("batch", [2, 3, 8])
    def test_batching_changes_no_bit(self, encoder, alone, batch):
        batched = [f for i in range(0, len(PICTURES), batch) for f in encoder.encode(PICTURES[i : i + batch])]
        for one, many in zip(alone, batched, strict=True):
            assert all(torch.equal(one.spaces[space], many.spaces[space]) for space in encoder.spaces)

    def test_no_picture_no_features(self, encoder):
        assert encoder.encode([]) == []

    def test_strided_pictures_are_fine(self, encoder):
        wide = picture(64, 96)
        mirrored = encoder.encode([wide[:, ::-1]])[0], encoder.encode([wide[:, ::-1].copy()])[0]
        assert all(torch.equal(mirrored[0].spaces[s], mirrored[1].spaces[s]) for s in encoder.spaces)

    def test_features_own_their_memory(self, encoder):
        rows = next(iter(encoder.encode(PICTURES[:1])[0].spaces.values()))
        assert rows.untyped_storage().nbytes() == rows.numel() * rows.element_size()

    @pytest.mark.parametrize("wrong", NO_PICTURES, ids=str)
    def test_refuses_what_is_no_picture(self, encoder, wrong):
        # while tests run, the check of the annotations may come first
        with pytest.raises((ObservationError, TypeCheckError)):
            encoder.encode([np.zeros(wrong[0], wrong[1])])

    def test_a_space_it_lacks_is_refused_with_who_has_it(self, encoder):
        lacking = "patch" if "pixel" in encoder.spaces else "pixel"
        with pytest.raises(SpaceError, match="comes from"):
            require_space(encoder, lacking)
        assert all(require_space(encoder, s) == spec for s, spec in encoder.spaces.items())


class TestClassic(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls):
        return open_encoder("classic")


class TestLite(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls):
        return open_encoder("lite")


class TestLiteOfAnotherSize(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls):
        return open_encoder("lite", size=(160, 96))


class TestTimmVit(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, tmp_path_factory):
        return open_encoder("timm:test_vit", checkpoint=saved("test_vit", tmp_path_factory.mktemp("vit")))


class TestTimmConvNext(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, tmp_path_factory):
        path = saved("test_convnext", tmp_path_factory.mktemp("convnext"))
        return open_encoder(f"timm:test_convnext@{path}")


class TestClip(EncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls, tmp_path_factory):
        towers = pytest.importorskip("open_clip", reason="the extra 'clip' is not installed")
        from safetensors.torch import save_file

        path = tmp_path_factory.mktemp("clip") / "weights.safetensors"
        save_file(towers.create_model("RN50", pretrained=None).state_dict(), path)
        return open_encoder("clip:RN50", checkpoint=path)

    def test_words_are_unit_vectors_of_frame(self, encoder):
        words = encoder.encode_words("a red bicycle")
        assert words.space == "frame" and words.what.shape == (1, encoder.spaces["frame"].dim)
        with pytest.raises(ObservationError, match="empty"):
            encoder.encode_words(" ")


def saved(model: str, folder: Path) -> Path:
    import timm
    from safetensors.torch import save_file

    torch.manual_seed(0)
    save_file(timm.create_model(model).state_dict(), folder / "weights.safetensors")
    return folder / "weights.safetensors"
