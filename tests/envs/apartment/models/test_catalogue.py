"""Laws of every design: sizes, origins, supports, cavities, shading, cost, and the same again for the same seed."""

import numpy as np
import pytest
from solid_laws import check_closed

from streammem.envs.apartment.categories import CATEGORIES
from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Model, Part
from streammem.envs.apartment.models import Procedural, design
from streammem.envs.apartment.models.catalogue import DESIGNS
from streammem.envs.apartment.motions import joint_motion
from streammem.envs.apartment.surfaces import SURFACES
from streammem.errors import ObservationError

SEEDS = (0, 1, 4, 11, 17)  # every variant of everything is among them
MODELS = [design(name, np.random.default_rng(seed)) for name in CATEGORIES for seed in SEEDS]


def at_rest(model: Model) -> Mesh:
    return joined([part.mesh for part in model.parts])


def box_of(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    return mesh.vertices.min(0).astype(float), mesh.vertices.max(0).astype(float)


def of(*names: str) -> list[Model]:
    return [model for model in MODELS if model.category in names]


def test_there_is_a_design_for_each_category_and_no_other() -> None:
    assert list(DESIGNS) and set(DESIGNS) == set(CATEGORIES)
    assert {model.category for model in MODELS} == set(CATEGORIES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_size_and_origin(category: str) -> None:
    for model in of(category):
        low, high = box_of(at_rest(model))
        np.testing.assert_allclose(high - low, model.size, atol=1e-3)
        if category in ("door", "window", "person"):  # doors by their opening, people by their feet
            assert abs(low[0] + high[0]) < 0.02 and abs(low[2]) < 0.01
            continue
        assert abs(low[0] + high[0]) < 1e-3
        assert abs(high[1] if model.mount == "wall" else low[1] + high[1]) < 1e-3
        assert abs(high[2] if model.mount == "ceiling" else low[2]) < 1e-3


@pytest.mark.parametrize("category", CATEGORIES)
def test_shading_surfaces_and_cost(category: str) -> None:
    counts, seen = [], set()
    for model in of(category):
        for part in model.parts if model.variant not in seen else ():
            check_closed(part.mesh)
            assert set(part.mesh.surfaces) <= set(SURFACES)
        counts.append(sum(len(part.mesh.triangles) for part in model.parts))
        seen.add(model.variant)
        assert model.mount == CATEGORIES[category].mount
    assert max(counts) <= (900 if category == "person" else 450 if CATEGORIES[category].movable else 700)


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_same_seed_gives_the_same_model_and_variants_differ(category: str) -> None:
    first, second = (design(category, np.random.default_rng(3)) for _ in range(2))
    assert (first.name, first.size, first.supports) == (second.name, second.size, second.supports)
    for one, other in zip(first.parts, second.parts, strict=True):
        assert one.joint == other.joint
        for field in ("vertices", "normals", "colours", "uv", "triangles"):
            np.testing.assert_array_equal(getattr(one.mesh, field), getattr(other.mesh, field))
    variants = {model.variant for model in of(category)}
    assert len(variants) >= 2 and variants == set(range(len(variants)))


def test_a_name_says_which_variant_it_is() -> None:
    found = {(model.category, model.name): set() for model in MODELS}
    for model in MODELS:
        found[model.category, model.name].add(model.variant)
    assert all(len(variants) == 1 for variants in found.values())


def overlaps(mesh: Mesh, low: np.ndarray, high: np.ndarray) -> bool:
    """Whether a triangle's box reaches into a space, and its plane passes through it."""
    corners = mesh.vertices[mesh.triangles].astype(float)
    near = ((corners.max(1) > low) & (corners.min(1) < high)).all(1)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle, half = (low + high) / 2, (high - low) / 2
    away = np.abs(((middle - corners[:, 0]) * normal).sum(1))
    return bool((near & (away < (np.abs(normal) * half).sum(1))).any())


@pytest.mark.parametrize("category", [name for name in CATEGORIES if any(m.supports for m in of(name))])
def test_supports_lie_within_the_box_and_are_free(category: str) -> None:
    for model in of(category):
        low, high = box_of(at_rest(model))
        for support in model.supports:
            assert low[0] - 1e-3 <= support.low[0] < support.high[0] <= high[0] + 1e-3
            assert low[1] - 1e-3 <= support.low[1] < support.high[1] <= high[1] + 1e-3
            assert 0 <= support.z <= high[2] + 1e-3
            gap = 0.004 if category not in ("bed", "sofa", "armchair") else 0.02  # what is soft gives way
            free_low = np.array([*support.low, support.z + gap])
            free_high = np.array([*support.high, support.z + support.clear_m])
            assert not overlaps(at_rest(model), free_low, free_high), (model.name, support)


def test_containers_have_a_cavity_behind_a_door() -> None:
    for model in MODELS:
        inside = [support for support in model.supports if support.relation == "in"]
        if CATEGORIES[model.category].container:
            assert inside, model.name
        for support in inside:
            assert support.door is not None
            assert model.parts[support.door].joint is not None
            assert support.high[0] - support.low[0] > 0.14 and support.high[1] - support.low[1] > 0.14
            assert support.clear_m > 0.14


def crosses(model: Model, part: Part, amount: float) -> Mesh:
    assert part.joint is not None
    return part.mesh.moved(joint_motion(part.joint, amount))


def seen_from_in_front(model: Model, support_number: int, amounts: dict[int, float]) -> bool:
    """Whether a ray from a metre in front, through the middle of a cavity, arrives there."""
    support = model.supports[support_number]
    x = (support.low[0] + support.high[0]) / 2
    z = support.z + support.clear_m / 2
    for number, part in enumerate(model.parts):
        mesh = part.mesh if number not in amounts else crosses(model, part, amounts[number])
        a, b, c = (mesh.vertices[mesh.triangles[:, i]].astype(float) for i in range(3))
        u, v, w = (
            (q[:, 0] - x) * (p[:, 2] - z) - (p[:, 0] - x) * (q[:, 2] - z) for p, q in ((a, b), (b, c), (c, a))
        )
        hit = ((u > 0) & (v > 0) & (w > 0)) | ((u < 0) & (v < 0) & (w < 0))
        area = u + v + w
        with np.errstate(divide="ignore", invalid="ignore"):
            y = (v * a[:, 1] + w * b[:, 1] + u * c[:, 1]) / area
        if (hit & (y < support.low[1])).any():
            return False
    return True


@pytest.mark.parametrize("category", [name for name, kind in CATEGORIES.items() if kind.container])
def test_what_is_inside_is_hidden_until_the_door_is_open(category: str) -> None:
    for model in of(category):
        for number, support in enumerate(model.supports):
            if support.relation == "in" and support.door is not None:
                joint = model.parts[support.door].joint
                assert joint is not None
                assert not seen_from_in_front(model, number, {}), model.name
                assert seen_from_in_front(model, number, {support.door: joint.high}), model.name


def test_doors_and_limbs_open_to_the_front() -> None:
    for model in MODELS:
        for part in model.parts:
            if part.joint is not None:
                before, after = (
                    crosses(model, part, amount).vertices[:, 1].min() for amount in (0.0, part.joint.high / 2)
                )
                assert after < before - 0.02, model.name


def test_nobody_walks_into_a_rug() -> None:
    assert not any(part.solid for model in of("rug") for part in model.parts)
    assert max(model.size[2] for model in of("rug")) < 0.01


def test_an_unknown_category_is_an_error() -> None:
    with pytest.raises(ObservationError, match="teapot"):
        design("teapot", np.random.default_rng(0))
    assert not Procedural().has("teapot") and Procedural().has("bed")
    assert Procedural() == Procedural() and Procedural().name == "procedural"
