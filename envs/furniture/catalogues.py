"""A folder of furniture catalogues as a wardrobe of the apartment."""

from __future__ import annotations

import importlib.util
import logging
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.categories import Category
from streammem.envs.apartment.designs import PROCEDURAL
from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Model, Part, Support
from streammem.envs.furniture.assembly import assembled
from streammem.envs.furniture.catalogue import Catalogue, Entry, read_catalogue
from streammem.envs.furniture.keeping import keep, kept
from streammem.envs.furniture.kinds import EXTRAS, KINDS, Kind, kind_fits, mount_of
from streammem.envs.furniture.reading import read_model
from streammem.envs.furniture.standing import set_down, supports_of
from streammem.envs.furniture.thinning import thinned
from streammem.errors import ObservationError, SourceError, SourceNotFoundError, UnsupportedSourceError

__all__ = ["Catalogues"]

log = logging.getLogger(__name__)

MAKING = 1  # a change in how meshes are made of models makes a new number, and kept ones are made again


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """An entry that may serve as a category."""

    catalogue: Catalogue
    entry: Entry


class Catalogues:
    """Household models of Sweet Home 3D catalogues (`.sh3f`), for `generate(seed, designs=...)`.

    Opening reads the lists alone. A model is read when it is first asked for (about a second), simplified and kept
    in the cache folder; from there it takes milliseconds. A model that cannot be read is logged, counted in
    `broken` and never tried again: the next of its category takes its place.

    `design` draws from what fits a category by name and size. Categories for which the folder has nothing, and
    rugs, pictures, cabinets, counters, windows, doors and people come from the procedural designs: `has` says False
    for them.

    >>> Catalogues.open("/no/such/folder")
    Traceback (most recent call last):
    streammem.errors.SourceNotFoundError: there is no folder of furniture catalogues /no/such/folder
    """

    def __init__(self, catalogues: tuple[Catalogue, ...]) -> None:
        self.catalogues = catalogues
        self.broken: dict[str, str] = {}  # models that could not be read, and why
        everything = [Choice(catalogue, entry) for catalogue in catalogues for entry in catalogue.entries]
        self._stands: Mapping[str, list[Choice]] = {
            category: [choice for choice in everything if re.fullmatch(kind.stand, choice.entry.name.lower())]
            for category, kind in KINDS.items()
        }
        self._choices: Mapping[str, tuple[Choice, ...]] = {
            category: tuple(choice for choice in everything if kind_fits(category, choice.entry))
            if self._stands[category] or not kind.stand
            else ()
            for category, kind in KINDS.items()
        }
        entries = repr([(c.name, c.archive.fingerprint) for c in catalogues])
        self._digest = blake2b(f"{MAKING} {entries}".encode(), digest_size=4).hexdigest()

    @classmethod
    def open(cls, folder: Path | str) -> Catalogues:
        """All catalogues of a folder, or one `.sh3f` file; the same object for the same files.

        Raises:
            SourceNotFoundError: if there is no such folder.
            UnsupportedSourceError: if it has no catalogue that can be read.
            ImportError: if the packages of the extra `furniture` are not installed.
        """
        root = Path(folder).expanduser().resolve()
        if not root.exists():
            raise SourceNotFoundError(f"there is no folder of furniture catalogues {folder}")
        paths = [root] if root.is_file() else sorted(root.glob("*.sh3f"))
        if importlib.util.find_spec("trimesh") is None:
            raise ImportError('furniture from catalogues needs trimesh: pip install "streammem[furniture]"')
        return _opened(
            tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths), str(folder)
        )

    @property
    def name(self) -> str:
        """`catalogues-` and a fingerprint of the files: equal ones furnish alike."""
        return f"catalogues-{self._digest}"

    @property
    def extras(self) -> tuple[Category, ...]:
        """Categories that the apartment has no designs of its own for ("cat", "bicycle"), as far as there are any."""
        return tuple(category for name, category in EXTRAS.items() if self.has(name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Catalogues) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(("catalogues", int(self._digest, 16)))

    def __repr__(self) -> str:
        count = sum(len(catalogue.entries) for catalogue in self.catalogues)
        return f"<{self.name}: {len(self.catalogues)} catalogues, {count} models>"

    def has(self, category: str) -> bool:
        """Whether a model of the catalogues serves as this category."""
        return bool(self._choices.get(category))

    def entries(self, category: str) -> tuple[Entry, ...]:
        """What may serve as a category."""
        return tuple(choice.entry for choice in self._choices.get(category, ()))

    def design(self, category: str, rng: np.random.Generator) -> Model:
        """A model of a category, drawn by `rng`; the procedural one where there is none or none can be read.

        Raises:
            ObservationError: if neither the catalogues nor the procedural designs know the category.
        """
        choices = self._choices.get(category, ())
        first = int(rng.integers(len(choices))) if choices else 0
        for number in range(len(choices)):
            variant = (first + number) % len(choices)
            model = self.model(category, variant)
            if model is not None:
                return model
        if category in EXTRAS:
            raise ObservationError(f"no model of the category {category!r} can be read from {self!r}")
        return PROCEDURAL.design(category, rng)

    def model(self, category: str, variant: int) -> Model | None:
        """One of the `entries` of a category as a model; None where its files are broken."""
        choice = self._choices[category][variant]
        if choice.entry.model in self.broken:
            return None
        try:
            return _model(self, category, variant)
        except SourceError as error:
            self.broken[choice.entry.model] = str(error)
            log.warning("%s is left out: %s", choice.entry.name, error)
            return None

    def _build(self, category: str, variant: int) -> Model:
        choice = self._choices[category][variant]
        kind, entry, mount = KINDS[category], choice.entry, mount_of(category)
        mesh, size = set_down(_mesh(choice, kind), mount)
        if kind.stand:
            stand, below = set_down(_mesh(self._stands[category][0], kind), mount)
            mesh = joined([stand, mesh.moved(_lifted(below[2]))])
            size = (max(size[0], below[0]), max(size[1], below[1]), size[2] + below[2])
        supports: tuple[Support, ...] = ()
        if kind.supports:
            supports = supports_of(mesh, entry.top_m, shelves=category == "bookshelf")
        alike = sum(other.name == entry.name for other in self.entries(category))
        return Model(
            category=category,
            variant=variant,
            name=entry.name.lower() if alike == 1 else f"{entry.name.lower()} {variant + 1}",
            size=size,
            parts=(Part(mesh=mesh),),
            supports=supports,
            mount=mount,
        )


@lru_cache(maxsize=4)
def _opened(files: tuple[tuple[Path, int, int], ...], said: str) -> Catalogues:
    found = []
    for path, _, _ in files:
        try:
            found.append(read_catalogue(path))
        except UnsupportedSourceError as error:
            log.warning("%s", error)
    if not found:
        raise UnsupportedSourceError(
            f"{said} has no furniture catalogue that can be read: it needs .sh3f files, as Debian's package "
            "sweethome3d-furniture brings them (/usr/share/sweethome3d/furniture)"
        )
    return Catalogues(tuple(found))


@lru_cache(maxsize=512)
def _model(catalogues: Catalogues, category: str, variant: int) -> Model:
    return catalogues._build(category, variant)


def _mesh(choice: Choice, kind: Kind) -> Mesh:
    """A model's simplified mesh, from the cache folder where it is there."""
    archive, entry = choice.catalogue.archive, choice.entry
    what = (MAKING, kind.triangles, kind.foliage, archive.digest(entry.model.rpartition("/")[0]), entry)
    digest = blake2b(repr(what).encode(), digest_size=16).hexdigest()
    mesh = kept(digest)
    if mesh is None:
        rng = np.random.default_rng(zlib.crc32(entry.model.encode()))
        pairs = thinned(read_model(archive, entry), kind.triangles, foliage=kind.foliage, rng=rng)
        mesh = assembled(pairs, entry.path, rng=rng)
        keep(digest, mesh)
    return mesh


def _lifted(height_m: float) -> Float64[np.ndarray, "4 4"]:
    matrix = np.eye(4)
    matrix[2, 3] = height_m
    return matrix
